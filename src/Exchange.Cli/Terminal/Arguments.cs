using System.CommandLine;
using Google.Protobuf.WellKnownTypes;

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

    /// <summary>An option with a day: <c>--until 2027-12-31</c>.</summary>
    public static Option<string?> UntilOption(string whenLeftOut) =>
        new("--until") { Description = $"Last day, such as 2027-12-31; {whenLeftOut} when left out.", HelpName = "DATE" };

    /// <summary>The last moment of that day, or null.</summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>USAGE</c>.</exception>
    public static Timestamp? MomentOf(ParseResult parsed, Option<string?> until) => parsed.GetValue(until) is not { } text ? null
        : Client.Files.DayText.TryLastMoment(text, out var moment) ? Timestamp.FromDateTimeOffset(moment)
        : throw Protocol.Errors.Reasons.Usage.Because("The day behind --until is not one.", "Write it as 2027-12-31.");

    /// <summary>The entries of such an option.</summary>
    public static string[] ListOf(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    /// <summary>The words of an enumeration out of such an option.</summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>USAGE</c> with the nearest word.</exception>
    public static IEnumerable<T> WordsOf<T>(ParseResult parsed, Option<string[]> option, string kind)
        where T : struct, System.Enum => ListOf(parsed, option).Select(word => WordOf<T>(word, kind)).ToList();

    /// <summary>One word of an enumeration.</summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>USAGE</c> with the nearest word.</exception>
    public static T WordOf<T>(string word, string kind)
        where T : struct, System.Enum
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
