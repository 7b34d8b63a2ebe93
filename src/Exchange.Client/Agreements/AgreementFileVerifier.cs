using System.Globalization;
using System.Security.Cryptography;
using Exchange.Client.Verification;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Previews;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Client.Agreements;

/// <summary>
/// Checks an agreement file offline, with nothing but the operator's public key: the operator signed the register in it, the
/// register lists a signing key of the consumer and one of the owner, and each signed the same terms with it. It proves what the
/// two agreed on; it cannot show what became of that afterwards.
/// </summary>
public static class AgreementFileVerifier
{
    internal const string Distrust = "Do not rely on this file; ask either party for the agreement again.";

    /// <summary>Length of the operator's key and of its fingerprint, in bytes.</summary>
    public const int OperatorKeyBytes = 32;

    private static readonly TimeSpan ClockSkewMax = TimeSpan.FromSeconds(60);

    /// <summary>Throws unless all of it holds.</summary>
    /// <param name="file">The file.</param>
    /// <param name="operatorKey">
    /// The operator's public key, or its SHA-256 as enrolment codes and this check's outcome carry it; null to believe the key
    /// in the file and leave the comparison to a person.
    /// </param>
    /// <exception cref="ExchangeException"><c>VERIFICATION_FAILED</c> with the first check that failed.</exception>
    public static VerifiedAgreement Verify(AgreementFile file, byte[]? operatorKey)
    {
        var fingerprint = SHA256.HashData(file.OperatorKey);
        if (file.OperatorKey.Length != OperatorKeyBytes
            || (operatorKey is not null && !file.OperatorKey.AsSpan().SequenceEqual(operatorKey) && !fingerprint.AsSpan().SequenceEqual(operatorKey)))
        {
            throw Failed("The file's register is of another operator than the one that is trusted here.");
        }

        var snapshot = ReadRegister(file);
        var terms = ReadTerms(file);
        var register = new VerifiedRegister(snapshot);
        VerifySignature(file.ConsumerSigned, terms.Consumer, terms, register);
        VerifySignature(file.ProviderSigned, terms.Provider, terms, register);
        return new VerifiedAgreement
        {
            Terms = terms,
            ConsumerKeyId = file.ConsumerSigned.KeyId,
            ProviderKeyId = file.ProviderSigned.KeyId,
            RegisterVersion = snapshot.Version,
            RegisterIssued = Moment(snapshot.IssuedTime) ?? throw Failed("The register in the file does not say when it was signed."),
            OperatorFingerprint = Convert.ToHexStringLower(fingerprint),
            IsOperatorKnown = operatorKey is not null,
            Shown = Shown(file, terms, snapshot),
            NotShown =
            [
                "It does not show whether the agreement was revoked after it was signed, or whether it was ever used: the owner's access log does.",
                "It does not show at which moment each side signed: each key is one that its owner held at some time in the agreement's period.",
            ],
        };
    }

    /// <summary>The refusal of a file.</summary>
    internal static ExchangeException Failed(string message) => Reasons.VerificationFailed.Because(message, Distrust);

    private static RegisterSnapshot ReadRegister(AgreementFile file)
    {
        if (file.Register.KeyId != SigningKey.KeyIdOf(file.OperatorKey) || !SignedMessage.Verify(SignedMessage.Register, file.Register, file.OperatorKey))
        {
            throw Failed("The operator's signature on the register in the file does not hold.");
        }

        try
        {
            return RegisterSnapshot.Parser.ParseFrom(file.Register.Payload);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Failed("The register in the file cannot be read.");
        }
    }

    private static AgreementTerms ReadTerms(AgreementFile file)
    {
        if (!file.ConsumerSigned.Payload.Equals(file.ProviderSigned.Payload))
        {
            throw Failed("The owner and the consumer signed different terms.");
        }

        AgreementTerms terms;
        try
        {
            terms = AgreementTerms.Parser.ParseFrom(file.ConsumerSigned.Payload);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Failed("The signed terms cannot be read.");
        }

        // Names of the right form only: they stand in sentences that go to a terminal before any signature was checked.
        var isWhole = terms.Offer?.Terms is { } offered && Identifiers.IsId(terms.Id) && Identifiers.IsSlug(terms.Consumer) && Identifiers.IsSlug(terms.Provider)
            && Identifiers.IsProductId(offered.Product) && terms.Offer.Provider == terms.Provider && offered.Purposes.Contains(terms.Purpose)
            && Moment(terms.StartTime) < Moment(terms.EndTime) && Moment(terms.EndTime) <= Moment(offered.ExpireTime);
        return isWhole ? terms : throw Failed("The signed terms lack a part of an agreement, or contradict themselves.");
    }

    private static void VerifySignature(SignedBytes signed, string participant, AgreementTerms terms, VerifiedRegister register)
    {
        var key = register.KeyOf(participant, KeyUse.Signing, signed.KeyId)
            ?? throw Failed($"The signature of {participant} is made with a key that the register does not list for it.");
        if (!SignedMessage.Verify(SignedMessage.Agreement, signed, key.PublicKey.Span))
        {
            throw Failed($"The signature of {participant} does not hold.");
        }

        if (key.ToTime is not null && !(Moment(key.ToTime) > Moment(terms.StartTime) - ClockSkewMax))
        {
            throw Failed($"The key of {participant} was no longer in use when the agreement began.");
        }

        if (Moment(key.FromTime) >= Moment(terms.EndTime))
        {
            throw Failed($"The key of {participant} was not in use yet when the agreement ended.");
        }
    }

    private static IReadOnlyList<string> Shown(AgreementFile file, AgreementTerms terms, RegisterSnapshot snapshot) =>
    [
        $"{terms.Consumer} (consumer) and {terms.Provider} (owner) both signed the agreement {terms.Id} on {terms.Offer.Terms.Product}, "
            + $"on the terms of version {terms.Offer.Version} of the owner's offer {terms.Offer.Terms.Name}.",
        $"{terms.Consumer} signed with its key {file.ConsumerSigned.KeyId} and {terms.Provider} with its key {file.ProviderSigned.KeyId}, both listed in version "
            + $"{snapshot.Version} of the member register, which the operator signed on {Moment(snapshot.IssuedTime)?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}.",
        .. ProductOf(terms, snapshot) is { } product ? TermsPreview.Of(terms, product) : [],
    ];

    // The register is the operator's word on what the product of that name is.
    private static ProductDefinition? ProductOf(AgreementTerms terms, RegisterSnapshot snapshot)
    {
        foreach (var signed in snapshot.Products)
        {
            try
            {
                var product = ProductDefinition.Parser.ParseFrom(signed.Payload);
                if ($"{product.Name}/{product.Major}" == terms.Offer.Terms.Product)
                {
                    return product;
                }
            }
            catch (InvalidProtocolBufferException)
            {
                // Not one that this version reads: another may still be the one looked for.
            }
        }

        return null;
    }

    private static DateTimeOffset? Moment(Timestamp? timestamp)
    {
        try
        {
            return timestamp?.ToDateTimeOffset();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
