using Exchange.Identity.Authority;
using Exchange.Identity.Hosting;
using Exchange.Identity.Storage;
using Exchange.Identity.Tokens;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Signing;

namespace Exchange.Identity;

/// <summary>Makes the home folder of an identity server.</summary>
public static class IdentityHome
{
    /// <summary>
    /// Makes the exchange: its CA, the operator's signing key, the server's own certificate, the first token key and the
    /// empty register. The settings come last, so a folder in which this was interrupted is no home and can be used again.
    /// </summary>
    /// <param name="path">The folder; made unless it exists.</param>
    /// <param name="options">Where the server will be reached.</param>
    /// <param name="time">The clock for certificates.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.HomeNotEmpty"/>, <see cref="Reasons.StorageFailed"/>,
    /// or <see cref="Reasons.SettingsInvalid"/> when an address is not of its form.</exception>
    public static Home Init(string path, IdentityOptions options, TimeProvider time)
    {
        var settings = new HomeSettings { Kind = HomeKind.Identity, Endpoint = options.Endpoint, Listen = options.Listen };
        var addresses = ServerAddresses.From(settings);
        settings.Identity = addresses.IssuerAt(addresses.Listen.Port);

        var home = Home.Create(path);
        using var authority = CertificateAuthority.Create(home, time);
        authority.IssueForServer(home);
        using var operatorKey = SigningKey.Create();
        home.WritePrivate(AuthorityFiles.OperatorKey(home), operatorKey.ExportSeed());
        home.WritePrivate(home.OperatorKeyFile, operatorKey.PublicKey);
        using (var database = IdentityDatabase.Open(home.StateFile))
        {
            new TokenKeyRing(database, time).EnsureFirst();
        }

        ClientDatabase.Create(AuthorityFiles.ClientDatabase(home));
        settings.Save(home);
        return home;
    }
}
