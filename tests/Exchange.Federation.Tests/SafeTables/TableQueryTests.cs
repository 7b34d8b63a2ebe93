using System.Globalization;
using Exchange.Protocol.Query.V1;

namespace Exchange.Federation.Tests.SafeTables;

/// <summary>Questions to owners who answer out of their safe tables.</summary>
public sealed class TableQueryTests(TableExchange tables) : IClassFixture<TableExchange>
{
    [Fact]
    public async Task A_combination_that_is_a_block_of_its_own_is_told_exactly()
    {
        var answer = await tables.AskAsync(
            "SELECT region, month, age, COUNT(*) AS n, SUM(balance) AS b, SUM(pay) AS p, COUNT(pay) AS c, AVG(kwh) AS k FROM wages WHERE age IS NOT NULL GROUP BY region, month, age");

        Assert.Null(answer.Error);
        Assert.NotEmpty(answer.Rows);
        foreach (var row in answer.Rows)
        {
            var rows = tables.Rows.Where(reading => reading.Region == row.Values[0].StringValue && FirstOfMonth(reading.Month) == row.Values[1].DateValue
                && (reading.Age is not { } age ? "" : age < 30 ? "<30" : age < 50 ? "[30,50)" : ">=50") == row.Values[2].StringValue).ToList();
            Assert.Equal(rows.Count, row.Values[3].IntValue);
            if (row.Values[4].KindCase != Value.KindOneofCase.None)
            {
                Assert.Equal(rows.Sum(reading => reading.Balance), row.Values[4].IntValue);
                Assert.Equal(rows.Sum(reading => reading.Pay ?? 0), decimal.Parse(row.Values[5].DecimalValue, CultureInfo.InvariantCulture));
                Assert.Equal(rows.Count(reading => reading.Pay is not null), row.Values[6].IntValue);
                Assert.Equal(rows.Average(reading => reading.Kwh), row.Values[7].DoubleValue, 1e-9);
            }
        }
    }

    private static int FirstOfMonth(DateOnly day) => new DateOnly(day.Year, day.Month, 1).DayNumber - new DateOnly(1970, 1, 1).DayNumber;

    [Fact]
    public async Task All_rows_together_are_told_in_full()
    {
        var answer = await tables.AskAsync("SELECT COUNT(*) AS n, SUM(balance) AS b, VAR_SAMP(kwh) AS v FROM wages");

        var row = Assert.Single(answer.Rows);
        Assert.Equal((900, 0), (row.Values[0].IntValue, row.TouchingUnits));
        Assert.Equal(tables.Rows.Sum(reading => reading.Balance), row.Values[1].IntValue);
        var mean = tables.Rows.Average(reading => reading.Kwh);
        Assert.Equal(tables.Rows.Sum(reading => Math.Pow(reading.Kwh - mean, 2)) / 899, row.Values[2].DoubleValue, 1e-6);
    }

    [Fact]
    public async Task Smallest_largest_and_quantiles_come_with_bounds_that_hold()
    {
        var answer = await tables.AskAsync("SELECT MIN(kwh), MAX(kwh), MEDIAN(kwh), QUANTILE_CONT(kwh, 0.9), MAX(kwh) - MIN(kwh), SUM(balance) FROM wages");

        var row = Assert.Single(answer.Rows);
        var sorted = tables.Rows.Select(reading => reading.Kwh).Order().ToArray();
        double[] exact = [sorted[0], sorted[^1], Quantile(sorted, 0.5), Quantile(sorted, 0.9), sorted[^1] - sorted[0]];
        Assert.Equal([0, 1, 2, 3, 4], row.ErrorBounds.Select(bound => bound.Column));
        Assert.All(exact.Zip(row.ErrorBounds), pair => Assert.InRange(pair.First, pair.Second.Low, pair.Second.High));
        Assert.All(row.ErrorBounds, bound => Assert.True(bound.Low > 0 || bound.High < 500 || bound.Column == 4));
        Assert.Contains(answer.Notes, note => note.Contains("error bounds", StringComparison.Ordinal));

        using var owner = tables.ClientOf("alpha");
        var table = await owner.Tables.GetAsync("wages/1", Cancellation);
        var bins = table.Figures.SelectMany(block => block.Figures).Where(figure => figure.Measure == "kwh" && figure.Sum.Length > 0).ToList();
        Assert.All(bins, figure => Assert.Equal(figure.Values, figure.BinCounts.Sum()));
    }

