using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Execution;
using Exchange.Query.Merging;

namespace Exchange.Query.Tests.Merging;

public sealed class JointMergeTests
{
    [Fact]
    public void Intervals_are_shown_as_such_and_sorted_by_number()
    {
        var rows = Merge("SELECT kwh_band, COUNT(*) FROM readings GROUP BY 1 ORDER BY 1 DESC",
            ("a", [Cell([3L], 1), Cell([0L], 2), Cell([4L], 3), Cell([null], 4)]), ("b", [Cell([1L], 5), Cell([3L], 6)]));

        Assert.Equal([">=100", "[50,100)", "[0,20)", "<0", ""], rows.Select(row => row.Values[0].StringValue));
        Assert.Equal([3, 7, 5, 2, 4], rows.Select(row => row.Values[1].IntValue));
        Assert.Equal([1, 2, 1, 1, 1], rows.Select(row => row.Participants));
        Assert.Equal(Value.KindOneofCase.None, rows[4].Values[0].KindCase);
    }

    [Fact]
    public void Participant_is_a_key_of_the_merge()
    {
        var rows = Merge("SELECT participant, region, COUNT(*) FROM readings GROUP BY 1, 2 ORDER BY 1, 2",
            ("b", [Cell(["south"], 2), Cell(["north"], 1)]), ("a", [Cell(["north"], 3)]));

        Assert.Equal(["a north 3", "b north 1", "b south 2"], rows.Select(row => $"{row.Values[0].StringValue} {row.Values[1].StringValue} {row.Values[2].IntValue}"));
    }

    [Fact]
    public void Having_order_offset_and_limit_act_on_merged_figures()
    {
        var rows = Merge("SELECT region, COUNT(*) AS n FROM readings GROUP BY region HAVING n > 1 AND region IS NOT NULL ORDER BY n DESC LIMIT 1 OFFSET 1",
            ("a", [Cell(["a"], 1), Cell(["b"], 1), Cell(["c"], 5), Cell([null], 9)]), ("b", [Cell(["b"], 1), Cell(["a"], 2)]));

        Assert.Equal("a", Assert.Single(rows).Values[0].StringValue);
    }

    [Theory]
    [InlineData("ORDER BY region", "a,b,")]
    [InlineData("ORDER BY region DESC", "b,a,")]
    [InlineData("ORDER BY region NULLS FIRST", ",a,b")]
    [InlineData("ORDER BY region DESC NULLS FIRST", ",b,a")]
    [InlineData("", "a,b,")]
    public void NULL_is_last_unless_told_otherwise(string order, string expected) => Assert.Equal(expected,
        string.Join(',', Merge("SELECT region, COUNT(*) FROM readings GROUP BY region " + order, ("a", [Cell([null], 1), Cell(["b"], 1), Cell(["a"], 1)]))
            .Select(row => row.Values[0].StringValue)));

    [Fact]
    public void Question_that_no_row_answers_gives_zero_and_NULL_unless_cells_were_withheld()
    {
        var query = QueryCompiler.Compile("SELECT COUNT(*), SUM(kwh), SUM(kwh) IS NULL FROM readings", [Samples.Readings]);

        var values = Assert.Single(query.Merge([new ParticipantCells("a", []), new ParticipantCells("b", [])]).Rows).Values;
        Assert.Equal(0, values[0].IntValue);
        Assert.Equal(Value.KindOneofCase.None, values[1].KindCase);
        Assert.True(values[2].BoolValue);
        Assert.Empty(query.Merge([new ParticipantCells("a", []), new ParticipantCells("b", [], SuppressedCells: 1)]).Rows);
        Assert.Empty(query.Merge([]).Rows);
    }

    [Fact]
    public void Sums_beyond_64_bits_lose_no_digit()
    {
        var state = new PartialState(2, (Int128)long.MaxValue * 2);
        var row = Assert.Single(Merge("SELECT SUM(units), AVG(units) FROM readings", ("a", [new ReleasedCell([], [state])]), ("b", [new ReleasedCell([], [state])])));

        Assert.Equal("36893488147419103228", row.Values[0].DecimalValue);
        Assert.Equal((double)long.MaxValue, row.Values[1].DoubleValue);
    }

