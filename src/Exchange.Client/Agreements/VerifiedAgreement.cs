using Exchange.Protocol.Agreement.V1;

namespace Exchange.Client.Agreements;

/// <summary>What an agreement file shows. Only <see cref="AgreementFileVerifier"/> makes one.</summary>
public sealed class VerifiedAgreement
{
    internal VerifiedAgreement()
    {
    }

    /// <summary>What both signed.</summary>
    public required AgreementTerms Terms { get; init; }

    /// <summary>Id of the key that the consumer signed with.</summary>
    public required string ConsumerKeyId { get; init; }

    /// <summary>Id of the key that the owner signed with.</summary>
    public required string ProviderKeyId { get; init; }

    /// <summary>Version of the register in the file.</summary>
    public required long RegisterVersion { get; init; }

    /// <summary>When the operator signed that register.</summary>
    public required DateTimeOffset RegisterIssued { get; init; }

    /// <summary>SHA-256 of the operator's key, in lower-case hexadecimal digits.</summary>
    public required string OperatorFingerprint { get; init; }

    /// <summary>The operator's key was compared with one known otherwise. If not, a person is to compare the fingerprint: else a forger's register would do.</summary>
    public required bool IsOperatorKnown { get; init; }

    /// <summary>The terms and what proves them, in plain sentences.</summary>
    public required IReadOnlyList<string> Shown { get; init; }

    /// <summary>What the file cannot show, in plain sentences.</summary>
    public required IReadOnlyList<string> NotShown { get; init; }
}
