using Exchange.Node.Noise;
using Exchange.Privacy.Noise;

namespace Exchange.Node.Tests.Noise;

public sealed class NoisePoolTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(NoisePool.BlockSize)]
    [InlineData((3 * NoisePool.BlockSize) + 1)]
    public void As_many_values_are_taken_as_are_asked_for(int count)
    {
        var pool = new NoisePool();
        Assert.Equal(count, pool.Take(new DiscreteGaussian(100), count).Length);
    }

    [Fact]
    public async Task No_value_is_handed_out_twice_however_many_take_at_once()
    {
        // Of noise this wide, two of 40,000 values are alike once in a million runs or so; values given twice are alike always.
        var pool = new NoisePool();
        var wide = new DiscreteGaussian(new Fraction(System.Numerics.BigInteger.One << 98, 1));
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
            Enumerable.Range(0, 50).SelectMany(_ => pool.Take(wide, 100)).ToList())));

        Assert.Equal(40_000, taken.SelectMany(values => values).Distinct().Count());
    }

    [Fact]
    public void Each_distribution_has_values_of_its_own_width()
    {
        var pool = new NoisePool();
        double VarianceOf(int variance)
        {
            var values = pool.Take(new DiscreteGaussian(variance), 20_000).Select(value => (double)value).ToList();
            return values.Sum(value => value * value) / values.Count;
        }

        // The standard error of a variance of 20,000 values is 1 % of it.
        Assert.Equal(4, VarianceOf(4), 0.4);
        Assert.Equal(10_000, VarianceOf(10_000), 1_000.0);
        Assert.Equal(4, VarianceOf(4), 0.4);
    }

    [Fact]
    public void More_distributions_than_are_kept_ready_are_served_too()
    {
        var pool = new NoisePool();
        for (var variance = 1; variance <= 130; variance++)
        {
            Assert.Single(pool.Take(new DiscreteGaussian(variance), 1));
        }
    }
}
