using System.CommandLine;
using System.Globalization;
using Exchange.Client.Files;
using Exchange.Protocol.Errors;

namespace Exchange.Cli.Audit;

/// <summary>The options that choose entries.</summary>
internal sealed class LeafFilterOptions
{
    private static readonly string[] Outcomes = ["answered", "refused", "failed", "asked", "received"];

    private readonly Option<string?> _from = new("--from") { Description = "First day 2026-01-31 or moment, UTC.", HelpName = "DATE" };
    private readonly Option<string?> _to = new("--to") { Description = "Last day or moment, UTC.", HelpName = "DATE" };
    private readonly Option<string?> _consumer = new("--consumer") { Description = "Who asked.", HelpName = "ID" };
    private readonly Option<string?> _product = new("--product") { Description = "The product.", HelpName = "NAME/MAJOR" };
    private readonly Option<string?> _agreement = new("--agreement") { Description = "The agreement; may be cut short.", HelpName = "ID" };
    private readonly Option<string?> _purpose = new("--purpose") { Description = "The purpose.", HelpName = "P" };
    private readonly Option<string?> _outcome = new("--outcome")
    {
        Description = "answered, refused, failed, asked, received, or an event such as offer.set.",
        HelpName = "O",
    };

    /// <summary>Adds them.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _from, _to, _consumer, _product, _agreement, _purpose, _outcome })
        {
            command.Add(option);
        }
    }

    /// <summary>What was asked for.</summary>
    /// <exception cref="ExchangeException"><c>USAGE</c> for what is no day or no outcome.</exception>
    public LeafFilter Read(ParseResult parsed) => new(
        parsed.GetValue(_from) is { } from ? FirstMoment(from, "--from") : null,
        parsed.GetValue(_to) is { } to ? LastMoment(to, "--to") : null,
        parsed.GetValue(_consumer), parsed.GetValue(_product), parsed.GetValue(_agreement), parsed.GetValue(_purpose), OutcomeOf(parsed.GetValue(_outcome)));

    // Events have a dot in their names, and there may be new ones.
    private static string? OutcomeOf(string? text) => text is null || text.Contains('.', StringComparison.Ordinal) || Outcomes.Contains(text)
        ? text
        : throw Reasons.Usage.Because("What stands behind --outcome is no outcome.", $"Write {string.Join(", ", Outcomes)}, or an event such as offer.set.");

    /// <summary>The beginning of a day, or a moment.</summary>
    public static DateTimeOffset FirstMoment(string text, string option) =>
        DateTimeOffset.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var day) ? day : LastMoment(text, option);

    /// <summary>The end of a day, or a moment.</summary>
    public static DateTimeOffset LastMoment(string text, string option) => DayText.TryLastMoment(text, out var moment)
        ? moment
        : throw Reasons.Usage.Because($"What stands behind {option} is no day.", "Write it as 2026-01-31.");
}
