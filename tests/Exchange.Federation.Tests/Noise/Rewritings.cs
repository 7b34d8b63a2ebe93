namespace Exchange.Federation.Tests.Noise;

/// <summary>Ways to write one condition: equal forms of its parts, in every order and nesting, some of them said twice.</summary>
internal static class Rewritings
{
    private static readonly string[][] Parts =
    [
        ["age >= 20", "20 <= age", "NOT age < 20", "NOT (20 > age)", "NOT (NOT (age >= 20))"],
        ["region = 'north'", "'north' = region", "region IN ('north')", "NOT region <> 'north'", "region IN ('north', 'north')"],
        ["town IS NOT NULL", "NOT town IS NULL", "NOT (NOT (town IS NOT NULL))"],
    ];

    private static readonly int[][] Orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

    /// <summary>More than ten thousand, no two the same; neighbours differ in all their parts.</summary>
    public static IEnumerable<string> All() =>
        from shape in Shapes()
        from order in Orders
        from a in Parts[0]
        from b in Parts[1]
        from c in Parts[2]
        let parts = new[] { a, b, c }
        select string.Format(System.Globalization.CultureInfo.InvariantCulture, shape, parts[order[0]], parts[order[1]], parts[order[2]]);

    private static IEnumerable<string> Shapes()
    {
        string[] pairs = ["{0} AND {1}", "({0}) AND ({1})", "NOT (NOT ({0}) OR NOT ({1}))", "({0} AND {1}) AND {0}", "NOT (NOT ({0} AND {1}))"];
        return from pair in pairs from more in new[] { "({0}) AND {2}", "{2} AND ({0})", "NOT (NOT ({0}) OR NOT ({2}))", "({0}) AND {2} AND ({2})", "NOT (NOT {2} OR NOT ({0}))" } select more.Replace("{0}", pair, StringComparison.Ordinal);
    }
}
