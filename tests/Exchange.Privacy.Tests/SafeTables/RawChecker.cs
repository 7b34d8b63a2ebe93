using System.Numerics;
using Exchange.Privacy.SafeTables;

namespace Exchange.Privacy.Tests.SafeTables;

/// <summary>The rules again, from raw rows in whole numbers, written without the builder's: what any set of rows that leaves must pass.</summary>
internal static class RawChecker
{
    /// <summary>Rows of each count block: those whose assignment says so.</summary>
    public static List<RawRow>[] RowsOf(TableBuild build, IReadOnlyList<RawRow> rows)
    {
        var blocks = build.Table.CountBlocks.Select(_ => new List<RawRow>()).ToArray();
        foreach (var row in rows)
        {
            blocks[build.Assignment.BlockOf(row.Dimensions) ?? throw new InvalidOperationException("A row has no block.")].Add(row);
        }

        return blocks;
    }

    public static int Units(IEnumerable<RawRow> rows, bool unitIsRow) =>
        unitIsRow ? rows.Count() : rows.Select(row => row.Unit ?? -1).Distinct().Count();

    /// <summary>Rule 1 to 4 for a measure over these rows: for every unit and every c others, every n units, every value.</summary>
    public static string? Failure(IReadOnlyList<RawRow> rows, int measure, MeasureLayout layout, TableRules rules, bool unitIsRow)
    {
        var units = rows.Where(row => row.Measures[measure] is not null)
            .Select((row, number) => (Row: row, Unit: unitIsRow ? number : row.Unit ?? -1))
            .GroupBy(pair => pair.Unit)
            .Select(unit => (
                Gross: (BigInteger)unit.Sum(pair => Math.Abs(pair.Row.Measures[measure]!.Value)),
                FromNearest: (BigInteger)unit.Sum(pair => Math.Abs(pair.Row.Measures[measure]!.Value - (long)layout.NearestToZero)),
                Values: unit.Select(pair => pair.Row.Measures[measure]!.Value).ToHashSet()))
            .ToArray();
        if (units.Length < rules.MinUnits)
        {
            return "threshold";
        }

        var counted = units.Aggregate(BigInteger.Zero, (total, unit) => total + unit.FromNearest);
        var order = Enumerable.Range(0, units.Length).OrderByDescending(unit => units[unit].FromNearest).ToArray();
        for (var unit = 0; unit < units.Length; unit++)
        {
            var others = order.Where(other => other != unit).Take(rules.Coalition).Aggregate(BigInteger.Zero, (total, other) => total + units[other].FromNearest);
            if ((counted - units[unit].FromNearest - others) * 100 < (int)rules.PPercent * units[unit].Gross)
            {
                return "p%";
            }
        }

        var total = units.Aggregate(BigInteger.Zero, (sum, unit) => sum + unit.Gross);
        var largest = units.Select(unit => unit.Gross).OrderDescending().Take(rules.DominanceUnits).Aggregate(BigInteger.Zero, BigInteger.Add);
        if (largest * 100 > (int)rules.DominancePercent * total)
        {
            return "dominance";
        }

        var lacking = rows.Where(row => row.Measures[measure] is null).Select(row => row.Unit ?? -1).Distinct().Count();
        if (!unitIsRow && layout.Use == MeasureUse.Published && lacking > 0 && lacking < rules.MinSpread)
        {
            return "missing";
        }

        var spread = layout.YesNo ? rules.MinUnits : rules.MinSpread;
        return units.SelectMany(unit => unit.Values).Distinct().Where(value => !(layout.ZeroHarmless && value == 0))
            .Any(value => units.Count(unit => unit.Values.Any(own => own != value)) < spread) ? "spread" : null;
    }

    /// <summary>The figures of a value block of <see cref="Samples.Measures"/>, from its rows.</summary>
    public static void CheckFigures(SafeTable table, ValueBlock block, IReadOnlyList<RawRow> rows, bool unitIsRow)
    {
        Assert.Equal(rows.Count, table.RowsAreUnits ? block.Members.Sum(member => table.CountBlocks[member].UnitsMost) : block.Rows);
        for (var measure = 0; measure < 2; measure++)
        {
            Assert.Equal(rows.Count(row => row.Measures[measure] is not null), block.Figures![measure].Values);
            Assert.Equal((Int128)rows.Sum(row => row.Measures[measure] ?? 0), block.Figures[measure].Sum.Exact);
        }

        double[] hours = [.. rows.Where(row => row.Measures[0] is not null).Select(row => (double)row.Measures[0]!.Value)];
        if (block.Figures![0].SquaredDeviations is { } deviations)
        {
            Assert.Equal(1, (1 + deviations) / (1 + hours.Sum(value => Math.Pow(value - hours.Average(), 2))), 1e-9);
        }

        var histogram = block.Figures[0].Histogram!;
        for (var bin = 0; bin < histogram.Counts.Count; bin++)
        {
            bool IsIn(double value) => value >= histogram.Edges[bin] && (value < histogram.Edges[bin + 1] || bin == histogram.Counts.Count - 1);
            Assert.Equal(hours.Count(IsIn), histogram.Counts[bin]);
            Assert.True(histogram.Counts.Count == 1 || Units(rows.Where(row => row.Measures[0] is { } value && IsIn(value)), unitIsRow) >= table.Rules.MinUnits);
        }
    }
}
