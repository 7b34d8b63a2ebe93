using CsCheck;
using Exchange.Privacy.Noise;

namespace Exchange.Privacy.Tests.Noise;

/// <summary>What one row can add, whatever is in it.</summary>
public sealed class ClampingGridTests
{
    [Theory]
    [InlineData(0, 500, 1.0, 250, 250)]
    [InlineData(0, 5, 1.0, 2, 3)]
    [InlineData(-10, 10, 0.01, 0, 1000)]
    [InlineData(1000, 1001, 1.0, 1000, 1)]
    public void A_type_with_steps_is_not_rounded(double low, double high, double step, double middle, long reach)
    {
        var grid = ClampingGrid.Of(low, high, step);
        Assert.Equal((middle, step, reach), (grid.Middle, grid.Step, grid.Reach));
    }

    [Fact]
    public void A_double_has_about_a_million_steps_on_each_side()
    {
        var grid = ClampingGrid.Of(0, 500, null);
        Assert.InRange(grid.Reach, 1 << 20, 1 << 21);
        Assert.Equal(0, grid.Step - Math.ScaleB(1, Math.ILogB(grid.Step)));
    }

    [Fact]
    public void No_value_adds_more_than_the_reach() => Gen.Double.Select(Gen.Double[-1e6, 1e6], Gen.Double[1e-3, 1e6]).Sample((value, low, width) =>
        Math.Abs(ClampingGrid.Of(low, low + width, null).NumberOf(value)) <= ClampingGrid.Of(low, low + width, null).Reach);

    [Theory]
    [InlineData(double.NaN, 0)]
    [InlineData(double.PositiveInfinity, 250)]
    [InlineData(double.NegativeInfinity, -250)]
    [InlineData(1e300, 250)]
    public void What_is_no_number_is_cut(double value, long expected) => Assert.Equal(expected, ClampingGrid.Of(0, 500, 1).NumberOf(value));

    /// <summary>
    /// In floating point, adding one row moves a sum by far more than the row (Casacuberta et al. 2022); on the grid never.
    /// </summary>
    [Fact]
    public void One_row_moves_a_sum_by_at_most_the_reach_in_any_order()
    {
        double[] rows = [1e16, 1, -1e16, 1, 1e16, -1e16, 1, 1];
        double[] without = [.. rows.Skip(1)];
        Assert.NotEqual(rows.Sum() - rows[0], without.Sum());

        var grid = ClampingGrid.Of(-1e16, 1e16, null);
        Int128 Sum(IEnumerable<double> values) => values.Aggregate(Int128.Zero, (sum, value) => sum + grid.NumberOf(value));
        for (var row = 0; row < rows.Length; row++)
        {
            var others = rows.Where((_, index) => index != row).ToArray();
            Assert.True(Int128.Abs(Sum(rows) - Sum(others)) <= grid.Reach);
            Assert.Equal(Sum(others), Sum(others.Reverse()));
        }

        // At the ends of 64 bits nothing wraps.
        Assert.Equal((Int128)grid.Reach * 2, Sum([double.MaxValue, (double)long.MaxValue]));
    }
}
