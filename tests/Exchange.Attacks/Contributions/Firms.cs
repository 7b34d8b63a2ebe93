namespace Exchange.Attacks.Contributions;

/// <summary>Firms with their output, four sectors without secrets and one, steel, that an attack is about.</summary>
internal static class Firms
{
    public const string Columns = """
        unit: firm_id
        columns:
          sector:  {type: string, role: dimension, domain: [coal, glass, paper, steel, wood], required: true}
          output:  {type: int, role: measure, bounds: [0, 2000000], required: true}
          firm_id: {type: string, role: identifier}
        """;

    private static readonly string[] Others = ["coal", "glass", "paper", "wood"];

    /// <summary>Questions, each with and without steel.</summary>
    private static IEnumerable<(string With, string Without)> Pairs =>
        from mask in Enumerable.Range(0, 1 << Others.Length)
        let sectors = Others.Where((_, i) => (mask & (1 << i)) != 0).ToList()
        select (In(sectors.Append("steel")), In(sectors));

    public static string Rows(params int[] steel) => Csv.Of("sector,output,firm_id", Others
        .SelectMany((sector, s) => Enumerable.Range(0, 14).Select(i => (sector, Output: 20_000 + (i * 613) + s)))
        .Concat(steel.Select(output => ("steel", Output: output)))
        .Select((firm, i) => new object?[] { firm.Item1, firm.Output, $"f{i}" }));

    /// <summary>
    /// How closely those who know some contributions can estimate the largest of steel from the sums with and without steel, taking all the
    /// others for small: the share by which they miss.
    /// </summary>
    public static async Task<decimal> BestEstimateAsync(Owner owner, decimal largest, decimal known)
    {
        var best = decimal.MaxValue;
        foreach (var (with, without) in Pairs)
        {
            var others = without.Length == 0 ? 0 : await owner.FigureAsync("SUM(output)", without);
            if (await owner.FigureAsync("SUM(output)", with) - others is { } sum)
            {
                best = Math.Min(best, Math.Abs(sum - known - largest) / largest);
            }
        }

        return best;
    }

    private static string In(IEnumerable<string> sectors) => sectors.Any() ? $"sector IN ({string.Join(", ", sectors.Select(sector => $"'{sector}'"))})" : "";
}
