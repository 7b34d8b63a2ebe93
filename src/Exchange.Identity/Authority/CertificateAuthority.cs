using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Naming;

namespace Exchange.Identity.Authority;

/// <summary>
/// The exchange's own certificate authority: one self-signed P-256 root that issues every certificate directly
/// (path length 0). There is no revocation list; the register says who is suspended, and certificates are short-lived.
/// </summary>
internal sealed class CertificateAuthority : IDisposable
{
    private static readonly TimeSpan AuthorityLifetime = TimeSpan.FromDays(3652);
    private static readonly TimeSpan ServerLifetime = TimeSpan.FromDays(365);
    private static readonly TimeSpan ServerRenewal = TimeSpan.FromDays(60);
    private static readonly TimeSpan ParticipantLifetime = TimeSpan.FromDays(30);

    /// <summary>Clocks may differ by 60 s: a new certificate is good at once on a node whose clock is behind.</summary>
    private static readonly TimeSpan Backdating = TimeSpan.FromSeconds(120);

    private readonly ECDsa _key;
    private readonly TimeProvider _time;

    private CertificateAuthority(X509Certificate2 certificate, ECDsa key, TimeProvider time)
    {
        Certificate = certificate;
        _key = key;
        _time = time;
    }

    /// <summary>The root certificate, without its private key.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Makes a new root and writes it to the home.</summary>
    public static CertificateAuthority Create(Home home, TimeProvider time)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Exchange CA", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var from = time.GetUtcNow() - Backdating;
        using var selfSigned = request.CreateSelfSigned(from, from + AuthorityLifetime);
        var certificate = X509CertificateLoader.LoadCertificate(selfSigned.RawData);
        home.WritePrivate(AuthorityFiles.CaKey(home), PemOf(key));
        home.WritePrivate(home.CaFile, PemOf(certificate));
        return new CertificateAuthority(certificate, key, time);
    }

    /// <summary>Loads the root of a home.</summary>
    public static CertificateAuthority Load(Home home, TimeProvider time)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(AuthorityFiles.CaKey(home)));
        return new CertificateAuthority(home.LoadCa(), key, time);
    }

    /// <summary>A certificate for a participant's node, valid 30 days.</summary>
    public X509Certificate2 IssueForParticipant(string participantId, PublicKey key) =>
        Issue(participantId, Identifiers.TlsNameOf(participantId), key, ParticipantLifetime);

    /// <summary>Gives the identity server a new certificate when the old one is in its last two months; called at each start.</summary>
    public void RenewForServer(Home home)
    {
        using var present = home.LoadCertificate();
        if (present.NotAfter - _time.GetUtcNow() < ServerRenewal)
        {
            IssueForServer(home);
        }
    }

    /// <summary>Makes the identity server's own key and certificate, valid one year, and writes both to the home.</summary>
    public void IssueForServer(Home home)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = Issue("identity", Identifiers.IdentityTlsName, new PublicKey(key), ServerLifetime);
        home.WritePrivate(home.PrivateKeyFile, PemOf(key));
        home.WritePrivate(home.CertificateFile, PemOf(certificate));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        Certificate.Dispose();
    }

    private X509Certificate2 Issue(string commonName, string dnsName, PublicKey key, TimeSpan lifetime)
    {
        var request = new CertificateRequest(new X500DistinguishedName("CN=" + commonName), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(dnsName);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, true, false));

        var now = _time.GetUtcNow();
        var until = now + lifetime < Certificate.NotAfter ? now + lifetime : Certificate.NotAfter;
        return request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), now - Backdating, until, NewSerial());
    }

    /// <summary>Sixteen bytes, positive and without a leading zero (RFC 5280 section 4.1.2.2).</summary>
    private static byte[] NewSerial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }

    private static byte[] PemOf(ECDsa key) => System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem());

    private static byte[] PemOf(X509Certificate2 certificate) => System.Text.Encoding.ASCII.GetBytes(certificate.ExportCertificatePem());
}
