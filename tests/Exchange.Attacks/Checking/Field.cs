namespace Exchange.Attacks.Checking;

/// <summary>The product that random questions are asked of, and rows of it: every type of dimension, NULLs, and many rare combinations.</summary>
internal static class Field
{
    /// <summary>Stands for every value that a table does not name.</summary>
    public const string Other = "(other)";

    public const string Null = "NULL";

    public const string Columns = """
        unit: worker_id
        columns:
          region:    {type: string, role: dimension, domain: [north, south, east], required: true}
          month:     {type: date, role: dimension, grain: month}
          night:     {type: bool, role: dimension}
          age:       {type: int, role: dimension, cuts: [30, 45, 60], required: true}
          trade:     {type: string, role: dimension, required: true}
          pay:       {type: int, role: measure, bounds: [0, 5000], required: true, measured_in: CNY}
          bonus:     {type: "decimal(10,2)", role: measure, bounds: [-500, 500], measured_in: CNY}
          hours:     {type: double, role: measure, bounds: [0, 300], required: true}
          worker_id: {type: string, role: identifier}
        """;

    public static readonly string[] Dimensions = ["region", "month", "night", "age", "trade"];

    /// <summary>Every label of a dimension whose domain is closed, null where it is open.</summary>
    public static readonly string[]?[] Closed = [["north", "south", "east"], null, ["true", "false", Null], ["<30", "[30,45)", "[45,60)", ">=60"], null];

    /// <summary>Workers with one row or up to three.</summary>
    public static List<FieldRow> Rows(int seed, int workers, int rowsMax)
    {
        var random = new Random(seed);
        var rows = new List<FieldRow>();
        for (var worker = 0; worker < workers; worker++)
        {
            var region = random.Next(20) switch { < 12 => "north", < 19 => "south", _ => "east" };
            bool? night = random.Next(40) switch { 0 => null, < 9 => true, _ => false };
            var trade = random.Next(20) switch { < 10 => "cook", < 16 => "smith", < 19 => "clerk", _ => $"rare{random.Next(9)}" };
            var age = 18 + (random.Next(7) * random.Next(9));
            for (var row = random.Next(rowsMax); row >= 0; row--)
            {
                var month = random.Next(18) == 0 ? (int?)null : 1 + random.Next(3);
                rows.Add(new FieldRow(
                    region, month, night, age, trade, random.Next(8) == 0 ? 0 : 1500 + random.Next(2500),
                    random.Next(3) == 0 ? null : random.Next(-50_000, 50_000), random.Next(3000) / 10.0, $"w{worker}"));
            }
        }

        return rows;
    }

    public static string Csv(IEnumerable<FieldRow> rows) => Attacks.Csv.Of("region,month,night,age,trade,pay,bonus,hours,worker_id", rows.Select(row => new object?[]
    {
        row.Region, row.Month is { } month ? $"2025-{month:00}-17" : null, row.Night is { } night ? night ? "true" : "false" : null, row.Age, row.Trade,
        row.Pay, row.BonusCents is { } cents ? cents / 100m : null, row.Hours, row.Worker,
    }));
}
