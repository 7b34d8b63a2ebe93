namespace Exchange.Attacks.Combining;

/// <summary>
/// Eighty workers, one of them the only woman of grade c in the south: her pay is what the attacker wants. He knows her sex, region and
/// grade, and asks only questions whose answers stand on many.
/// </summary>
internal static class Wages
{
    /// <summary>Pay of the victim.</summary>
    public const decimal VictimPay = 7777;

    /// <summary>Who she is.</summary>
    public const string Victim = "region = 'south' AND sex = 'f' AND grade = 'c'";

    public const string Columns = """
        unit: worker_id
        columns:
          region:    {type: string, role: dimension, domain: [north, south], required: true}
          sex:       {type: string, role: dimension, domain: [f, m], required: true}
          grade:     {type: string, role: dimension, domain: [a, b, c], required: true}
          pay:       {type: int, role: measure, bounds: [0, 10000], required: true}
          worker_id: {type: string, role: identifier}
        """;

    public static string Rows => Csv.Of("region,sex,grade,pay,worker_id", Enumerable.Range(0, 80).Select(i => i == 41
        ? new object?[] { "south", "f", "c", VictimPay, "w41" }
        : [i < 40 ? "north" : "south", i % 2 == 0 ? "m" : "f", i % 3 == 0 ? "b" : "a", 1000 + (i * 37 % 400), $"w{i}"]));
}
