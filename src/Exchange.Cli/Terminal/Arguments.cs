using System.CommandLine;

namespace Exchange.Cli.Terminal;

/// <summary>How verbs read lists and words from the command line.</summary>
internal static class Arguments
{
    /// <summary>An option with a list: <c>--participants a,b</c>, or given several times.</summary>
    public static Option<string[]> ListOption(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "a,b",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    /// <summary>The entries of such an option.</summary>
    public static string[] ListOf(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    /// <summary>The words of an enumeration out of such an option.</summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>USAGE</c> with the nearest word.</exception>
    public static IEnumerable<T> WordsOf<T>(ParseResult parsed, Option<string[]> option, string kind)
        where T : struct, Enum => ListOf(parsed, option).Select(word => WordOf<T>(word, kind)).ToList();

    /// <summary>One word of an enumeration.</summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>USAGE</c> with the nearest word.</exception>
    public static T WordOf<T>(string word, string kind)
        where T : struct, Enum
    {
        if (Client.Files.Words.TryParse<T>(word, out var value))
        {
            return value;
        }

        var valid = Client.Files.Words.All<T>();
        var nearest = Protocol.Naming.NearestName.Of(word, valid);
        throw Protocol.Errors.Reasons.Usage.Because(
            $"There is no {kind} '{word}'{(nearest is null ? "." : $" – did you mean '{nearest}'?")}", $"Use one of: {string.Join(", ", valid)}.");
    }
}
