using System.Numerics;
using Exchange.Privacy.SafeTables;

namespace Exchange.Privacy.Tests.SafeTables;

/// <summary>The oracles of the rules, and their boundaries from both sides.</summary>
public sealed class DisclosureRulesTests
{
    private static bool Dominance(int n, decimal percent, params int[] values) =>
        DisclosureRules.PassesDominance(values.Sum(), values.OrderDescending().Take(n).Sum(), 0, Ratio.OfPercent(percent));

    private static bool Estimate(decimal percent, params int[] values) =>
        DisclosureRules.PassesEstimate(values.Sum(), values.OrderDescending().Take(2).Sum(), values.Max(), 0, Ratio.OfPercent(percent));

    [Fact]
    public void Dominance_is_strict()
    {
        Assert.False(Dominance(2, 85, 60, 26, 14));
        Assert.True(Dominance(2, 85, 60, 25, 15));
        Assert.False(Dominance(1, 99.9m, 100));
    }

    [Fact]
    public void Estimate_leaves_p_of_the_largest()
    {
        Assert.False(Estimate(10, 60, 35, 5));
        Assert.True(Estimate(10, 60, 34, 6));
        Assert.True(Estimate(10, 60, 26, 14));
        Assert.False(Estimate(10, 100));
        Assert.False(Estimate(10, 50, 50));
    }

    [Fact]
    public void Slack_counts_against_a_block()
    {
        Assert.True(DisclosureRules.PassesEstimate(100, 94, 60, 0, Ratio.OfPercent(10)));
        Assert.False(DisclosureRules.PassesEstimate(100, 94, 60, 1, Ratio.OfPercent(10)));
        Assert.True(DisclosureRules.PassesDominance(100, 90, 0, Ratio.OfPercent(90)));
        Assert.False(DisclosureRules.PassesDominance(100, 90, 1, Ratio.OfPercent(90)));
    }

    [Fact]
    public void No_total_overflows_a_comparison() =>
        Assert.False(DisclosureRules.PassesDominance(Int128.MaxValue, Int128.MaxValue, 0, Ratio.OfPercent(99.999999m)));

    [Fact]
    public void A_percentage_is_the_fraction_it_is_written_as()
    {
        Assert.Equal(new Ratio(125, 1000 * 100 / 10), Ratio.OfPercent(1.25m) with { Denominator = 10_000 });
        Assert.True(Ratio.OfPercent(0.1m).IsReachedBy(1, 1000));
        Assert.False(Ratio.OfPercent(0.1m).IsReachedBy(BigInteger.Pow(10, 30) - 1, BigInteger.Pow(10, 33)));
    }

    [Fact]
    public void A_row_has_at_most_seven_tenths_of_the_squared_deviations()
    {
        // Values −7, 0, …, 0 with other rows of total 7: deviations 49 of 70 pass, 49 of 69 do not.
        static BigNumber Number(int value) => new(value, 0, 0);
        Assert.True(DisclosureRules.PassesDeviation(10, Number(0), Number(70), Number(0), Number(-7), Number(7)));
        Assert.False(DisclosureRules.PassesDeviation(10, Number(0), Number(69), Number(0), Number(-7), Number(3)));
        Assert.False(DisclosureRules.PassesDeviation(10, Number(0), Number(70), Number(1), Number(-7), Number(7)));
    }

    [Fact]
    public void Fixed_point_takes_doubles_exactly_or_says_so()
    {
        Assert.Equal((Int128)3 << 60, FixedPoint.Floor(3, -60, out var exact));
        Assert.True(exact);
        Assert.Equal(-1, FixedPoint.Floor(-1e-300, -60, out exact));
        Assert.False(exact);
        Assert.Equal(0.1, FixedPoint.ToDouble(FixedPoint.Floor(0.1, -60, out exact), -60));
        Assert.True(exact);
        Assert.Equal(1.0 / 3, FixedPoint.Divide(1, 3), 1e-16);
        Assert.Equal((-7, -6), (Bounds.Unscaled(-0.65, 1), Bounds.UnscaledUp(-0.65, 1)));
        Assert.Equal(1_500, Bounds.Unscaled(1.5, 3));
    }
}
