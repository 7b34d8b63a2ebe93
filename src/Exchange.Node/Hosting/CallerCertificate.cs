using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;

namespace Exchange.Node.Hosting;

/// <summary>What a shown certificate says, read once per connection. The handshake has checked that the exchange CA issued it.</summary>
/// <param name="ParticipantId">Whose it is; null when its names are not those of one participant.</param>
/// <param name="Thumbprint">Its <c>x5t#S256</c>.</param>
/// <param name="ExpireTime">A connection outlives the handshake; a certificate that runs out meanwhile must not.</param>
internal sealed record CallerCertificate(string? ParticipantId, string Thumbprint, DateTimeOffset ExpireTime)
{
    private static readonly ConditionalWeakTable<X509Certificate2, CallerCertificate> Read = [];

    /// <summary>Of that certificate.</summary>
    public static CallerCertificate Of(X509Certificate2 certificate) => Read.GetValue(certificate, static shown =>
        new CallerCertificate(ParticipantOf(shown), MutualTls.ThumbprintOf(shown), shown.NotAfter.ToUniversalTime()));

    private static string? ParticipantOf(X509Certificate2 certificate)
    {
        var names = MutualTls.DnsNamesOf(certificate).ToList();
        if (names is not [var name])
        {
            return null;
        }

        var id = name.Split('.')[0];
        return Identifiers.IsSlug(id) && name == Identifiers.TlsNameOf(id) ? id : null;
    }
}
