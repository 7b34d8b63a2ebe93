namespace Exchange.Attacks.Combining;

/// <summary>Thresholds of 10 and of 20 over the same rows: each table is safe, and apart they are subtracted to one worker.</summary>
public sealed class TwoTablesTests(AttackExchange exchange)
{
    private const decimal VictimPay = 7777;

    private const string Columns = """
        unit: worker_id
        columns:
          region:    {type: string, role: dimension, domain: [north, south], required: true}
          grade:     {type: string, role: dimension, domain: [a, b, c], required: true}
          pay:       {type: int, role: measure, bounds: [0, 10000], required: true}
          worker_id: {type: string, role: identifier}
        """;

    // In each region 25 of grade a and 19 of grade b; the victim is the one of grade c in the south, where the north has twelve.
    private static readonly (string Region, string Grade, int Pay)[] Workers =
    [
        .. from region in new[] { "north", "south" } from i in Enumerable.Range(0, 44) select (region, i < 25 ? "a" : "b", 3000 + (i * 53 % 900)),
        .. from i in Enumerable.Range(0, 12) select ("north", "c", 3000 + (i * 71)),
        ("south", "c", (int)VictimPay),
    ];

    private static string Rows => Csv.Of("region,grade,pay,worker_id", Workers.Select((worker, i) => new object?[] { worker.Region, worker.Grade, worker.Pay, $"w{i}" }));

    [Fact]
    public async Task Thresholds_of_ten_and_twenty_built_apart_are_subtracted_and_pooled_from_one_another_are_not()
    {
        // A product for each threshold, which takes an owner who insists.
        var naive = new Dictionary<int, Owner>();
        foreach (var minUnits in new[] { 10, 20 })
        {
            await exchange.PublishProductAsync($"threshold{minUnits}", Columns);
            naive[minUnits] = exchange.At("naive", $"threshold{minUnits}");
            await naive[minUnits].PublishAsync(Rows, overrideSameRows: true, people: "thresholds");
            await naive[minUnits].OfferAsync($"release: table\ndisclosure: {{min_units: {minUnits}}}", overrideSameRows: true);
        }

        Task<decimal?> SouthAsync(int minUnits, string figure, string grades) => naive[minUnits].FigureAsync(figure, $"region = 'south' AND grade IN ({grades})");
        async Task<decimal?> VictimsAsync(string figure) =>
            await SouthAsync(20, figure, "'a', 'b', 'c'") - await SouthAsync(20, figure, "'a'") - await SouthAsync(10, figure, "'b'");
        Assert.Equal((1, VictimPay), (await VictimsAsync("COUNT(*)"), await VictimsAsync("SUM(pay)")));

        await exchange.PublishProductAsync("thresholds", Columns);
        var careful = exchange.At("careful", "thresholds");
        await careful.PublishAsync(Rows);
        var told = new List<(decimal? Units, decimal? Pay)>();
        foreach (var (name, minUnits) in new[] { ("loose", 10), ("strict", 20) })
        {
            await careful.OfferAsync($"release: table\ndisclosure: {{min_units: {minUnits}}}", $"-{name}");
            foreach (var grades in new[] { "'a'", "'b'", "'c'", "'a', 'b'", "'b', 'c'", "'a', 'c'", "'a', 'b', 'c'" })
            {
                var where = $"region = 'south' AND grade IN ({grades})";
                told.Add((await careful.FigureAsync("COUNT(*)", where) ?? 0, await careful.FigureAsync("SUM(pay)", where) ?? 0));
            }
        }

        told.Add((0, 0));
        foreach (var (one, other, third) in from one in told from other in told from third in told select (one, other, third))
        {
            Assert.NotEqual(1, one.Units - other.Units - third.Units);
            Assert.NotEqual(VictimPay, one.Pay - other.Pay - third.Pay);
        }
    }
}
