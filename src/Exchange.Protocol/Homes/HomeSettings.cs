using System.Text;
using Exchange.Protocol.Errors;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Exchange.Protocol.Homes;

/// <summary>What sort of home it is.</summary>
public enum HomeKind
{
    /// <summary>A participant's node.</summary>
    Participant,

    /// <summary>The identity server.</summary>
    Identity,
}

/// <summary>The settings in <c>config.yaml</c>.</summary>
public sealed class HomeSettings
{
    /// <summary>What sort of home it is.</summary>
    public HomeKind Kind { get; set; }

    /// <summary>Participant id; empty in the identity server's home.</summary>
    public string Participant { get; set; } = "";

    /// <summary>Address of the identity server, <c>https://host:port/</c>.</summary>
    public string Identity { get; set; } = "";

    /// <summary>Address at which peers reach this node; port 0: the bound port, registered at start.</summary>
    public string Endpoint { get; set; } = "https://127.0.0.1:0";

    /// <summary>Address to bind, <c>ip:port</c>; empty: the endpoint's host (if an address) and port.</summary>
    public string Listen { get; set; } = "";

    /// <summary>Address at which anybody reaches this node's public pages, <c>https://host:port</c>; empty: the host of <see cref="Endpoint"/> and any free port.</summary>
    public string PublicEndpoint { get; set; } = "";

    /// <summary>Address to bind for the public pages, <c>ip:port</c>; empty: as for <see cref="Listen"/>.</summary>
    public string PublicListen { get; set; } = "";

    /// <summary>Reads the settings of a home.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.SettingsInvalid"/> with the line.</exception>
    public static HomeSettings Load(Home home)
    {
        try
        {
            return new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build()
                .Deserialize<HomeSettings>(File.ReadAllText(home.SettingsFile)) ?? new HomeSettings();
        }
        catch (YamlException error)
        {
            throw new ExchangeException(Reasons.SettingsInvalid, $"{home.SettingsFile}, line {error.Start.Line}: {error.Message}", "Mend the line.", error);
        }
    }

    /// <summary>Writes the settings.</summary>
    public void Save(Home home) => home.WritePrivate(home.SettingsFile, Encoding.UTF8.GetBytes(
        new SerializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).Build().Serialize(this)));
}
