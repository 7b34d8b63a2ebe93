using Exchange.Query.Execution;
using Exchange.Query.Rules;
using static Exchange.Query.Tests.Plans;

namespace Exchange.Query.Tests.Rules;

public sealed class ReleaseRulesTests
{
    private static readonly ReleaseRules Usual = new(MinUnits: 1, DominanceN: 2, DominancePercent: 90, PPercent: 10, Coalition: 1, MinSpread: 3);
    private static readonly ReleaseRules Dominance85 = Usual with { DominancePercent = 85, PPercent = 0.001 };
    private static readonly ReleaseRules PAlone = Usual with { DominancePercent = 100 };

    [Fact]
    public void Two_largest_above_85_percent_are_dominant_and_exactly_85_are_not()
    {
        Assert.Equal(ReleaseRule.Dominance, BrokenBy(Dominance85, 60, 26, 14));
        Assert.Null(BrokenBy(Dominance85, 60, 25, 15));
    }

    [Fact]
    public void A_remainder_below_10_percent_of_the_largest_breaks_p_percent()
    {
        Assert.Equal(ReleaseRule.PPercent, BrokenBy(PAlone, 60, 35, 5));
        Assert.Null(BrokenBy(PAlone, 60, 26, 14));
        Assert.Null(BrokenBy(PAlone, 60, 34, 6));
    }

    [Fact]
    public void One_or_two_units_break_p_percent_and_one_is_all_of_its_sum()
    {
        Assert.Equal(ReleaseRule.PPercent, BrokenBy(PAlone, 100));
        Assert.Equal(ReleaseRule.PPercent, BrokenBy(PAlone, 50, 50));
        Assert.Equal(ReleaseRule.Dominance, Usual.BrokenBy(Of(), Totals(Usual with { DominanceN = 1 }, 0, 100) with { LargestExcess = 0 }));
    }

    [Fact]
    public void A_coalition_knows_as_many_more_units()
    {
        double[] contributions = [50, 40, 40, 4];
        Assert.Null(BrokenBy(PAlone, contributions));
        Assert.Equal(ReleaseRule.PPercent, BrokenBy(PAlone with { Coalition = 2 }, contributions));
    }

    [Fact]
    public void What_everybody_knows_of_a_value_hides_nobody()
    {
        double[] contributions = [1000, 901, 901, 901];
        Assert.Null(BrokenBy(PAlone, contributions));
        var known = Of(nearest: 900);
        Assert.Equal(ReleaseRule.PPercent, PAlone.BrokenBy(known, Totals(PAlone, 900, contributions)));
    }

    [Fact]
    public void Nothing_but_zeros_breaks_the_spread_unless_zero_is_harmless()
    {
        double[] zeros = new double[20];
        Assert.Equal(ReleaseRule.Spread, BrokenBy(Usual, zeros));
        Assert.Null(Usual.BrokenBy(Of() with { ZeroHarmless = true }, Totals(Usual, 0, zeros)));
        Assert.Equal(ReleaseRule.Spread, BrokenBy(PAlone with { MinSpread = 4 }, [60, 30, 10, .. zeros]));
        Assert.Null(BrokenBy(PAlone with { MinSpread = 3 }, [60, 30, 10, .. zeros]));
    }

    [Fact]
    public void Nothing_passes_by_a_rounding()
    {
        // 0.6 + 0.34 + 0.06 lies on the boundary of 10%, on which side a double does not tell.
        Assert.Equal(ReleaseRule.PPercent, BrokenBy(PAlone, 0.6, 0.34, 0.06));
        Assert.Null(BrokenBy(PAlone, 0.6, 0.34, 0.0601));
        Assert.Equal(ReleaseRule.PPercent, PAlone.BrokenBy(Of(), new UnitTotals(double.NaN, 1, 1, double.NaN, 1, 9, false)));
    }

    [Fact]
    public void Bounds_settle_only_what_an_exact_count_passes()
    {
        var random = new Random(7);
        var settled = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var rules = new ReleaseRules(1, random.Next(1, 4), random.Next(50, 101), random.Next(1, 60), random.Next(1, 3), random.Next(1, 5));
            var (rowsMax, nearest) = (random.Next(1, 4), random.Next(3) * 40);
            var units = Enumerable.Range(0, random.Next(1, 60)).Select(_ => Enumerable.Range(0, random.Next(1, rowsMax + 1)).Select(_ => (double)random.Next(nearest, 101)).ToArray()).ToArray();
            var contribution = Of(nearest) with { MagnitudeMax = 100 };
            var support = new SupportCount(units.Sum(unit => unit.Length), random.Next(2) == 0 ? null : units.Length);
            if (rules.AreSettled(contribution, new GrossTotal(units.Sum(unit => unit.Sum()), null), support, 100, rowsMax))
            {
                settled++;
                Assert.Null(rules.BrokenBy(contribution, Totals(rules, nearest, units)));
            }
        }

