using System.CommandLine;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;

namespace Exchange.Cli.Terminal;

/// <summary>Turns what is wrong with a command line into a sentence, with the nearest verb or option.</summary>
internal static class UsageMistakes
{
    private const string SeeHelp = "See `exchange --help`, or `--help` behind a verb.";

    /// <summary>The first mistake of a command line that has one.</summary>
    public static ExchangeException Of(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens is [var unknown, ..])
        {
            var valid = unknown.StartsWith('-') ? command.Options.Select(option => option.Name) : command.Subcommands.Select(verb => verb.Name);
            var nearest = NearestName.Of(unknown, valid);
            return Reasons.Usage.Because($"'{unknown}' is not understood here{(nearest is null ? "." : $" – did you mean '{nearest}'?")}", SeeHelp);
        }

        if (command.Subcommands.Any() && command.Action is null)
        {
            var path = command is RootCommand ? "exchange" : $"exchange {command.Name}";
            return Reasons.Usage.Because($"`{path}` needs a verb: {string.Join(", ", command.Subcommands.Select(verb => verb.Name))}.", SeeHelp);
        }

        return Reasons.Usage.Because(parsed.Errors[0].Message, SeeHelp);
    }
}
