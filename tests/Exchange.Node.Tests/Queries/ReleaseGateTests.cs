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
            "COUNT(*), COUNT(DISTINCT firm) FILTER (WHERE age < 60)",
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
        // Three of the rows have no temperature; that so many lack it is told, and their consumption is not.
        const string missing = "SELECT COUNT(*), AVG(temp) FROM readings WHERE region = 'north' OR region = 'south'";
        string[] firms = [.. Firms().Where(firm => !firm.Contains("giant")), "south,30,500,,x", "south,30,500,,y", "south,30,500,,z"];
        Assert.Single((await AskAsync(engine, missing, Usual, firms: firms)).Cells);

        const string readOff = "SELECT SUM(kwh), SUM(kwh + 0 * temp) FROM readings WHERE region = 'south'";
        Assert.Empty((await AskAsync(engine, readOff, Usual, firms: [.. Firms(), "south,30,500,,x"])).Cells);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task That_one_or_two_firms_lack_a_value_is_not_told(string engine)
    {
        const string sql = "SELECT COUNT(*), AVG(temp) FROM readings WHERE region = 'south'";
        string[] several = [.. Firms(), "south,30,500,,x", "south,31,500,,x", "south,32,500,,x", "south,30,500,,y"];
        Assert.Equal([(HidingRule.Spread, 1L)], (await AskAsync(engine, sql, Usual, firms: several)).Answer.Hidden.Select(hidden => (hidden.Rule, hidden.Cells)));
        Assert.Equal([40L, 44L], Assert.Single((await AskAsync(engine, sql, Open, firms: several)).Cells).States.Select(state => state.Count).Order());
        Assert.Single((await AskAsync(engine, sql, Usual, firms: [.. several, "south,30,500,,z"])).Cells);
        Assert.Single((await AskAsync(engine, "SELECT AVG(temp) FROM readings WHERE region = 'south'", Usual, firms: several)).Cells);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task An_outlier_that_makes_up_a_variance_is_withheld_with_it_and_its_sum_alone_is_not(string engine)
    {
        // The sum passes p% and (n,k); of the squared deviations the outlier has nearly all.
        string[] firms = [.. Enumerable.Range(0, 40).Select(firm => $"north,30,{3000 + firm},1,n{firm}"), "north,30,30000,1,x",
            .. Enumerable.Range(0, 40).Select(firm => $"south,30,{1000 + (firm * 100)},1,s{firm}")];
        foreach (var select in new[] { "VAR_SAMP(kwh)", "STDDEV_POP(kwh)", "VAR_POP(5 - 2 * kwh)", "COUNT(*), SUM(kwh), SUM(kwh * kwh)", "COVAR_POP(kwh, kwh + 1)", "VAR_POP(CASE WHEN age < 60 THEN kwh END)" })
        {
            var sql = $"SELECT region, {select} FROM readings WHERE region <> 'west' GROUP BY region";
            var (answer, cells) = await AskAsync(engine, sql, Usual, firms: firms);
            Assert.Equal("south", Assert.Single(cells).Key[0]);
            Assert.Equal([(HidingRule.Dominance, 1L)], answer.Hidden.Select(hidden => (hidden.Rule, hidden.Cells)));
            Assert.Equal(2, (await AskAsync(engine, sql, Open, firms: firms)).Cells.Count);
        }

        Assert.Equal(2, (await AskAsync(engine, "SELECT region, COUNT(*), SUM(kwh) FROM readings GROUP BY region", Usual, firms: firms)).Cells.Count);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_variance_outside_a_filter_cannot_be_had_by_subtraction(string engine)
    {
        string[] firms = [.. Enumerable.Range(0, 60).Select(firm => $"south,30,{1000 + (firm * 100)},1,n{firm}"), .. Enumerable.Range(0, 20).Select(firm => $"south,70,{3000 + firm},1,o{firm}"), "south,70,6000,1,x"];
        const string sql = "SELECT VAR_POP(kwh), VAR_POP(kwh) FILTER (WHERE age < 60) FROM readings";
        Assert.Equal([(HidingRule.Subtraction, 1L)], (await AskAsync(engine, sql, Usual, firms: firms)).Answer.Hidden.Select(hidden => (hidden.Rule, hidden.Cells)));
        Assert.Single((await AskAsync(engine, sql, Open, firms: firms)).Cells);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_product_that_is_one_firms_is_not_told_by_a_covariance(string engine)
    {
        // Whoever consumes has no temperature and the other way about, but for one, and three with hardly any of both.
        string[] firms = [.. Enumerable.Range(0, 30).Select(firm => $"south,30,{1000 + (firm * 10)},0,n{firm}"), .. Enumerable.Range(0, 30).Select(firm => $"south,30,0,{20 + firm},o{firm}"), "south,30,1000,30,x", "south,30,1,1,y", "south,30,1,1,z", "south,30,1,1,v"];
        foreach (var select in new[] { "COVAR_POP(kwh, temp)", "CORR(temp, kwh)", "SUM(kwh * temp)", "COVAR_SAMP(kwh + 100, 1 - temp)" })
        {
            Assert.Empty((await AskAsync(engine, $"SELECT {select} FROM readings", Usual, firms: firms)).Cells);
            Assert.Single((await AskAsync(engine, $"SELECT {select} FROM readings", Open, firms: firms)).Cells);
        }

        Assert.Single((await AskAsync(engine, "SELECT VAR_POP(kwh), VAR_POP(temp) FROM readings", Usual, firms: firms)).Cells);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task Gross_less_net_that_is_one_firms_is_not_told_in_one_answer(string engine)
    {
        // Net is in the column of temperatures; one firm's differs from its gross.
        string[] firms = [.. Enumerable.Range(0, 40).Select(firm => $"south,30,{1000 + firm},{(firm == 7 ? 500 : 1000) + firm},n{firm}")];
        const string sql = "SELECT SUM(kwh), SUM(temp) FROM readings";
        Assert.Empty((await AskAsync(engine, sql, Usual, firms: firms, measuredIn: "kWh")).Cells);
        Assert.Single((await AskAsync(engine, sql, Usual, firms: firms)).Cells);
        Assert.Single((await AskAsync(engine, "SELECT SUM(kwh) FROM readings", Usual, firms: firms, measuredIn: "kWh")).Cells);
        Assert.Single((await AskAsync(engine, sql, Usual, firms: [.. Enumerable.Range(0, 40).Select(firm => $"south,30,{1000 + firm},{700 + (firm * 3)},n{firm}")], measuredIn: "kWh")).Cells);
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task A_sum_of_few_that_totals_enclose_is_withheld_and_one_that_they_leave_open_is_not(string engine)
    {
        // Five old firms of the north have 1,000 together; the south has next to nothing.
        const string sql = "SELECT SUM(kwh) FILTER (WHERE region = 'north'), SUM(kwh) FILTER (WHERE region = 'south'), SUM(kwh) FILTER (WHERE age < 60), SUM(kwh) FILTER (WHERE age >= 60) FROM readings";
        static string[] FirmsWith(int south) =>
        [
            .. Enumerable.Range(0, 5).Select(firm => $"north,70,200,1,a{firm}"), .. Enumerable.Range(0, 40).Select(firm => $"north,30,{900 + firm},1,b{firm}"),
            .. Enumerable.Range(0, 10).Select(firm => $"south,70,{south},1,c{firm}"), .. Enumerable.Range(0, 10).Select(firm => $"south,30,{south},1,d{firm}"),
        ];
        Assert.Equal([(HidingRule.Subtraction, 1L)], (await AskAsync(engine, sql, Usual, firms: FirmsWith(1))).Answer.Hidden.Select(hidden => (hidden.Rule, hidden.Cells)));

        var sums = Assert.Single((await AskAsync(engine, sql, Open, firms: FirmsWith(1))).Cells).States.Select(state => state.Exact).ToArray();
        Assert.Equal((990, 1010), ((int)(sums[3] - sums[1]), (int)sums[3]));
        Assert.Single((await AskAsync(engine, sql, Usual, firms: FirmsWith(200))).Cells);
    }

    private static Int128 SumOf(ReleasedCell cell) => cell.States.Max(state => state.Exact);

    private static async Task<(FragmentAnswer Answer, IReadOnlyList<ReleasedCell> Cells)> AskAsync(
        string engine, string sql, Disclosure rules, bool zeroHarmless = false, IReadOnlyList<string>? firms = null, string measuredIn = "")
    {
        using var folder = new TestFolder();
        await using var engines = new EngineSet(folder["data"], new EngineLimits(1, 500_000_000));
        var product = ProductOf(zeroHarmless, measuredIn);
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

    private static Product ProductOf(bool zeroHarmless, string measuredIn)
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
                new ColumnDefinition { Name = "kwh", Type = Type(TypeKind.Int), Role = ColumnRole.Measure, Bounds = new Interval { Low = 0, High = 100_000 }, ZeroHarmless = zeroHarmless, Required = true, MeasuredIn = measuredIn },
                new ColumnDefinition { Name = "temp", Type = Type(TypeKind.Double), Role = ColumnRole.Measure, MeasuredIn = measuredIn },
                new ColumnDefinition { Name = "firm", Type = Type(TypeKind.String), Role = ColumnRole.Identifier },
            },
        };
        return Product.From(definition, definition.ToByteArray());
    }
}
