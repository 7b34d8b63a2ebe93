using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Signing;

namespace Exchange.Tests.Support;

/// <summary>A participant's home as joining makes it, without an exchange behind it: the certificate is its own CA.</summary>
internal static class TestHome
{
    /// <summary>Makes it in that folder.</summary>
    public static Home Create(string path, string participantId)
    {
        var home = Home.Create(path);
        using var signingKey = SigningKey.Create();
        using var logKey = SigningKey.Create();
        using var operatorKey = SigningKey.Create();
        using var certificate = SelfSigned(participantId);
        home.WritePrivate(home.SigningKeyFile, signingKey.ExportSeed());
        home.WritePrivate(home.LogKeyFile, logKey.ExportSeed());
        home.WritePrivate(home.OperatorKeyFile, operatorKey.PublicKey);
        home.WritePrivate(home.CaFile, Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));
        home.SaveCertificate(certificate);
        new HomeSettings { Participant = participantId, Identity = "https://127.0.0.1:1/" }.Save(home);
        return home;
    }

    private static X509Certificate2 SelfSigned(string participantId)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Identifiers.TlsNameOf(participantId));
        var request = new CertificateRequest($"CN={participantId}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(29));
    }
}
