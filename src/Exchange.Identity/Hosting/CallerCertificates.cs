using System.Security.Cryptography.X509Certificates;
using Exchange.Identity.Members;
using Exchange.Identity.Storage;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;
using Grpc.Core;

namespace Exchange.Identity.Hosting;

/// <summary>Who calls, by the client certificate alone. The TLS handshake proved the key and checked nothing else.</summary>
internal sealed class CallerCertificates(IdentityDatabase database, X509Certificate2 own, X509Certificate2 ca, TimeProvider time)
{
    private static readonly string NameSuffix = Identifiers.TlsNameOf("");

    /// <summary>The calling participant, active at this moment.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.CertificateMissing"/>, <see cref="Reasons.CertificateRefused"/>,
    /// <see cref="Reasons.ParticipantSuspended"/>.</exception>
    public Participant RequireParticipant(ServerCallContext context)
    {
        var certificate = CertificateOf(context)
            ?? throw Reasons.CertificateMissing.Because("The caller showed no certificate.", "Call with the certificate of a participant.");
        var names = MutualTls.DnsNamesOf(certificate).ToList();
        if (names is not [var name] || !name.EndsWith(NameSuffix, StringComparison.Ordinal) || !MutualTls.IsIssuedFor(certificate, ca, name, time.GetUtcNow()))
        {
            throw Refused();
        }

        var participant = database.Read(work => ParticipantTable.Find(work, name[..^NameSuffix.Length]));
        return participant?.Status switch
        {
            ParticipantStatus.Active => participant,
            ParticipantStatus.Suspended => throw Reasons.ParticipantSuspended.Because("The participant is suspended.", "Talk to the operator."),
            _ => throw Refused(),
        };
    }

    /// <summary>Lets the operator pass: whoever holds the identity server's own certificate.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.NotOperator"/>.</exception>
    public void RequireOperator(ServerCallContext context)
    {
        var certificate = CertificateOf(context);
        if (certificate is null || !certificate.RawDataMemory.Span.SequenceEqual(own.RawDataMemory.Span))
        {
            throw Reasons.NotOperator.Because("Only the operator may do this.", "Run it on the identity server's machine with its home: --home DIR.");
        }
    }

    /// <summary>Whether the caller's certificate is for that key.</summary>
    public bool HasKey(ServerCallContext context, PublicKey key) =>
        CertificateOf(context)!.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo());

    private static X509Certificate2? CertificateOf(ServerCallContext context) => context.GetHttpContext().Connection.ClientCertificate;

    private static ExchangeException Refused() => Reasons.CertificateRefused.Because(
        "The caller's certificate is not of this exchange, has run out, or names no participant.", "Join the exchange with `exchange join`.");
}
