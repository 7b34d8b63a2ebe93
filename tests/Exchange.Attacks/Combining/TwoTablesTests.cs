using Exchange.Privacy.SafeTables;

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

    [Fact]
    public async Task Thresholds_of_ten_and_twenty_built_apart_are_subtracted_and_pooled_from_one_another_are_not()
    {
        var (ten, twenty) = (Apart(10), Apart(20));
        Assert.Equal(1, Grade(twenty, "a", "b", "c").UnitsMost - Grade(twenty, "a").UnitsMost - Grade(ten, "b").UnitsMost);

        await exchange.PublishProductAsync("thresholds", Columns);
        var careful = exchange.At("careful", "thresholds");
        await careful.PublishAsync(Csv.Of("region,grade,pay,worker_id", Workers.Select((worker, i) => new object?[] { worker.Region, worker.Grade, worker.Pay, $"w{i}" })));
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

    private static SafeTable Apart(int minUnits)
    {
        string[] regions = ["north", "south"], grades = ["a", "b", "c"];
        var data = new UnitContributions(new TableLayout(
            [new DimensionLayout("region", regions, Closed: true), new DimensionLayout("grade", grades, Closed: true)],
            [new MeasureLayout { Name = "pay", Low = 0, High = 10_000 }]));
        for (var i = 0; i < Workers.Length; i++)
        {
            data.Add([Array.IndexOf(regions, Workers[i].Region), Array.IndexOf(grades, Workers[i].Grade)], i);
            data.Set(0, MeasureContribution.OfRow(data.Layout.Measures[0], (Int128)Workers[i].Pay));
        }

        return SafeTableBuilder.Build(data, new TableRules { MinUnits = minUnits }).Table;
    }

    private static CellAnswer Grade(SafeTable table, params string?[] grades) =>
        new SafeTableQuery(table).Answer(CellFilter.And(CellFilter.In(table, 0, ["south"]), CellFilter.In(table, 1, grades)));
}
