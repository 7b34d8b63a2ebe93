using System.Numerics;

namespace Exchange.Attacks.Checking;

/// <summary>Rules 1 to 5 and 7, from the rows of a block and in whole numbers; written from the rules' text, not from the product's code.</summary>
internal static class BlockRules
{
    /// <summary>Of an offer that says nothing.</summary>
    public const int MinUnits = 10;

    private const int MinSpread = 3;

    private static readonly (string Name, Func<FieldRow, decimal?> ValueOf)[] Measures =
    [
        ("pay", row => row.Pay), ("bonus", row => row.Value("bonus")), ("hours", row => row.Value("hours")), ("pay - bonus", row => row.Pay - row.Value("bonus")),
    ];

    // Numbers of the file have at most two digits behind the point; halves of cents do not occur.
    private const decimal Scale = 100;

    /// <summary>What rows fail in together; empty where they pass.</summary>
    public static IEnumerable<string> FailuresOf(IReadOnlyList<FieldRow> rows) =>
        from measure in Measures
        from failure in FailuresOf(rows, measure.ValueOf)
        select $"{measure.Name}: {failure}";

    /// <summary>What the squares of a measure fail in.</summary>
    public static IEnumerable<string> FailuresOfSquares(IReadOnlyList<FieldRow> rows, string measure) => FailuresOfSquares(rows, row => row.Value(measure));

    private static IEnumerable<string> FailuresOf(IReadOnlyList<FieldRow> rows, Func<FieldRow, decimal?> valueOf)
    {
        var units = rows.Where(row => valueOf(row) is not null).GroupBy(row => row.Worker)
            .Select(unit => unit.Select(row => (BigInteger)(valueOf(row)!.Value * Scale)).ToList()).ToList();
        if (units.Count < MinUnits)
        {
            yield return $"{units.Count} units with a value";
        }

        var gross = units.Select(values => values.Aggregate(BigInteger.Zero, (sum, value) => sum + BigInteger.Abs(value))).OrderDescending().ToList();
        var total = gross.Aggregate(BigInteger.Zero, (sum, one) => sum + one);
        var (first, second) = (gross.ElementAtOrDefault(0), gross.ElementAtOrDefault(1));
        if (10 * (total - first - second) < first)
        {
            yield return "p%";
        }

        if (10 * (first + second) > 9 * total)
        {
            yield return "(n,k)";
        }

        var lacking = rows.Where(row => valueOf(row) is null).Select(row => row.Worker).Distinct().Count();
        if (lacking is > 0 and < MinSpread)
        {
            yield return $"{lacking} lack a value";
        }

        var alike = units.Where(values => values.Distinct().Count() == 1).GroupBy(values => values[0]).Select(value => value.Count()).DefaultIfEmpty().Max();
        if (units.Count - alike < MinSpread)
        {
            yield return "spread";
        }
    }

    private static IEnumerable<string> FailuresOfSquares(IReadOnlyList<FieldRow> rows, Func<FieldRow, decimal?> valueOf)
    {
        var values = rows.Where(row => valueOf(row) is not null).Select(row => (row.Worker, X: (BigInteger)(valueOf(row)!.Value * Scale))).ToList();
        var squares = values.GroupBy(value => value.Worker).Select(unit => unit.Aggregate(BigInteger.Zero, (sum, value) => sum + (value.X * value.X))).OrderDescending().ToList();
        var total = squares.Aggregate(BigInteger.Zero, (sum, one) => sum + one);
        // 2p + p² with p of 10%.
        if (100 * (total - squares[0] - squares[1]) < 21 * squares[0])
        {
            yield return "p%";
        }

        BigInteger n = values.Count, s = values.Aggregate(BigInteger.Zero, (sum, value) => sum + value.X);
        var deviations = (n * total) - (s * s);
        if (values.Exists(value => 10 * BigInteger.Pow((n * value.X) - s, 2) > 7 * n * deviations))
        {
            yield return "deviation";
        }
    }
}
