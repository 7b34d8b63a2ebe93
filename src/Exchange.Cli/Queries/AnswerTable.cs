using System.Globalization;
using Exchange.Cli.Terminal;
using Exchange.Client.Files;
using Exchange.Client.Queries;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Cli.Queries;

/// <summary>An answer for people: rows, who is in it, what was hidden by whose rule, and what the class means.</summary>
internal static class AnswerTable
{
    private const int DigitsShown = 10;
    private const string CheckedLabel = "checked:";
    private const string TouchingHeading = "not in it, up to (units)";

    /// <summary>Writes it.</summary>
    public static void Write(TextWriter output, VerifiedAnswer verified)
    {
        var answer = verified.Response;
        var console = CliSession.Console(output);
        if (answer.Error is null)
        {
            console.Write(RowsOf(answer, forPeople: true).ToTable());
        }

        if (answer.Release == ReleaseClass.Checked && answer.Error is null)
        {
            output.WriteLine($"{CheckedLabel} exact answers, no defence against combining them");
        }

        output.WriteLine(Summary(answer));
        if (verified.Witnesses > 0 && answer.Coverage.Any(part => part.Status == CoverageStatus.Answered))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"every log that answered is cosigned by at least {verified.Witnesses} witnesses of the register"));
        }

        console.Write(CoverageOf(answer).ToTable());
        foreach (var same in answer.Coverage.Where(part => part.Refusal is { Action.Length: > 0 }).GroupBy(part => part.Refusal.Action))
        {
            output.WriteLine($"{string.Join(", ", same.Select(part => part.ParticipantId))}: {Sheet.Printable(same.Key)}");
        }

        // The label above says what the node's own note on the class says.
        foreach (var note in answer.Notes.Where(note => !note.StartsWith(CheckedLabel, StringComparison.Ordinal)))
        {
            output.WriteLine($"note: {note}");
        }
    }

    /// <summary>The rows.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="forPeople">Cut doubles to ten significant digits and show NULL as a word; scripts get every digit.</param>
    public static Sheet RowsOf(RunQueryResponse answer, bool forPeople = false)
    {
        // Scripts find in row_coverage what touches a row.
        var touching = forPeople && answer.Rows.Any(row => row.TouchingUnits > 0);
        // People see bounds behind the value; scripts get two more columns for each column that has any.
        int[] bounded = forPeople ? [] : [.. answer.Rows.SelectMany(row => row.ErrorBounds).Select(bound => bound.Column).Distinct().Order()];
        return new Sheet(
            [
                .. answer.Columns.Select(column => column.Name), .. bounded.SelectMany(column => new[] { $"{answer.Columns[column].Name} low", $"{answer.Columns[column].Name} high" }),
                .. touching ? [TouchingHeading] : Array.Empty<string>(),
            ],
            [.. answer.Rows.Select(row => (IReadOnlyList<string>)
            [
                .. row.Values.Select((value, column) => forPeople ? ForPeople(value) + Between(row, column) : ValueText.Of(value)),
                .. bounded.SelectMany(column => Ends(row, column)),
                .. touching ? [row.TouchingUnits == 0 ? "" : row.TouchingUnits.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(),
            ])])
        {
            ExactHeadings = true,
            RightAligned = answer.Columns.Select((column, i) => (column, i))
                .Where(pair => pair.column.Type is "int" or "double" || pair.column.Type.StartsWith("decimal", StringComparison.Ordinal))
                .Select(pair => pair.i).Append(answer.Columns.Count).ToHashSet(),
        };
    }

    private static string Between(ResultRow row, int column) => row.ErrorBounds.FirstOrDefault(bound => bound.Column == column) switch
    {
        null => "",
        { HasStdError: true } noisy => " ± " + noisy.StdError.ToString("G3", CultureInfo.InvariantCulture),
        var bound => string.Create(CultureInfo.InvariantCulture, $" [{Short(bound.Low)}, {Short(bound.High)}]"),
    };

    private static string[] Ends(ResultRow row, int column) => row.ErrorBounds.FirstOrDefault(bound => bound.Column == column) is { } bound
        ? [bound.Low.ToString("R", CultureInfo.InvariantCulture), bound.High.ToString("R", CultureInfo.InvariantCulture)] : ["", ""];

    private static string Short(double number) => number.ToString($"G{DigitsShown}", CultureInfo.InvariantCulture);

    private static string ForPeople(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.None => "NULL",
        Value.KindOneofCase.DoubleValue => Short(value.DoubleValue),
        _ => ValueText.Of(value),
    };

    private static string Summary(RunQueryResponse answer)
    {
        int Count(CoverageStatus status) => answer.Coverage.Count(part => part.Status == status);
        var hidden = answer.Aggregation == Aggregation.Secure ? "hidden cells are not told" : string.Create(CultureInfo.InvariantCulture, $"{answer.Coverage.Sum(part => part.SuppressedCells)} cells hidden");
        var elapsed = answer.Elapsed?.ToTimeSpan().TotalMilliseconds ?? 0;
        return string.Create(CultureInfo.InvariantCulture,
            $"{Count(CoverageStatus.Answered)} answered, {Count(CoverageStatus.Refused)} refused, {Count(CoverageStatus.Unreachable)} unreachable; {hidden}; receipts verified; {elapsed:0} ms");
    }

    private static Sheet CoverageOf(RunQueryResponse answer) => new(
        ["participant", "status", "hidden cells", "by its rule", "reason"],
        [.. answer.Coverage.Select(part => (IReadOnlyList<string>)
        [
            part.ParticipantId,
            Words.Of(part.Status),
            part.Status == CoverageStatus.Answered && answer.Aggregation != Aggregation.Secure ? part.SuppressedCells.ToString(CultureInfo.InvariantCulture) : "",
            string.Join("; ", part.Rules),
            part.Refusal is null ? "" : $"{part.Refusal.Reason}: {part.Refusal.Message}",
        ])])
    {
        RightAligned = new HashSet<int> { 2 },
    };
}