        Assert.InRange(settled, 2_000, 19_000);
    }

    [Fact]
    public void A_square_is_an_estimate_of_its_root_to_within_half_so_many_percent()
    {
        var square = Of() with { Degree = 2 };
        // 2p + p² is 21%.
        Assert.Equal(ReleaseRule.PPercent, PAlone.BrokenBy(square, Totals(PAlone, 0, 100, 40, 20)));
        Assert.Null(PAlone.BrokenBy(square, Totals(PAlone, 0, 100, 40, 21.01)));
        Assert.Null(PAlone.BrokenBy(Of(), Totals(PAlone, 0, 100, 40, 10)));
    }

    [Theory]
    [InlineData(false, 10.0, 10.0, 10.0, 40.0)]
    [InlineData(true, 10.0, 20.0, 30.0, 40.0)]
    [InlineData(false, 7.0, 7.0, 7.0, 7.0)]
    [InlineData(true, -40.0, -20.0, 10.0, 40.0)]
    public void No_row_makes_up_most_of_a_variance(bool may, params double[] values)
    {
        var rules = Usual with { PPercent = 1e-6, DominancePercent = 99.999 };
        Assert.Equal(may ? null : ReleaseRule.Dominance, rules.BrokenBy(SquareOf(), SquareTotals(rules, values)));
        Assert.Null((rules with { DominancePercent = 100 }).BrokenBy(SquareOf(), SquareTotals(rules, values)));
    }

    [Fact]
    public void Bounds_settle_only_squares_that_an_exact_count_passes()
    {
        var random = new Random(11);
        var settled = 0;
        for (var round = 0; round < 5_000; round++)
        {
            var rules = new ReleaseRules(1, random.Next(1, 4), random.Next(50, 100), random.Next(1, 40), random.Next(1, 3), 3);
            var around = random.Next(-60, 60);
            double[] values = [.. Enumerable.Range(0, random.Next(1, 120)).Select(_ => (double)Math.Clamp(around + random.Next(-50, 51), -100, 100))];
            var mean = values.Average();
            var total = new GrossTotal(values.Sum(value => value * value), null) { Rows = new RowSpread(mean, values.Sum(value => (value - mean) * (value - mean))) };
            if (rules.AreSettled(SquareOf(), total, new SupportCount(values.Length, null), 10_000, 1))
            {
                settled++;
                Assert.Null(rules.BrokenBy(SquareOf(), SquareTotals(rules, values)));
            }
        }

        Assert.InRange(settled, 500, 4_900);
    }

    [Fact]
    public void Nobody_lacks_a_value_or_several_do()
    {
        Assert.True(Usual.MayLack(0, null, 5));
        Assert.False(Usual.MayLack(14, null, 5));
        Assert.True(Usual.MayLack(15, null, 5));
        Assert.False(Usual.MayLack(15, 2, 5));
        Assert.True(Usual.MayLack(3, 3, 5));
    }

    private static Contribution SquareOf() => Of() with { Column = null, Factors = [Column("kwh"), Column("kwh")], Root = [Column("kwh")], Degree = 2 };

    private static UnitTotals SquareTotals(ReleaseRules rules, params double[] values) => Totals(rules, 0, [.. values.Select(value => value * value)]) with
    {
        Rows = new RowDeviations(values.Length, values.Sum(), values.Sum(value => value * value), values.Min(), values.Max()),
    };

    [Fact]
    public void Without_a_largest_value_nothing_is_settled()
    {
        Assert.True(Usual.AreSettled(Of(), new GrossTotal(1_000, null), new SupportCount(100, null), 10, 1));
        Assert.False(Usual.AreSettled(Of(), new GrossTotal(1_000, null), new SupportCount(100, null), null, 1));
        Assert.False(Usual.AreSettled(Of(), new GrossTotal(double.PositiveInfinity, null), new SupportCount(100, null), 10, 1));
        Assert.False(Usual.AreSettled(Of(), new GrossTotal(1_000, null), new SupportCount(100, null), double.PositiveInfinity, 1));
    }

    private static Contribution Of(double nearest = 0) => new(0, Column("kwh"), "kwh", nearest, null, false, -1);

    private static ReleaseRule? BrokenBy(ReleaseRules rules, params double[] contributions) => rules.BrokenBy(Of(), Totals(rules, 0, contributions));

    private static UnitTotals Totals(ReleaseRules rules, double nearest, params double[] contributions) => Totals(rules, nearest, [.. contributions.Select(one => new[] { one })]);

    private static UnitTotals Totals(ReleaseRules rules, double nearest, double[][] units)
    {
        double[] gross = [.. units.Select(unit => unit.Sum(Math.Abs)).OrderDescending()];
        double[] excess = [.. units.Select(unit => unit.Sum(value => Math.Abs(value - nearest))).OrderDescending()];
        return new UnitTotals(
            gross.Sum(), gross[0], gross.Take(rules.DominanceN).Sum(), excess.Sum(), excess.Take(1 + rules.Coalition).Sum(), excess.Count(one => one > 0),
            units.All(unit => unit.All(double.IsInteger)));
    }
}
