using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Exchange.Protocol.Tls;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Exchange.Node.Hosting;

/// <summary>
/// The listener's side of a handshake: TLS 1.3, the certificate in use at that moment, and a client certificate of the
/// exchange CA that is valid now. Who it belongs to, and what its holder may do, is for the interceptor.
/// At the public listener a client may do without a certificate; one that it shows must be the exchange's.
/// </summary>
internal sealed class NodeTls(NodeIdentity identity, TimeProvider time, bool isPublic = false)
{
    private SslServerAuthenticationOptions? _options;

    /// <summary>For <c>UseHttps</c>.</summary>
    public TlsHandshakeCallbackOptions CallbackOptions => new()
    {
        OnConnection = _ => ValueTask.FromResult(Options()),
        HandshakeTimeout = TimeSpan.FromSeconds(10),
    };

    // Made once per certificate: a context holds the prepared chain, which is dear to build at every handshake.
    private SslServerAuthenticationOptions Options()
    {
        var options = Volatile.Read(ref _options);
        var certificate = identity.Certificate;
        if (options is null || !ReferenceEquals(options.ServerCertificateContext!.TargetCertificate, certificate))
        {
            options = OptionsFor(certificate);
            Volatile.Write(ref _options, options);
        }

        // Kestrel writes the protocols it speaks into what it is given, so each handshake gets its own.
        return new SslServerAuthenticationOptions
        {
            ServerCertificateContext = options.ServerCertificateContext,
            EnabledSslProtocols = options.EnabledSslProtocols,
            ClientCertificateRequired = true,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = options.RemoteCertificateValidationCallback,
            ApplicationProtocols = isPublic ? [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] : [SslApplicationProtocol.Http2],
        };
    }

    private SslServerAuthenticationOptions OptionsFor(X509Certificate2 certificate) => new()
    {
        ServerCertificateContext = SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true),
        EnabledSslProtocols = SslProtocols.Tls13,
        RemoteCertificateValidationCallback = (_, shown, _, _) =>
            shown is null ? isPublic : shown is X509Certificate2 client && MutualTls.IsIssuedBy(client, identity.Ca, time.GetUtcNow()),
    };
}
