namespace Exchange.Attacks.Combining;

/// <summary>One condition said in ever other words; SQL gives every one the same rows.</summary>
internal sealed class Rewriting(Random random)
{
    /// <summary>Women of grades a and b, from 30 up to 50: rewritten as deep as asked.</summary>
    public string Of(int depth) => And(Leaf("sex", ["f", "m"], ["f"], depth), Leaf("grade", ["a", "b", "c"], ["a", "b"], depth), Ages(depth));

    private string And(params string[] parts)
    {
        random.Shuffle(parts);
        return random.Next(3) == 0
            ? $"NOT ({string.Join(" OR ", parts.Select(part => $"NOT ({part})"))})"
            : string.Join(" AND ", parts.Select(part => $"({part})"));
    }

    private string Leaf(string column, string[] domain, string[] values, int depth)
    {
        var rest = domain.Except(values).ToArray();
        random.Shuffle(rest);
        random.Shuffle(values);
        return Wrapped(random.Next(4) switch
        {
            0 => $"{column} IN ({Quoted(values)})",
            1 => $"{column} NOT IN ({Quoted(rest)})",
            2 => string.Join(" OR ", values.Select(value => random.Next(2) == 0 ? $"{column} = '{value}'" : $"'{value}' = {column}")),
            _ => string.Join(" AND ", rest.Select(value => $"{column} <> '{value}'")),
        }, depth);
    }

    private string Ages(int depth) => Wrapped(random.Next(4) switch
    {
        0 => "age >= 30 AND age < 50",
        1 => "age BETWEEN 30 AND 49",
        2 => "NOT (age < 30 OR age >= 50)",
        _ => "(age < 50 AND 40 <= age) OR (29 < age AND age <= 39)",
    }, depth);

    private string Wrapped(string condition, int depth) => depth == 0 ? condition : Wrapped(random.Next(6) switch
    {
        0 => $"NOT (NOT ({condition}))",
        1 => $"({condition}) AND (sex = 'f' OR sex <> 'f')",
        2 => $"({condition}) OR (grade = 'a' AND grade = 'b')",
        3 => $"({condition}) AND age IS NOT NULL",
        4 => $"({condition}) OR (({condition}) AND sex IN ('m', 'f'))",
        _ => $"({condition}) AND TRUE",
    }, depth - 1);

    private static string Quoted(string[] values) => string.Join(", ", values.Select(value => $"'{value}'"));
}
