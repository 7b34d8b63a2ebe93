using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Exchange.Protocol.Tls;

namespace Exchange.Protocol.Tests.Tls;

public sealed class MutualTlsTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2031, 2, 3, 4, 5, 6, TimeSpan.Zero);
    private readonly X509Certificate2 _ca = MakeCa();
    private readonly X509Certificate2 _otherCa = MakeCa();

    public void Dispose()
    {
        _ca.Dispose();
        _otherCa.Dispose();
    }

    [Fact]
    public void A_certificate_counts_for_its_name_under_its_ca()
    {
        using var certificate = Issue(_ca, "mill.participant.exchange");

        Assert.True(MutualTls.IsIssuedFor(certificate, _ca, "mill.participant.exchange", Now));
        Assert.False(MutualTls.IsIssuedFor(certificate, _ca, "loom.participant.exchange", Now));
        Assert.False(MutualTls.IsIssuedFor(certificate, _otherCa, "mill.participant.exchange", Now));
    }

    [Fact]
    public void A_certificate_counts_while_it_is_valid()
    {
        using var certificate = Issue(_ca, "mill.participant.exchange");

        Assert.False(MutualTls.IsIssuedBy(certificate, _ca, Now.AddDays(-2)));
        Assert.True(MutualTls.IsIssuedBy(certificate, _ca, Now.AddDays(29)));
        Assert.False(MutualTls.IsIssuedBy(certificate, _ca, Now.AddDays(31)));
    }

    [Fact]
    public void A_thumbprint_is_43_characters_of_base64url_over_the_certificate()
    {
        using var certificate = Issue(_ca, "mill.participant.exchange");

        Assert.Matches(@"\A[A-Za-z0-9_-]{43}\z", MutualTls.ThumbprintOf(certificate));
        Assert.Equal(SHA256.HashData(certificate.RawData), System.Buffers.Text.Base64Url.DecodeFromChars(MutualTls.ThumbprintOf(certificate)));
    }

    private static X509Certificate2 MakeCa()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(Now.AddYears(-1), Now.AddYears(9));
    }

    private static X509Certificate2 Issue(X509Certificate2 ca, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=leaf", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        return request.Create(ca, Now.AddDays(-1), Now.AddDays(30), RandomNumberGenerator.GetBytes(8));
    }
}
