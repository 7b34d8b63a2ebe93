using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing;
using Google.Protobuf;

namespace Exchange.Identity.Tests.Support;

/// <summary>The joining side: makes keys and requests as a node does, and keeps what it was given.</summary>
internal sealed class TestMember : IDisposable
{
    public TestMember(string id) => Id = id;

    public string Id { get; }

    public ECDsa TlsKey { get; private set; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public SigningKey SigningKey { get; } = SigningKey.Create();

    public SigningKey LogKey { get; } = SigningKey.Create();

    /// <summary>With its private key, once enrolled.</summary>
    public X509Certificate2 Certificate { get; private set; } = null!;

    public EnrolRequest Request(EnrolmentCode code)
    {
        var certificateRequest = CertificateRequest();
        var signed = SignedMessage.ToBeSigned(SignedMessage.Enrolment, certificateRequest);
        return new EnrolRequest
        {
            ParticipantId = code.ParticipantId,
            Secret = ByteString.CopyFrom(code.Secret),
            CertificateRequest = ByteString.CopyFrom(certificateRequest),
            SigningPublicKey = ByteString.CopyFrom(SigningKey.PublicKey),
            LogPublicKey = ByteString.CopyFrom(LogKey.PublicKey),
            SigningProof = ByteString.CopyFrom(SigningKey.Sign(signed)),
            LogProof = ByteString.CopyFrom(LogKey.Sign(signed)),
            Endpoint = "https://127.0.0.1:0",
        };
    }

    /// <summary>A PKCS #10 request for the present TLS key.</summary>
    public byte[] CertificateRequest() => new CertificateRequest("CN=" + Id, TlsKey, HashAlgorithmName.SHA256).CreateSigningRequest();

    public void MakeNewTlsKey() => TlsKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public void Take(ByteString certificate)
    {
        using var bare = X509CertificateLoader.LoadCertificate(certificate.Span);
        Certificate = bare.CopyWithPrivateKey(TlsKey);
    }

    public void Dispose()
    {
        SigningKey.Dispose();
        LogKey.Dispose();
        TlsKey.Dispose();
        Certificate?.Dispose();
    }
}
