namespace Exchange.Attacks.Checking;

/// <summary>A figure of a question.</summary>
/// <param name="Kind">COUNT, SUM, AVG or VAR_POP.</param>
/// <param name="Measure">Its measure; empty for COUNT(*).</param>
/// <param name="Filter">Its own condition, or null.</param>
internal sealed record Figure(string Kind, string Measure, Condition? Filter)
{
    public string Sql => $"{Kind}({(Measure.Length == 0 ? "*" : Measure)}){(Filter is null ? "" : $" FILTER (WHERE {Filter.Sql})")}";
}

/// <summary>A random question that a table may be asked.</summary>
internal sealed record Question(Condition? Where, IReadOnlyList<int> GroupBy, IReadOnlyList<Figure> Figures)
{
    private static readonly (string Kind, string Measure)[] Kinds =
    [
        ("COUNT", ""), ("COUNT", "bonus"), ("SUM", "pay"), ("SUM", "bonus"), ("SUM", "hours"), ("AVG", "pay"), ("VAR_POP", "pay"), ("COUNT", "pay"),
    ];

    public static Question Random(Random random)
    {
        var figures = new List<Figure>();
        foreach (var (kind, measure) in random.GetItems(Kinds, random.Next(1, 5)).Distinct())
        {
            figures.Add(new Figure(kind, measure, random.Next(5) == 0 ? RandomCondition(random, 1) : null));
        }

        var keys = Enumerable.Range(0, Field.Dimensions.Length).ToArray();
        random.Shuffle(keys);
        return new Question(random.Next(5) == 0 ? null : RandomCondition(random, random.Next(4)), [.. keys.Take(random.Next(4))], figures);
    }

    public string Sql(string product)
    {
        var keys = string.Join(", ", GroupBy.Select(key => Field.Dimensions[key]));
        return $"SELECT {string.Join(", ", GroupBy.Select(key => Field.Dimensions[key]).Concat(Figures.Select(figure => figure.Sql)))} FROM {product}"
            + (Where is null ? "" : $" WHERE {Where.Sql}") + (keys.Length == 0 ? "" : $" GROUP BY {keys} ORDER BY {keys}");
    }

    private static Condition RandomCondition(Random random, int depth) => depth == 0 ? RandomLeaf(random) : random.Next(4) switch
    {
        0 => new Condition.Not(RandomCondition(random, depth - 1)),
        1 => new Condition.Either(RandomCondition(random, depth - 1), RandomCondition(random, depth - 1)),
        2 => new Condition.Both(RandomCondition(random, depth - 1), RandomCondition(random, depth - 1)),
        _ => RandomLeaf(random),
    };

    private static Condition.Leaf RandomLeaf(Random random)
    {
        var region = random.GetItems(["north", "south", "east"], 1)[0];
        var trade = random.GetItems(["cook", "smith", "clerk", "rare1", "rare5", "nobody"], 1)[0];
        var month = $"2025-{random.Next(1, 5):00}-01";
        var age = random.GetItems([30, 45, 60], 1)[0];
        return random.Next(13) switch
        {
            0 => new(0, $"region = '{region}'", label => label == region),
            1 => new(0, $"region <> '{region}'", label => label != region),
            2 => new(0, $"region IN ('{region}', 'east')", label => label == region || label == "east"),
            3 => new(1, $"month >= DATE '{month}'", label => Known(label, string.CompareOrdinal(label, month) >= 0)),
            4 => new(1, $"month < DATE '{month}'", label => Known(label, string.CompareOrdinal(label, month) < 0)),
            5 => new(1, "month IS NULL", label => label == Field.Null),
            6 => new(2, "night", label => Known(label, label == "true")),
            7 => new(2, "night IS NOT NULL", label => label != Field.Null),
            8 => new(3, $"age < {age}", label => End(label) <= age),
            9 => new(3, $"age BETWEEN {age} AND 59", label => End(label) > age && End(label) <= 60),
            10 => new(4, $"trade = '{trade}'", label => label == trade),
            11 => new(4, $"trade <> '{trade}'", label => label != trade),
            _ => new(4, $"trade IN ('{trade}', 'smith')", label => label == trade || label == "smith"),
        };
    }

    private static bool? Known(string label, bool truth) => label == Field.Null ? null : truth;

    private static int End(string label) => label switch { "<30" => 30, "[30,45)" => 45, "[45,60)" => 60, _ => 999 };
}
