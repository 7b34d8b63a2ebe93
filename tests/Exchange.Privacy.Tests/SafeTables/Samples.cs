using CsCheck;
using Exchange.Privacy.SafeTables;

namespace Exchange.Privacy.Tests.SafeTables;

/// <summary>Random data in the shapes that break tables: giants, signed values, units in several blocks, rows without an identifier, nothing.</summary>
internal static class Samples
{
    public static readonly TableRules Rules = new();

    public static readonly MeasureLayout[] Measures =
    [
        new() { Name = "hours", Low = 20, High = 90_000, Step = 10, Squares = true },
        new() { Name = "balance", Low = -1_000_000, High = 1_000_000 },
        new() { Name = "rain", Low = 0, High = 1_000_000, ZeroHarmless = true, Use = MeasureUse.Checked },
    ];

    /// <summary>Rows over three dimensions.</summary>
    public static readonly Gen<List<RawRow>> Rows =
        from seed in Gen.Int[1, 1_000_000]
        from count in Gen.Int[0, 4].Select(size => new[] { 0, 4, 30, 200, 600 }[size])
        from giant in Gen.Int[0, 3]
        from units in Gen.Int[0, 2].Select(size => new[] { 8, 60, 1_000 }[size])
        select Make(new Random(seed), count, giant, units);

    public static List<RawRow> Make(Random random, int count, int giant, int units)
    {
        var rows = new List<RawRow>();
        for (var i = 0; i < count; i++)
        {
            string?[] dimensions = [Skewed(random, 3), Skewed(random, 4), random.Next(20) == 0 ? null : Skewed(random, 5)];
            int? unit = random.Next(30) == 0 ? null : random.Next(units);
            rows.Add(new(dimensions, unit, [
                random.Next(15) == 0 ? null : 20 + random.Next(100),
                random.Next(-100, 101),
                random.Next(4) > 0 ? 0 : random.Next(50)]));
        }

        // A giant with 95% of every atom, or 30% of one.
        var whole = giant == 1 ? 19.0 : 0.43;
        foreach (var atom in rows.GroupBy(row => string.Join('|', row.Dimensions)).Take(giant switch { 1 => int.MaxValue, 2 => 1, _ => 0 }).ToArray())
        {
            var total = (long)(whole * atom.Sum(row => row.Measures[0] ?? 0)) + 20;
            rows.Add(new(atom.First().Dimensions, units + 1, [Math.Min(total, 90_000), (long)(whole * atom.Sum(row => Math.Abs(row.Measures[1]!.Value))), 7]));
        }

        return rows;
    }

    private static string Skewed(Random random, int values) => $"v{(int)(values * random.NextDouble() * random.NextDouble())}";
}
