using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Execution;
using Exchange.Query.Merging;

namespace Exchange.Query.Tests.Merging;

/// <summary>Smallest and largest values and quantiles out of histograms with noise.</summary>
public sealed class NoisyQuantileTests
{
    private const int Trials = 2_000;
    private const int Bins = 50;
    private const double Sigma = 6;

    private static readonly double[] Edges = [.. Enumerable.Range(0, Bins + 1).Select(edge => edge * 2.0)];

    /// <summary>In thirty bins out of fifty, two hills and a gap; the sigma of a prefix is up to forty of its 900 values.</summary>
    private static readonly double[] Values = [.. Enumerable.Range(0, 900).Select(value => value % 3 == 0 ? 20.5 + (value % 17) : 60.5 + (value * value % 23))];

    [Theory]
    [InlineData(0)]
    [InlineData(0.05)]
    [InlineData(0.25)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(1)]
    public void Ninety_five_of_a_hundred_intervals_hold_the_quantile(double fraction)
    {
        var sorted = Values.Order().ToArray();
        var rank = fraction * (sorted.Length - 1);
        var (below, above) = (sorted[(int)Math.Floor(rank)], sorted[(int)Math.Ceiling(rank)]);
        var truth = below + ((above - below) * (rank - Math.Floor(rank)));
        var (random, held, width) = (new Random(3), 0, 0.0);
        for (var trial = 0; trial < Trials; trial++)
        {
            var (figure, bounds) = new NoisyQuantile(Edges, Counts(Values, random, Sigma), Sigma * Sigma, scale: null).Of(fraction);
            Assert.InRange((double)figure, bounds.Low, bounds.High);
            held += bounds.Low <= truth && truth <= bounds.High ? 1 : 0;
            width += bounds.High - bounds.Low;
        }

        Assert.True((double)held / Trials > 0.95 - (4 * Math.Sqrt(0.95 * 0.05 / Trials)), $"{(double)held / Trials}");
        // And they tell something: the bounds of the product are 100 apart.
        Assert.True(width / Trials < 50, $"{width / Trials}");
    }

    [Fact]
    public void Without_noise_the_interval_is_the_bin()
    {
        var counts = Counts(Values, new Random(1), 0);
        Assert.Equal((20, 22), Ends(0.01));
        Assert.Equal((2 * Math.Floor(Values.Order().ElementAt(450) / 2), 2 * Math.Floor(Values.Order().ElementAt(450) / 2) + 2), Ends(0.5));
        Assert.Equal((20, 22), Ends(0));
        Assert.Equal((78, 80), Ends(1));

        (double, double) Ends(double fraction)
        {
            var bounds = new NoisyQuantile(Edges, counts, 0, null).Of(fraction).Bounds;
            return (bounds.Low, bounds.High);
        }
    }

    [Fact]
    public void In_noise_alone_nothing_is_known_but_the_bounds_of_the_product()
    {
        var random = new Random(5);
        var wide = Enumerable.Range(0, Trials).Count(_ =>
        {
            var bounds = new NoisyQuantile(Edges, Counts([], random, Sigma), Sigma * Sigma, null).Of(0.5).Bounds;
            return (bounds.Low, bounds.High) == (0, 100);
        });
        Assert.InRange(wide, (int)(0.93 * Trials), Trials);
    }

    [Fact]
    public void Owners_histograms_are_added_and_so_are_the_variances_of_their_noise()
    {
        var random = new Random(9);
        var noise = new ColumnNoise { BinSigma = Sigma, CountSigma = Sigma * Math.Sqrt(Bins), Low = 0, High = 100 };
        var state = default(NoisyState);
        var together = new long[Bins];
        foreach (var half in Values.Chunk(450))
        {
            var counts = Counts(half, random, Sigma);
            together = [.. together.Zip(counts, (one, other) => one + other)];
            state.Add(new Aggregate { Kind = AggregateKind.Histogram }, new PartialState(counts.Sum(), Bins: [.. counts.Select((count, bin) => new ValueBin(Edges[bin], Edges[bin + 1], count))]), noise);
        }

        var one = new NoisyQuantile(Edges, together, 2 * Sigma * Sigma, null);
        var type = Samples.Type(TypeKind.Double);
        Assert.Equal((one.Of(0.5).Figure, one.Of(0.5).Bounds), (state.FigureOf(AggregateFunction.Quantile, type, 0.5).Figure, state.FigureOf(AggregateFunction.Quantile, type, 0.5).Bounds!.Value));
        Assert.Equal(one.Of(0).Bounds, state.FigureOf(AggregateFunction.Min, type).Bounds);
        Assert.Equal(one.Of(1).Bounds, state.FigureOf(AggregateFunction.Max, type).Bounds);
    }

    [Fact]
    public void A_quantile_of_fewer_than_one_value_is_null()
    {
        var state = default(NoisyState);
        state.Add(new Aggregate { Kind = AggregateKind.Histogram }, new PartialState(-3, Bins: [new ValueBin(0, 1, -3)]), new ColumnNoise { BinSigma = 3 });
        Assert.Equal((null, null), state.FigureOf(AggregateFunction.Quantile, Samples.Type(TypeKind.Double), 0.5));
    }

    private static long[] Counts(double[] values, Random random, double sigma)
    {
        var counts = new long[Bins];
        foreach (var value in values)
        {
            counts[(int)(value / 2)]++;
        }

        return [.. counts.Select(count => (long)Math.Round(count + (sigma * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))))];
    }
}