    [Fact]
    public void Decimal_sums_keep_their_scale()
    {
        var row = Assert.Single(Merge("SELECT SUM(price), SUM(price) / 2, SUM(price) * 2 - 1.5, AVG(price) FROM readings",
            ("a", [new ReleasedCell([], [new PartialState(2, -5)])]), ("b", [new ReleasedCell([], [new PartialState(1, 1205)])])));

        Assert.Equal("12.00", row.Values[0].DecimalValue);
        Assert.Equal(6.0, row.Values[1].DoubleValue);
        Assert.Equal("22.50", row.Values[2].DecimalValue);
        Assert.Equal(4.0, row.Values[3].DoubleValue);
    }

    [Fact]
    public void Exact_sum_beyond_its_type_is_refused_and_never_wraps()
    {
        var cell = new ReleasedCell([], [new PartialState(1, Int128.MaxValue)]);

        var error = Assert.Throws<ExchangeException>(() => Merge("SELECT SUM(price) FROM readings", ("a", [cell]), ("b", [cell])));

        Assert.Equal(Reasons.FigureTooLarge, error.Reason);
    }

    [Theory]
    [InlineData("SUM(kwh) / COUNT(*)", 2.5)]
    [InlineData("SUM(kwh) / (COUNT(*) - 2)", null)]
    [InlineData("-SUM(kwh) + 1", -4.0)]
    [InlineData("CASE WHEN COUNT(*) = 2 THEN SUM(kwh) ELSE 0 END", 5.0)]
    [InlineData("CASE WHEN COUNT(*) > 2 THEN SUM(kwh) END", null)]
    [InlineData("CASE WHEN COUNT(*) IN (1, 2) AND NOT (SUM(kwh) < 5) THEN 1.5 ELSE SUM(kwh) END", 1.5)]
    [InlineData("CASE WHEN SUM(kwh) / (COUNT(*) - 2) > 1 OR COUNT(*) = 2 THEN 7.0 + AVG(kwh) END", 9.5)]
    public void Released_figures_are_computed_with_as_in_SQL(string expression, double? expected)
    {
        var query = QueryCompiler.Compile($"SELECT {expression} FROM readings", [Samples.Readings]);
        var states = query.Fragment.Aggregates.Select(aggregate => new PartialState(2, X: aggregate.Kind == AggregateKind.Sum ? 5 : 0)).ToArray();

        var value = query.Merge([new ParticipantCells("a", [new ReleasedCell([], states)])]).Rows[0].Values[0];

        Assert.Equal(expected, value.KindCase == Value.KindOneofCase.None ? null : value.DoubleValue);
    }

    [Fact]
    public void Calendar_functions_act_on_released_keys()
    {
        var day = new DateOnly(2024, 5, 1).DayNumber - new DateOnly(1970, 1, 1).DayNumber;
        var row = Assert.Single(Merge("SELECT month, year(month), quarter(month), date_trunc('quarter', month), COUNT(*) FROM readings GROUP BY month",
            ("a", [new ReleasedCell([(long)day], [new PartialState(1)])])));

        Assert.Equal(day, row.Values[0].DateValue);
        Assert.Equal([2024, 2], row.Values.Skip(1).Take(2).Select(value => value.IntValue));
        Assert.Equal(day - 30, row.Values[3].DateValue);
    }

    [Fact]
    public void Spread_of_one_value_is_NULL_in_a_sample_and_zero_in_a_population()
    {
        var row = Assert.Single(Merge("SELECT VAR_SAMP(kwh), VAR_POP(kwh), STDDEV(kwh), CORR(kwh, loss), COVAR_SAMP(kwh, loss), COVAR_POP(kwh, loss) FROM readings",
            ("a", [new ReleasedCell([], [new PartialState(1, X: 3, XX: 9), new PartialState(1, X: 3, XX: 9, Y: 2, YY: 4, XY: 6)])])));

        Assert.Equal([null, 0.0, null, null, null, 0.0], row.Values.Select(value => value.KindCase == Value.KindOneofCase.None ? (double?)null : value.DoubleValue));
    }

    private static ReleasedCell Cell(object?[] key, long count) => new(key, [new PartialState(count)]);

    private static IReadOnlyList<JointRow> Merge(string sql, params (string Participant, ReleasedCell[] Cells)[] parts) =>
        QueryCompiler.Compile(sql, [Samples.Readings]).Merge(parts.Select(part => new ParticipantCells(part.Participant, part.Cells)).ToList()).Rows;
}