    [Fact]
    public async Task Units_of_one_block_are_told_exactly_and_of_several_between_bounds()
    {
        var answer = await tables.AskAsync("SELECT region, month, age, COUNT(DISTINCT worker) FROM wages WHERE age IS NOT NULL GROUP BY region, month, age");
        Assert.NotEmpty(answer.Rows);
        Assert.All(answer.Rows, row =>
        {
            Assert.Empty(row.ErrorBounds);
            Assert.True(row.Values[3].IntValue >= 10);
        });

        var all = Assert.Single((await tables.AskAsync("SELECT COUNT(DISTINCT worker) FROM wages")).Rows);
        var workers = tables.Rows.Select(reading => reading.Worker).Distinct().Count();
        Assert.InRange(workers, Assert.Single(all.ErrorBounds).Low, all.ErrorBounds[0].High);
    }

    [Fact]
    public async Task Designed_pairs_correlate_as_their_rows_do()
    {
        using var owner = tables.ClientOf("alpha");
        var table = await owner.Tables.GetAsync("wages/1", Cancellation);
        Assert.All(table.Figures, block => Assert.Equal(["kwh * balance"], block.CrossProducts.Select(name => name == "balance * kwh" ? "kwh * balance" : name)));

        var row = Assert.Single((await tables.AskAsync("SELECT CORR(kwh, balance), COVAR_POP(balance, kwh), COVAR_SAMP(kwh, balance) FROM wages")).Rows);
        var (x, y) = (tables.Rows.Average(reading => reading.Kwh), tables.Rows.Average(reading => reading.Balance));
        var xy = tables.Rows.Sum(reading => (reading.Kwh - x) * (reading.Balance - y));
        var (xx, yy) = (tables.Rows.Sum(reading => Math.Pow(reading.Kwh - x, 2)), tables.Rows.Sum(reading => Math.Pow(reading.Balance - y, 2)));
        Assert.Equal(xy / Math.Sqrt(xx * yy), row.Values[0].DoubleValue, 1e-9);
        Assert.Equal(xy / 900, row.Values[1].DoubleValue, 1e-6);
        Assert.Equal(xy / 899, row.Values[2].DoubleValue, 1e-6);
    }

    private static double Quantile(double[] sorted, double fraction)
    {
        var rank = fraction * (sorted.Length - 1);
        var (below, above) = (sorted[(int)Math.Floor(rank)], sorted[(int)Math.Ceiling(rank)]);
        return below + ((above - below) * (rank - Math.Floor(rank)));
    }

    [Theory]
    [InlineData("SELECT month, MEDIAN(kwh) AS m, COUNT(DISTINCT worker) AS w, CORR(kwh, balance) AS r FROM wages GROUP BY month ORDER BY month")]
    [InlineData("SELECT month, COUNT(*) AS n FROM wages GROUP BY month ORDER BY month")]
    [InlineData("SELECT region, age, COUNT(*) AS n, SUM(pay) AS p FROM wages GROUP BY region, age")]
    [InlineData("SELECT EXTRACT(quarter FROM month) AS q, AVG(kwh) AS k FROM wages WHERE region <> 'east' AND NOT (age < 30) GROUP BY EXTRACT(quarter FROM month)")]
    [InlineData("SELECT COUNT(*) AS n, SUM(balance) FILTER (WHERE region = 'north') AS b FROM wages WHERE month >= DATE '2026-02-01' AND month < DATE '2026-03-01'")]
    public async Task Two_engines_give_one_answer_out_of_the_same_rows(string sql)
    {
        var (duckDb, sqlite) = (await tables.AskAsync(sql), await tables.AskAsync(sql, "beta"));

        Assert.Null(duckDb.Error);
        Assert.NotEmpty(duckDb.Rows);
        Assert.Equal(duckDb.Rows.Count, sqlite.Rows.Count);
        foreach (var (one, other) in duckDb.Rows.Zip(sqlite.Rows))
        {
            Assert.Equal(one.TouchingUnits, other.TouchingUnits);
            Assert.All(one.Values.Zip(other.Values), pair => AssertSame(pair.First, pair.Second));
        }
    }

    [Fact]
    public async Task Two_engines_make_one_table_of_the_same_rows()
    {
        using var alpha = tables.ClientOf("alpha");
        using var beta = tables.ClientOf("beta");
        var (one, other) = (await alpha.Tables.GetAsync("wages/1", Cancellation), await beta.Tables.GetAsync("wages/1", Cancellation));

        Assert.NotEmpty(one.Blocks);
        Assert.Equal(one.Blocks, other.Blocks);
        Assert.Equal(one.Withheld, other.Withheld);
        Assert.Equal(one.Figures.Select(block => block.Description.ToString()), other.Figures.Select(block => block.Description.ToString()));
        Assert.All(one.Blocks, block => Assert.True(block.UnitsLeast >= 10));
        Assert.NotEqual(one.Commitment, other.Commitment);
    }

