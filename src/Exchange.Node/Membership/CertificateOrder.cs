using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;

namespace Exchange.Node.Membership;

/// <summary>A new P-256 key and the PKCS #10 request for its certificate. Every certificate gets a key of its own.</summary>
internal sealed class CertificateOrder : IDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _dnsName;

    /// <summary>Makes key and request for that participant.</summary>
    public CertificateOrder(string participantId)
    {
        _dnsName = Identifiers.TlsNameOf(participantId);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(_dnsName);
        var request = new CertificateRequest(new X500DistinguishedName($"CN={participantId}"), _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        Request = request.CreateSigningRequest();
    }

    /// <summary>The request, DER.</summary>
    public byte[] Request { get; }

    /// <summary>The issued certificate together with its private key. The caller disposes it.</summary>
    /// <exception cref="ExchangeException"><c>CERTIFICATE_UNFIT</c> when it is for another key or name, of another CA, or not valid now.</exception>
    public X509Certificate2 Fulfil(byte[] der, X509Certificate2 ca, DateTimeOffset now)
    {
        try
        {
            using var issued = X509CertificateLoader.LoadCertificate(der);
            if (MutualTls.IsIssuedFor(issued, ca, _dnsName, now))
            {
                return issued.CopyWithPrivateKey(_key);
            }
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            // Not a certificate, or for another key: the same refusal as for one that does not fit.
        }

        throw Reasons.CertificateUnfit.Because(
            "The certificate from the identity server does not fit the request or is not valid now.", "Check this machine's clock; if it is right, tell the operator.");
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
