using System.Security.Cryptography.X509Certificates;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Signing;

namespace Exchange.Node.Hosting;

/// <summary>Who this node is: its participant, its keys, its certificate now and the exchange CA.</summary>
internal sealed class NodeIdentity : IDisposable
{
    private volatile X509Certificate2 _certificate;

    /// <summary>Loads everything from the home.</summary>
    public NodeIdentity(Home home, HomeSettings settings)
    {
        ParticipantId = settings.Participant;
        SigningKey = home.LoadSigningKey();
        LogKey = home.LoadLogKey();
        Ca = home.LoadCa();
        OperatorKey = File.ReadAllBytes(home.OperatorKeyFile);
        _certificate = home.LoadCertificate();
    }

    /// <summary>Id of the participant.</summary>
    public string ParticipantId { get; }

    /// <summary>Signs queries, agreements and products.</summary>
    public SigningKey SigningKey { get; }

    /// <summary>Signs receipts.</summary>
    public SigningKey LogKey { get; }

    /// <summary>The exchange CA.</summary>
    public X509Certificate2 Ca { get; }

    /// <summary>The operator's Ed25519 public key: the register is signed with it.</summary>
    public byte[] OperatorKey { get; }

    /// <summary>The certificate in use; replaced at each renewal.</summary>
    public X509Certificate2 Certificate => _certificate;

    /// <summary>Takes a renewed certificate into use. Connections under way keep the old one, so it is not disposed.</summary>
    public void Replace(X509Certificate2 renewed) => _certificate = renewed;

    /// <inheritdoc/>
    public void Dispose()
    {
        SigningKey.Dispose();
        LogKey.Dispose();
        Ca.Dispose();
        _certificate.Dispose();
    }
}
