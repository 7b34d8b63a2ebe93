using CsCheck;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;

namespace Exchange.Query.Tests.Expressions;

/// <summary>Conditions on rows of which only a key is known, against the same conditions on every value that the key stands for.</summary>
public sealed class KeyConditionsTests
{
    private static readonly Operator[] Comparisons =
        [Operator.Equal, Operator.NotEqual, Operator.Less, Operator.LessOrEqual, Operator.Greater, Operator.GreaterOrEqual];

    [Fact]
    public void A_condition_on_an_interval_of_whole_numbers_says_what_all_of_them_say_or_is_refused()
    {
        var definition = Samples.ReadingsDefinition();
        definition.Columns.Single(column => column.Name == "age").Cuts.AddRange([20, 40, 65]);
        var column = Samples.ProductOf(definition).Columns["age"];
        int[] edges = [-1_000, 20, 40, 65, 1_000];

        Gen.Select(Gen.Int[0, 3], Gen.Int[-5, 90], Gen.Int[0, 5].Select(index => Comparisons[index]), Gen.Bool).Sample((bucket, constant, function, mirrored) =>
        {
            var values = Enumerable.Range(edges[bucket], edges[bucket + 1] - edges[bucket]);
            var truths = values.Select(value => Holds(function, mirrored ? constant : value, mirrored ? value : constant)).Distinct().ToList();
            AssertSays(truths, () => KeyConditions.TruthOf(Compare(function, "age", new Value { IntValue = constant }, mirrored), column, (long)bucket));
        });
    }

    [Fact]
    public void A_condition_on_a_month_says_what_all_its_days_say_or_is_refused()
    {
        var column = Samples.Readings.Columns["month"];

        Gen.Select(Gen.Int[0, 20], Gen.Int[-40, 700], Gen.Int[0, 5].Select(index => Comparisons[index])).Sample((month, offset, function) =>
        {
            var first = new DateOnly(2025, 1, 1).AddMonths(month);
            var days = Enumerable.Range(0, first.AddMonths(1).DayNumber - first.DayNumber).Select(day => DaysOf(first) + day);
            var constant = DaysOf(new DateOnly(2025, 1, 1)) + offset;
            var truths = days.Select(day => Holds(function, day, constant)).Distinct().ToList();
            AssertSays(truths, () => KeyConditions.TruthOf(Compare(function, "month", new Value { DateValue = constant }, mirrored: false), column, (long)DaysOf(first)));
        });
    }

    [Fact]
    public void A_key_that_is_NULL_makes_a_comparison_NULL_and_IS_NULL_true()
    {
        var column = Samples.Readings.Columns["age"];
        var isNull = new Expression { Call = new Call { Operator = Operator.IsNull, Arguments = { new Expression { Column = "age" } } } };

        Assert.Null(KeyConditions.TruthOf(Compare(Operator.Equal, "age", new Value { IntValue = 3 }, mirrored: false), column, null));
        Assert.True(KeyConditions.TruthOf(isNull, column, null));
        Assert.False(KeyConditions.TruthOf(isNull, column, 3L));
    }

    [Fact]
    public void A_year_follows_from_a_month_and_a_day_does_not()
    {
        var column = Samples.Readings.Columns["month"];
        var march = (long)DaysOf(new DateOnly(2026, 3, 1));
        static Expression Extract(Grain part) => new() { Call = new Call { Operator = Operator.Extract, Grain = part, Arguments = { new Expression { Column = "month" } } } };

        Assert.Equal(2026L, KeyConditions.GroupOf(Extract(Grain.Year), column, march));
        Assert.Equal(1L, KeyConditions.GroupOf(Extract(Grain.Quarter), column, march));
        Assert.Equal(Reasons.FilterBetweenCuts, Assert.Throws<ExchangeException>(() => KeyConditions.GroupOf(Extract(Grain.Day), column, march)).Reason);
    }

    [Fact]
    public void A_condition_on_two_columns_or_on_a_measure_is_refused()
    {
        var two = new Expression { Call = new Call { Operator = Operator.Equal, Arguments = { new Expression { Column = "age" }, new Expression { Column = "units" } } } };

        Assert.Equal(Reasons.NotInTable, Assert.Throws<ExchangeException>(() => KeyConditions.DimensionOf(two, Samples.Readings)).Reason);
        Assert.Equal(Reasons.NotInTable, Assert.Throws<ExchangeException>(
            () => KeyConditions.DimensionOf(Compare(Operator.Less, "kwh", new Value { DoubleValue = 1 }, mirrored: false), Samples.Readings)).Reason);
    }

    private static void AssertSays(List<bool> truths, Func<bool?> say)
    {
        bool? said;
        try
        {
            said = say();
        }
        catch (ExchangeException refusal)
        {
            Assert.Equal(Reasons.FilterBetweenCuts, refusal.Reason);
            Assert.Equal(2, truths.Count);
            return;
        }

        Assert.Equal([said!.Value], truths);
    }

    private static bool Holds(Operator function, int left, int right) => function switch
    {
        Operator.Equal => left == right,
        Operator.NotEqual => left != right,
        Operator.Less => left < right,
        Operator.LessOrEqual => left <= right,
        Operator.Greater => left > right,
        _ => left >= right,
    };

    private static Expression Compare(Operator function, string column, Value constant, bool mirrored)
    {
        var (name, literal) = (new Expression { Column = column }, new Expression { Literal = constant });
        return new Expression { Call = new Call { Operator = function, Arguments = { mirrored ? literal : name, mirrored ? name : literal } } };
    }

    private static int DaysOf(DateOnly day) => day.DayNumber - new DateOnly(1970, 1, 1).DayNumber;
}
