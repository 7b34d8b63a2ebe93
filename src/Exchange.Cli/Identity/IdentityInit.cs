using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Identity;

namespace Exchange.Cli.Identity;

/// <summary><c>identity init</c>: makes the home of an identity server.</summary>
internal static class IdentityInit
{
    public static Command Create(CliSession cli)
    {
        var listen = new Option<string>("--listen") { Description = "Address to bind.", HelpName = "IP:PORT", DefaultValueFactory = _ => "127.0.0.1:8440" };
        var endpoint = new Option<string?>("--endpoint") { Description = "Address at which participants reach it; the bound one when left out.", HelpName = "URL" };
        var command = new Command("init", "Make the home of an identity server: certificate authority, operator's key, settings.") { listen, endpoint };
        command.SetAction(parsed =>
        {
            var bind = parsed.GetValue(listen)!;
            var home = IdentityHome.Init(cli.Home, new IdentityOptions(parsed.GetValue(endpoint) ?? $"https://{bind}", bind), cli.Time);
            cli.WriteOne(new JsonObject
            {
                ["home"] = home.Path,
                // For whoever checks an agreement outside of the exchange: see `agreement verify`.
                ["operator_fingerprint"] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(home.OperatorKeyFile))),
                ["next"] = $"exchange --home {home.Path} identity serve",
            });
            return 0;
        });
        return command;
    }
}
