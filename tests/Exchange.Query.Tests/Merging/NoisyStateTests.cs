using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Execution;
using Exchange.Query.Merging;

namespace Exchange.Query.Tests.Merging;

/// <summary>How often the interval of a noisy figure holds the figure without noise.</summary>
public sealed class NoisyStateTests
{
    private const int Trials = 4_000;
    private static readonly ColumnType Double = Samples.Type(TypeKind.Double);
    private static readonly double[] Values = [.. Enumerable.Range(0, 400).Select(value => value * value % 83 / 8.3)];

    /// <summary>Whether the owners know the same units or none in common, however many there are, and whichever has most.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(2, 1)]
    [InlineData(20, 0)]
    [InlineData(20, 1)]
    public void Intervals_of_units_hold_those_of_all_owners_whatever_they_share(int owners, double ownShare)
    {
        var random = new Random(11);
        var noise = new ColumnNoise { CountSigma = 20 };
        const int units = 500;
        var truth = units + (ownShare * units * (owners - 1));
        var held = 0;
        for (var trial = 0; trial < Trials; trial++)
        {
            var state = default(NoisyState);
            for (var owner = 0; owner < owners; owner++)
            {
                var count = (long)Math.Round(units + (20 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())));
                state.Add(new Aggregate { Kind = AggregateKind.Units }, new PartialState(count, count), noise);
            }

            var (figure, bounds) = state.FigureOf(AggregateFunction.CountUnits, null);
            Assert.InRange((double)(Int128)figure!, bounds!.Value.Low, bounds.Value.High);
            held += truth >= bounds.Value.Low && truth <= bounds.Value.High ? 1 : 0;
        }

        Assert.True((double)held / Trials > 0.95 - (4 * Math.Sqrt(0.95 * 0.05 / Trials)), $"{(double)held / Trials}");
    }

    /// <summary>Within four standard errors of 95 %, or above where an interval is cut to what is possible.</summary>
    [Theory]
    [InlineData(AggregateFunction.CountRows, 5)]
    [InlineData(AggregateFunction.Sum, 5)]
    [InlineData(AggregateFunction.Avg, 5)]
    [InlineData(AggregateFunction.Avg, 150)]
    [InlineData(AggregateFunction.VarPop, 5)]
    [InlineData(AggregateFunction.VarSamp, 5)]
    [InlineData(AggregateFunction.StddevSamp, 5)]
    [InlineData(AggregateFunction.VarPop, 100)]
    public void Ninety_five_of_a_hundred_intervals_hold_the_truth(object function, double countSigma)
    {
        var asked = (AggregateFunction)function;
        var random = new Random(7);
        double Gauss(double sigma) => sigma * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        var mean = Values.Average();
        var squares = Values.Sum(value => (value - mean) * (value - mean));
        var truth = asked switch
        {
            AggregateFunction.CountRows => Values.Length,
            AggregateFunction.Sum => Values.Sum(),
            AggregateFunction.Avg => mean,
            AggregateFunction.VarPop => squares / Values.Length,
            AggregateFunction.VarSamp => squares / (Values.Length - 1),
            _ => Math.Sqrt(squares / (Values.Length - 1)),
        };
        var noise = new ColumnNoise { CountSigma = countSigma, SumSigma = 5 * countSigma, SquareSigma = 25 * countSigma, Middle = 5, Low = 0, High = 10, Step = 0.1 };
        var aggregate = new Aggregate { Kind = AggregateKind.Moments, ShiftX = asked >= AggregateFunction.VarSamp ? 3 : 0 };
        var (held, told) = (0, 0);
        for (var trial = 0; trial < Trials; trial++)
        {
            // Two owners, each with noise of its own.
            var state = default(NoisyState);
            foreach (var half in Values.Chunk(200))
            {
                var n = (long)Math.Round(half.Length + Gauss(countSigma));
                var s = half.Sum(value => value - 5) + Gauss(noise.SumSigma);
                var q = half.Sum(value => (value - 5) * (value - 5)) + Gauss(noise.SquareSigma);
                var away = 5 - aggregate.ShiftX;
                state.Add(aggregate, new PartialState(n, X: s + (away * n), XX: q + (2 * away * s) + (away * away * n)), noise);
            }

            if (state.FigureOf(asked, Double).Bounds is { } bounds)
            {
                told++;
                held += bounds.Low <= truth && truth <= bounds.High ? 1 : 0;
            }
        }

        Assert.True(told > Trials / 2);
        var share = (double)held / told;
        Assert.True(share > 0.95 - (4 * Math.Sqrt(0.95 * 0.05 / told)), $"{share}");
        if (countSigma < 10 && asked is not (AggregateFunction.VarPop or AggregateFunction.VarSamp or AggregateFunction.StddevSamp))
        {
            Assert.True(share < 0.95 + (5 * Math.Sqrt(0.95 * 0.05 / told)), $"{share}");
        }
    }

    [Fact]
    public void A_count_below_one_has_no_average()
    {
        var state = default(NoisyState);
        state.Add(new Aggregate { Kind = AggregateKind.Sum }, new PartialState(-2, X: 3), new ColumnNoise { CountSigma = 3, SumSigma = 1, Low = 0, High = 10, Middle = 5 });
        Assert.Equal((null, null), state.FigureOf(AggregateFunction.Avg, Double));
    }
}
