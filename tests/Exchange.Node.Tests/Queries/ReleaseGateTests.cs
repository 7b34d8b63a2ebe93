using Exchange.Engines;
using Exchange.Engines.Publishing;
using Exchange.Node.Tests.Catalog;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Compilation;
using Exchange.Query.Execution;
using Exchange.Query.Merging;
using Exchange.Query.Products;
using Exchange.Tests.Support;
using Google.Protobuf;
using ReleaseGate = Exchange.Node.Queries.ReleasedAnswer.ReleaseGate;

namespace Exchange.Node.Tests.Queries;

/// <summary>
/// Attacks on single answers, by the way that an owner's node takes, on both engines. Each has a control: with the rule that stops
/// it out of the way the attacker reads the value off.
/// </summary>
public sealed class ReleaseGateTests
{
    private static readonly Disclosure Usual = new() { MinUnits = 10, DominanceN = 2, DominancePercent = 90, PPercent = 10, Coalition = 1, MinSpread = 3 };
    private static readonly Disclosure Open = new() { MinUnits = 1, DominanceN = 2, DominancePercent = 100, PPercent = 1e-9, Coalition = 1, MinSpread = 1 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>North: twenty firms of 100 and one of 40,000. South: forty of 100, three of which are old.</summary>
    private static IEnumerable<string> Firms() =>
    [
        .. Enumerable.Range(0, 20).Select(firm => $"north,30,100,1,n{firm}"), "north,30,40000,1,giant",
        .. Enumerable.Range(0, 37).Select(firm => $"south,30,100,1,s{firm}"), "south,70,120,1,o1", "south,70,130,1,o2", "south,70,140,1,o3",
        .. Enumerable.Range(0, 15).Select(firm => $"west,30,0,,w{firm}"),
    ];

    public static TheoryData<string> Engines => new("duckdb", "sqlite");

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_dominant_firm_cannot_be_told_from_the_sum(string engine)
    {
        const string sql = "SELECT region, COUNT(*), SUM(kwh) FROM readings WHERE region <> 'west' GROUP BY region";
        var (answer, cells) = await AskAsync(engine, sql, Usual);
        Assert.Equal("south", Assert.Single(cells).Key[0]);
        Assert.Equal([(HidingRule.PPercent, 1L)], answer.Hidden.Select(hidden => (hidden.Rule, hidden.Cells)));

        var open = (await AskAsync(engine, sql, Open)).Cells.Single(cell => (string)cell.Key[0]! == "north");
        Assert.InRange((double)SumOf(open) - (20 * 100), 0.99 * 40_000, 1.01 * 40_000);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Large_constants_do_not_hide_a_dominant_firm_from_the_rules(string engine)
    {
        foreach (var value in new[] { "kwh + 1000000", "1000000 - kwh * 2", "(kwh + 1) * 1000 + 1000000000", "1000000 + kwh / 2", "CASE WHEN age < 60 THEN kwh + 1000000 ELSE 0 END" })
        {
            var sql = $"SELECT region, COUNT(*), SUM({value}) FROM readings WHERE region <> 'west' GROUP BY region";
            Assert.DoesNotContain((await AskAsync(engine, sql, Usual)).Cells, cell => (string)cell.Key[0]! == "north");
            Assert.Contains((await AskAsync(engine, sql, Open)).Cells, cell => (string)cell.Key[0]! == "north");
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task The_few_outside_a_filter_cannot_be_had_by_subtraction(string engine)
    {
        const string sql = "SELECT region, COUNT(*), SUM(kwh), COUNT(*) FILTER (WHERE age < 60), SUM(kwh) FILTER (WHERE age < 60) FROM readings WHERE region = 'south' GROUP BY region";
        var (answer, cells) = await AskAsync(engine, sql, Usual);
        Assert.Empty(cells);
        Assert.Equal([(HidingRule.Subtraction, 1L)], answer.Hidden.Select(hidden => (hidden.Rule, hidden.Cells)));

        var open = Assert.Single((await AskAsync(engine, sql, Open)).Cells);
        var exact = open.States.Select(state => state.Exact).Where(sum => sum > 0).OrderDescending().ToArray();
        Assert.Equal(390, exact[0] - exact[1]);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Other_words_for_a_filter_and_sums_of_several_tell_no_more(string engine)
    {
        foreach (var select in new[]
        {
            "COUNT(*), SUM(CASE WHEN age < 60 THEN 1 ELSE 0 END)",
            "COUNT(*), COUNT(CASE WHEN age < 60 THEN kwh END)",
            "COUNT(*), COUNT(1 / (kwh - 120))",
            "SUM(kwh), AVG(kwh) FILTER (WHERE age < 60)",
            "SUM(kwh), VAR_SAMP(CASE WHEN age < 60 THEN kwh END)",
            "COUNT(*) FILTER (WHERE age < 90), COUNT(*) FILTER (WHERE age < 60)",
        })
        {
            var sql = $"SELECT {select} FROM readings WHERE region = 'south'";
            Assert.Empty((await AskAsync(engine, sql, Usual)).Cells);
            Assert.Single((await AskAsync(engine, sql, Open)).Cells);
        }
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Three_filters_that_leave_a_few_over_are_withheld_and_harmless_ones_are_not(string engine)
    {
        const string leavesOver = "SELECT COUNT(*), COUNT(*) FILTER (WHERE region = 'north'), COUNT(*) FILTER (WHERE region = 'west'), COUNT(*) FILTER (WHERE region = 'south' AND age < 60) FROM readings";
        Assert.Empty((await AskAsync(engine, leavesOver, Usual)).Cells);
        Assert.Single((await AskAsync(engine, leavesOver, Open)).Cells);

        Assert.Single((await AskAsync(engine, "SELECT COUNT(*), COUNT(*) FILTER (WHERE region = 'north'), COUNT(*) FILTER (WHERE region = 'west') FROM readings", Usual)).Cells);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_sum_of_nothing_but_zeros_tells_everybodys_value_unless_zero_is_harmless(string engine)
    {
        const string sql = "SELECT region, SUM(kwh) FROM readings WHERE region = 'west' GROUP BY region";
        Assert.Equal(HidingRule.Spread, Assert.Single((await AskAsync(engine, sql, Usual)).Answer.Hidden).Rule);
        Assert.Single((await AskAsync(engine, sql, Usual, zeroHarmless: true)).Cells);
        Assert.Single((await AskAsync(engine, "SELECT region, COUNT(*) FROM readings WHERE region = 'west' GROUP BY region", Usual)).Cells);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Rows_that_lack_a_value_do_not_withhold_the_others(string engine)
    {
        // All but one of the rows have a temperature; that one lacks it is told, and its consumption is not.
        const string missing = "SELECT COUNT(*), AVG(temp) FROM readings WHERE region = 'north' OR region = 'south'";
        Assert.Single((await AskAsync(engine, missing, Usual, firms: [.. Firms().Where(firm => !firm.Contains("giant")), "south,30,500,,x"])).Cells);

        const string readOff = "SELECT SUM(kwh), SUM(kwh + 0 * temp) FROM readings WHERE region = 'south'";
        Assert.Empty((await AskAsync(engine, readOff, Usual, firms: [.. Firms(), "south,30,500,,x"])).Cells);
    }

    private static Int128 SumOf(ReleasedCell cell) => cell.States.Max(state => state.Exact);

    private static async Task<(FragmentAnswer Answer, IReadOnlyList<ReleasedCell> Cells)> AskAsync(
        string engine, string sql, Disclosure rules, bool zeroHarmless = false, IReadOnlyList<string>? firms = null)
    {
        using var folder = new TestFolder();
        await using var engines = new EngineSet(folder["data"], new EngineLimits(1, 500_000_000));
        var product = ProductOf(zeroHarmless);
        var file = folder["a.csv"];
        await File.WriteAllLinesAsync(file, (firms ?? [.. Firms()]).Prepend("region,age,kwh,temp,firm"), Cancellation);
        var source = (await new DatasetPublisher(engines).PublishAsync(new PublishRequest(product, file, engine, 1, null, false, ""), null, Cancellation)).Published!;
        var terms = Samples.Terms(terms => (terms.Product, terms.Disclosure) = (product.Id, rules));
        var query = QueryCompiler.Compile(sql, [product]);
        var approved = FragmentPolicy.Approve(query.Fragment, product, terms, new FragmentLimits());
        var raw = await engines[engine].RunAsync(approved, source, Cancellation);
        var answer = FragmentAnswer.Parser.ParseFrom(ReleaseGate.Release(approved, query.Fragment, raw, source).Answer);
        return (answer, AnswerCodec.Decode(answer, query.Fragment, product, 100));
    }

    private static Product ProductOf(bool zeroHarmless)
    {
        ColumnType Type(TypeKind kind) => new() { Kind = kind };
        var definition = new ProductDefinition
        {
            Name = "readings",
            Major = 1,
            Title = "Readings",
            Unit = "firm",
            Publisher = "bureau",
            Columns =
            {
                new ColumnDefinition { Name = "region", Type = Type(TypeKind.String), Role = ColumnRole.Dimension, Required = true },
                new ColumnDefinition { Name = "age", Type = Type(TypeKind.Int), Role = ColumnRole.Dimension, Range = new Interval { Low = 0, High = 120 }, Required = true },
                new ColumnDefinition { Name = "kwh", Type = Type(TypeKind.Int), Role = ColumnRole.Measure, Bounds = new Interval { Low = 0, High = 100_000 }, ZeroHarmless = zeroHarmless, Required = true },
                new ColumnDefinition { Name = "temp", Type = Type(TypeKind.Double), Role = ColumnRole.Measure },
                new ColumnDefinition { Name = "firm", Type = Type(TypeKind.String), Role = ColumnRole.Identifier },
            },
        };
        return Product.From(definition, definition.ToByteArray());
    }
}
