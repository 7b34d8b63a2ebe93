using CsCheck;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Query.Tests.Expressions;

/// <summary>Filters moved to the nearest cut points and first days.</summary>
public sealed class FilterSnappingTests
{
    private static readonly Operator[] Directed = [Operator.Less, Operator.LessOrEqual, Operator.Greater, Operator.GreaterOrEqual];

    private static readonly Product Cut = WithCuts();

    [Fact]
    public void A_moved_filter_lies_at_the_nearest_cut_and_one_that_lies_at_a_cut_stays()
    {
        int[] cuts = [20, 40, 65];
        Gen.Select(Gen.Int[-5, 90], Gen.Int[0, 3].Select(index => Directed[index]), Gen.Bool).Sample((constant, function, mirrored) =>
        {
            var condition = Compare(function, "age", new Value { IntValue = constant }, mirrored);
            var (snapped, moved) = FilterSnapping.Snap(new Fragment { Where = condition }, Cut);

            AssertDecidable(snapped.Where, "age", [0L, 1L, 2L, 3L]);
            // What the comparison separates: numbers from this one on lie on its other side.
            var separates = Enumerable.Range(-10, 110).First(number => Holds(function, number, constant, mirrored) != Holds(function, number - 1, constant, mirrored));
            if (cuts.Contains(separates))
            {
                Assert.Empty(moved);
                Assert.Equal(condition, snapped.Where);
            }
            else
            {
                Assert.Single(moved);
                var to = (int)snapped.Where.Call.Arguments[1].Literal.IntValue;
                Assert.Equal(cuts.Min(cut => Math.Abs(cut - separates)), Math.Abs(to - separates));
                Assert.Equal(Holds(function, separates, constant, mirrored), snapped.Where.Call.Operator == Operator.GreaterOrEqual);
            }
        });
    }

    [Theory]
    [InlineData(Operator.GreaterOrEqual, 10, "2025-01-01")]
    [InlineData(Operator.GreaterOrEqual, 20, "2025-02-01")]
    [InlineData(Operator.Less, 16, "2025-01-01")]
    [InlineData(Operator.LessOrEqual, 16, "2025-02-01")]
    public void A_day_inside_of_a_month_moves_to_the_nearest_first_day(Operator function, int day, string to)
    {
        var days = DaysOf(new DateOnly(2025, 1, day));
        var (snapped, moved) = FilterSnapping.Snap(new Fragment { Where = Compare(function, "month", new Value { DateValue = days }, mirrored: false) }, Samples.Readings);

        Assert.Equal(DaysOf(DateOnly.ParseExact(to, "yyyy-MM-dd")), snapped.Where.Call.Arguments[1].Literal.DateValue);
        Assert.EndsWith(to, Assert.Single(moved), StringComparison.Ordinal);
    }

    [Fact]
    public void Both_ends_of_a_span_move_also_under_NOT_and_in_the_filter_of_one_figure()
    {
        Expression Span(int from, int to) => Join(Operator.And, Compare(Operator.GreaterOrEqual, "age", new Value { IntValue = from }, false), Compare(Operator.Less, "age", new Value { IntValue = to }, false));
        var fragment = new Fragment
        {
            Where = Join(Operator.Not, Span(22, 42)),
            Aggregates = { new Aggregate { Kind = AggregateKind.CountRows, Filter = Span(38, 60) } },
        };
        var before = fragment.Clone();

        var (snapped, moved) = FilterSnapping.Snap(fragment, Cut);

        Assert.Equal(Join(Operator.Not, Span(20, 40)), snapped.Where);
        Assert.Equal(Span(40, 65), snapped.Aggregates[0].Filter);
        Assert.Equal(["age >= 22 was moved to age >= 20", "age < 42 was moved to age < 40", "age >= 38 was moved to age >= 40", "age < 60 was moved to age < 65"], moved);
        Assert.Equal(before, fragment);
    }

    [Fact]
    public void What_has_no_direction_stays()
    {
        var fragment = new Fragment { Where = Compare(Operator.Equal, "age", new Value { IntValue = 30 }, mirrored: false) };

        var (snapped, moved) = FilterSnapping.Snap(fragment, Cut);

        Assert.Empty(moved);
        Assert.Equal(fragment, snapped);
    }

    private static void AssertDecidable(Expression condition, string column, long[] keys) =>
        Assert.All(keys, key => KeyConditions.TruthOf(condition, Cut.Columns[column], key));

    private static bool Holds(Operator function, int value, int constant, bool mirrored)
    {
        var (left, right) = mirrored ? (constant, value) : (value, constant);
        return function switch
        {
            Operator.Less => left < right,
            Operator.LessOrEqual => left <= right,
            Operator.Greater => left > right,
            _ => left >= right,
        };
    }

    private static Product WithCuts()
    {
        var definition = Samples.ReadingsDefinition();
        definition.Columns.Single(column => column.Name == "age").Cuts.AddRange([20, 40, 65]);
        return Samples.ProductOf(definition);
    }

    private static Expression Compare(Operator function, string column, Value constant, bool mirrored)
    {
        var (one, other) = (new Expression { Column = column }, new Expression { Literal = constant });
        return Join(function, mirrored ? other : one, mirrored ? one : other);
    }

    private static Expression Join(Operator function, params Expression[] arguments) => new() { Call = new Call { Operator = function, Arguments = { arguments } } };

    private static int DaysOf(DateOnly day) => day.DayNumber - new DateOnly(1970, 1, 1).DayNumber;
}
