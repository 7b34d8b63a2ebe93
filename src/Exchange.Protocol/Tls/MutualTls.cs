using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Exchange.Protocol.Tls;

/// <summary>TLS under the exchange's own certificate authority: who is accepted, and the handler that calls peers.</summary>
public static class MutualTls
{
    /// <summary>
    /// Whether the certificate was issued by the exchange CA, is valid at <paramref name="now"/> and carries the DNS name.
    /// The address that was dialled plays no part: nodes move, names stay.
    /// </summary>
    public static bool IsIssuedFor(X509Certificate2 certificate, X509Certificate2 ca, string dnsName, DateTimeOffset now) =>
        IsIssuedBy(certificate, ca, now) && DnsNamesOf(certificate).Contains(dnsName, StringComparer.Ordinal);

    /// <summary>Whether the exchange CA issued it and it is valid at <paramref name="now"/>.</summary>
    public static bool IsIssuedBy(X509Certificate2 certificate, X509Certificate2 ca, DateTimeOffset now)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(ca);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        return chain.Build(certificate);
    }

    /// <summary>The DNS names of the subject alternative name extension.</summary>
    public static IEnumerable<string> DnsNamesOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(extension => extension.EnumerateDnsNames());

    /// <summary>base64url of SHA-256 over the DER certificate, the <c>x5t#S256</c> of RFC 8705 section 3.1; 43 characters.</summary>
    public static string ThumbprintOf(X509Certificate2 certificate) =>
        System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(certificate.RawDataMemory.Span));

    /// <summary>An HTTP handler for calling one peer: TLS 1.3, our certificate, only that peer's certificate accepted, connections kept.</summary>
    /// <param name="own">Certificate with private key, or null to show none.</param>
    /// <param name="ca">The exchange CA.</param>
    /// <param name="peerDnsName">The name the peer's certificate must carry.</param>
    /// <param name="time">The clock that decides validity.</param>
    public static SocketsHttpHandler HandlerFor(X509Certificate2? own, X509Certificate2 ca, string peerDnsName, TimeProvider time) => new()
    {
        EnableMultipleHttp2Connections = true,
        KeepAlivePingDelay = TimeSpan.FromSeconds(30),
        KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(10),
        ConnectTimeout = TimeSpan.FromSeconds(10),
        UseProxy = false,
        AllowAutoRedirect = false,
        SslOptions = new SslClientAuthenticationOptions
        {
            EnabledSslProtocols = SslProtocols.Tls13,
            TargetHost = peerDnsName,

            // Prepared once per handler: built from a bare certificate, the chain would be looked for at every handshake.
            ClientCertificateContext = own is null ? null : SslStreamCertificateContext.Create(own, additionalCertificates: null, offline: true),
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                certificate is X509Certificate2 peer && IsIssuedFor(peer, ca, peerDnsName, time.GetUtcNow()),
        },
    };
}
