using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Tls;

namespace Exchange.Node.Hosting;

/// <summary>Who this node is: its participant, its keys, its certificate now and the exchange CA.</summary>
internal sealed class NodeIdentity : IDisposable
{
    private volatile X509Certificate2 _certificate;
    private volatile X509Certificate2? _previous;
    private volatile SigningKey _logKey;

    private NodeIdentity(Home home, HomeSettings settings)
    {
        ParticipantId = settings.Participant;
        SigningKey = home.LoadSigningKey();
        _logKey = home.LoadLogKey();
        Ca = home.LoadCa();
        OperatorKey = File.ReadAllBytes(home.OperatorKeyFile);
        _certificate = home.LoadCertificate();
    }

    /// <summary>Loads everything from the home.</summary>
    /// <exception cref="ExchangeException"><c>HOME_MISMATCH</c> when the settings name another participant than the certificate; <c>STORAGE_FAILED</c> when a key cannot be read.</exception>
    public static NodeIdentity Load(Home home, HomeSettings settings)
    {
        NodeIdentity identity;
        try
        {
            identity = new NodeIdentity(home, settings);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ExchangeException(Reasons.StorageFailed, $"A key or certificate of the home {home.Path} cannot be read.", "Restore the home from a backup, or ask the operator for a new code and join again.", error);
        }

        if (MutualTls.DnsNamesOf(identity.Certificate).Contains(Identifiers.TlsNameOf(settings.Participant)))
        {
            return identity;
        }

        identity.Dispose();
        throw Reasons.HomeMismatch.Because($"The certificate in {home.Path} is not that of {settings.Participant}.", "Put the participant's own id back into config.yaml, or its own files into the home.");
    }

    /// <summary>Id of the participant.</summary>
    public string ParticipantId { get; }

    /// <summary>Signs queries, agreements and products.</summary>
    public SigningKey SigningKey { get; }

    /// <summary>Signs the access log's checkpoints, and cosigns those of other logs.</summary>
    public SigningKey LogKey => _logKey;

    /// <summary>Takes another log key into use. Who still holds the one before goes on with it, so it is not disposed.</summary>
    public void ReplaceLogKey(SigningKey key) => _logKey = key;

    /// <summary>The exchange CA.</summary>
    public X509Certificate2 Ca { get; }

    /// <summary>The operator's Ed25519 public key: the register is signed with it.</summary>
    public byte[] OperatorKey { get; }

    /// <summary>Raised after a renewed certificate was taken into use.</summary>
    public event Action? Replaced;

    /// <summary>The certificate in use; replaced at each renewal.</summary>
    public X509Certificate2 Certificate => _certificate;

    /// <summary>Takes a renewed certificate into use. Connections under way keep the old one, so it is not disposed.</summary>
    public void Replace(X509Certificate2 renewed)
    {
        _previous = _certificate;
        _certificate = renewed;
        Replaced?.Invoke();
    }

    /// <summary>
    /// Whether the certificate is this node's own, which makes its holder the owner. The one before the last renewal counts
    /// until it runs out, for an owner's program that read it before.
    /// </summary>
    public bool IsOwn(X509Certificate2 certificate) => Equal(certificate, _certificate) || Equal(certificate, _previous);

    /// <inheritdoc/>
    public void Dispose()
    {
        SigningKey.Dispose();
        LogKey.Dispose();
        Ca.Dispose();
        _certificate.Dispose();
        _previous?.Dispose();
    }

    private static bool Equal(X509Certificate2 shown, X509Certificate2? own) => own is not null && shown.RawDataMemory.Span.SequenceEqual(own.RawDataMemory.Span);
}
