using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Node.Noise;

/// <content>What is told of the numbers once they have noise.</content>
internal sealed partial class NoisyPlan
{
    /// <summary>How the answer was made, without what the ledger knows.</summary>
    /// <param name="sigmaOf">The standard deviation of the noise in a figure, where it is not that of the figure's own.</param>
    public NoiseReport Report(Func<NoisyFigure, double>? sigmaOf = null)
    {
        double Sigma(int figure) => sigmaOf?.Invoke(Figures[figure]) ?? Figures[figure].Noise.Sigma;

        var report = new NoiseReport { Rho = Rho.Value, GroupsPerUnit = _limits.GroupsPerUnit, RowsPerGroup = _limits.RowsPerGroup, KeyThreshold = KeyThreshold, Delta = Delta };
        for (var index = 0; index < _parts.Count; index++)
        {
            var (count, sum, square) = _parts[index];
            var column = new ColumnNoise { CountSigma = Sigma(count) };
            if (Figures[count].Bins is { } bins)
            {
                (column.BinSigma, column.CountSigma) = (column.CountSigma, column.CountSigma * Math.Sqrt(bins.Count));
                (column.Low, column.High, column.Step) = (bins.Edges[0], bins.Edges[^1], bins.Step);
            }

            if (sum >= 0)
            {
                var (grid, bounds) = (Figures[sum].Grid!, BoundedScan.BoundsOf(_approved.Aggregates[index], _approved.Product)!);
                (column.SumSigma, column.Middle, column.Step) = (Sigma(sum) * grid.Step, grid.Middle, grid.Step);
                (column.Low, column.High) = (bounds.Low, bounds.High);
            }

            if (square >= 0)
            {
                column.SquareSigma = Sigma(square) * Figures[square].Grid!.Step;
            }

            report.Columns.Add(column);
        }

        return report;
    }

    /// <summary>The states of one group, out of the noisy vectors.</summary>
    /// <param name="noisy">The numbers of all figures.</param>
    public PartialState[] StatesOf(ReadOnlySpan<Int128> noisy)
    {
        var states = new PartialState[_parts.Count];
        for (var index = 0; index < states.Length; index++)
        {
            var parts = _parts[index];
            var (count, sum, square) = (Figures[parts.Count], parts.Sum < 0 ? null : Figures[parts.Sum], parts.Square < 0 ? null : Figures[parts.Square]);
            var n = (long)noisy[count.First];
            states[index] = _approved.Aggregates[index].Kind == AggregateKind.Units ? new PartialState(n, n)
                : count.Bins is { } bins ? HistogramOf(bins, noisy.Slice(count.First, count.Width))
                : sum is null ? new PartialState(n)
                : square is null ? SumOf(_approved.Aggregates[index].ArgumentType!, n, noisy[sum.First], sum.Grid!)
                : MomentsOf(n, (double)noisy[sum.First] * sum.Grid!.Step, (double)noisy[square.First] * square.Grid!.Step, sum.Grid.Middle);
        }

        return states;
    }

    private static PartialState HistogramOf(ValueGrid grid, ReadOnlySpan<Int128> noisy)
    {
        var (bins, all) = (new ValueBin[grid.Count], 0L);
        for (var bin = 0; bin < bins.Length; bin++)
        {
            bins[bin] = new ValueBin(grid.Edges[bin], grid.Edges[bin + 1], (long)noisy[bin]);
            all += bins[bin].Count;
        }

        return new PartialState(all, Bins: bins);
    }

    // Σx = Σ(x - middle) + middle·n; whole where the grid is that of the type.
    private static PartialState SumOf(ColumnType type, long count, Int128 sum, IntegerGrid grid)
    {
        if (type.Kind == TypeKind.Double)
        {
            return new PartialState(count, X: ((double)sum * grid.Step) + (grid.Middle * count));
        }

        var unit = UnitOf(type);
        return new PartialState(count, grid.Step == unit
            ? sum + ((Int128)Math.Round(grid.Middle / unit) * count)
            : (Int128)Math.Round((((double)sum * grid.Step) + (grid.Middle * count)) / unit));
    }

    // About zero, as the normal form has it; an asker's own shift is applied when the answer is given.
    private static PartialState MomentsOf(long count, double sum, double squares, double middle) =>
        new(count, X: sum + (middle * count), XX: squares + (2 * middle * sum) + (middle * middle * count));
}
