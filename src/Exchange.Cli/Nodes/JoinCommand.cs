using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Node.Membership;

namespace Exchange.Cli.Nodes;

/// <summary><c>join</c>: makes the home of a participant with a code of the operator.</summary>
internal static class JoinCommand
{
    public static Command Create(CliSession cli)
    {
        var identity = new Option<string>("--identity") { Description = "Address of the identity server.", HelpName = "URL", Required = true };
        var code = new Option<string>("--code") { Description = "The operator's one-time code.", HelpName = "CODE", Required = true };
        var endpoint = new Option<string>("--endpoint")
        {
            Description = "Address at which peers reach this node; with port 0 the bound one is registered at start.",
            HelpName = "URL",
            DefaultValueFactory = _ => "https://127.0.0.1:0",
        };
        var listen = new Option<string>("--listen") { Description = "Address to bind, when it is not the endpoint's.", HelpName = "IP:PORT", DefaultValueFactory = _ => "" };
        var command = new Command("join", "Join an exchange: check whose it is, make keys, get a certificate.") { identity, code, endpoint, listen };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var home = await Joining.JoinAsync(
                new JoinRequest(cli.Home, parsed.GetRequiredValue(identity), parsed.GetRequiredValue(code), parsed.GetValue(endpoint)!, parsed.GetValue(listen)!),
                cli.Time,
                cancellationToken).ConfigureAwait(false);
            cli.WriteOne(new JsonObject
            {
                ["participant"] = Protocol.Homes.HomeSettings.Load(home).Participant,
                ["home"] = home.Path,
                ["next"] = $"exchange --home {home.Path} node serve",
            });
            return 0;
        });
        return command;
    }
}