    [Theory]
    [InlineData("SELECT COUNT(*) AS n FROM wages WHERE age < 31", "FILTER_BETWEEN_CUTS")]
    [InlineData("SELECT COUNT(*) AS n FROM wages WHERE month >= DATE '2026-02-10'", "FILTER_BETWEEN_CUTS")]
    [InlineData("SELECT COUNT(*) AS n FROM wages WHERE age = 40", "FILTER_BETWEEN_CUTS")]
    [InlineData("SELECT SUM(kwh * 2) AS s FROM wages", "NOT_IN_TABLE")]
    [InlineData("SELECT CORR(kwh, pay) AS r FROM wages", "NOT_IN_TABLE")]
    [InlineData("SELECT SUM(CASE WHEN region = 'east' THEN kwh ELSE 0 END) AS s FROM wages", "NOT_IN_TABLE")]
    public async Task What_the_table_cannot_tell_is_refused_by_name(string sql, string reason)
    {
        var answer = await tables.AskAsync(sql);

        Assert.Equal(reason, answer.Error?.Reason);
        Assert.NotNull(answer.Coverage[0].Receipt);
    }

    [Fact]
    public async Task Filters_at_the_cut_points_pass()
    {
        var young = await tables.AskAsync("SELECT COUNT(*) AS n FROM wages WHERE age < 30");
        var also = await tables.AskAsync("SELECT COUNT(*) AS n FROM wages WHERE age <= 29");
        var rest = await tables.AskAsync("SELECT COUNT(*) AS n FROM wages WHERE age >= 30 OR age IS NULL");

        Assert.Null(young.Error);
        Assert.Equal(young.Rows, also.Rows);
        Assert.Null(rest.Error);
        Assert.True(young.Rows[0].Values[0].IntValue + rest.Rows[0].Values[0].IntValue <= 900);
    }

    [Fact]
    public async Task A_filter_between_cut_points_is_moved_where_that_is_asked_for_and_the_answer_says_from_where_to_where()
    {
        using var lab = tables.ClientOf("lab");
        async Task<Protocol.Owner.V1.RunQueryResponse> AskAsync(string where, bool snap) => (await lab.Queries.RunAsync(
            new Protocol.Owner.V1.RunQueryRequest { Sql = $"SELECT COUNT(*) AS n FROM wages WHERE {where}", Purpose = "research", Participants = { "alpha" }, Snap = snap }, Cancellation)).Response;

        var moved = await AskAsync("age < 33 AND month >= DATE '2026-02-10'", snap: true);
        var written = await AskAsync("age < 30 AND month >= DATE '2026-02-01'", snap: false);
        var unmoved = await AskAsync("age < 30", snap: true);

        Assert.Null(moved.Error);
        Assert.Equal(written.Rows, moved.Rows);
        Assert.Equal(
            ["snap: age < 33 was moved to age < 30.", "snap: month >= 2026-02-10 was moved to month >= 2026-02-01."], moved.Notes.Where(note => note.StartsWith("snap:", StringComparison.Ordinal)));
        Assert.DoesNotContain(unmoved.Notes, note => note.StartsWith("snap:", StringComparison.Ordinal));
        Assert.Equal(Protocol.Errors.Reasons.FilterBetweenCuts.Name, (await AskAsync("age = 33", snap: true)).Error?.Reason);
    }

    [Fact]
    public async Task The_whole_answer_is_labelled_and_hides_no_cell()
    {
        var answer = await tables.AskAsync("SELECT region, COUNT(*) AS n FROM wages GROUP BY region");

        Assert.Equal(Protocol.Catalog.V1.ReleaseClass.Table, answer.Release);
        Assert.Contains(answer.Notes, note => note.StartsWith("table:", StringComparison.Ordinal));
        Assert.All(answer.Coverage, part => Assert.Equal(0, part.SuppressedCells));
    }

    private static void AssertSame(Value one, Value other)
    {
        Assert.Equal(one.KindCase, other.KindCase);
        if (one.KindCase == Value.KindOneofCase.DoubleValue)
        {
            Assert.Equal(one.DoubleValue, other.DoubleValue, Math.Abs(one.DoubleValue) * 1e-12);
        }
        else
        {
            Assert.Equal(one, other);
        }
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
