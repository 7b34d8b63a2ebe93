using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Query.Merging;

/// <summary>States of one aggregate ↔ one column of the answer.</summary>
internal static class StateColumns
{
    /// <summary>Most values behind one cell: with it, sums of ints of 10,000 owners stay within 128 bits.</summary>
    public const long CountMax = 1_000_000_000_000;

    /// <summary>Most bins of one aggregate in all cells together.</summary>
    public const int BinsMax = 100 * ValueGrid.BinsMax;

    /// <exception cref="ExchangeException"><c>TOO_MANY_GROUPS</c> where the cells have more bins than an answer holds.</exception>
    public static StateColumn Encode(StateType type, IReadOnlyList<ReleasedCell> cells, int index)
    {
        var column = new StateColumn();
        var comoments = type.Kind == AggregateKind.Comoments;
        foreach (var cell in cells)
        {
            ref readonly var state = ref cell.States[index];
            column.Counts.Add(state.Count);
            if (type.IsExact)
            {
                column.ExactHigh.Add((long)(state.Exact >> 64));
                column.ExactLow.Add(unchecked((ulong)state.Exact));
            }
            else if (type.HasSum)
            {
                column.X.Add(state.X);
            }

            if (type.HasMoments)
            {
                column.Xx.Add(state.XX);
            }

            if (comoments)
            {
                column.Y.Add(state.Y);
                column.Yy.Add(state.YY);
                column.Xy.Add(state.XY);
            }

            if (type.Kind == AggregateKind.Units)
            {
                column.Least.Add((long)state.Exact);
            }

            if (type.HasBins)
            {
                AddBins(column, type, state.Bins ?? []);
            }
        }

        if (column.BinLow.Count > BinsMax)
        {
            throw Reasons.TooManyGroups.Because($"The groups of the question have more than {BinsMax} bins of a histogram.", "Group by fewer or coarser columns.");
        }

        if (column.BinErrors.All(error => error == 0))
        {
            column.BinErrors.Clear();
        }

        return column;
    }

    private static void AddBins(StateColumn column, StateType type, IReadOnlyList<ValueBin> bins)
    {
        column.Bins.Add(bins.Count);
        foreach (var bin in bins)
        {
            column.BinLow.Add(bin.Low);
            column.BinHigh.Add(bin.High);
            if (type.Kind == AggregateKind.Histogram)
            {
                column.BinCounts.Add(bin.Count);
                column.BinErrors.Add(bin.Error);
            }
        }
    }

    /// <summary>Checks every state of a peer's column.</summary>
    public static void Check(StateColumn column, StateType type, int count, bool isNoisy)
    {
        int Expected(bool filled) => filled ? count : 0;

        var comoments = type.Kind == AggregateKind.Comoments;
        AnswerCodec.Require(
            column.Counts.Count == count
            && column.ExactHigh.Count == Expected(type.IsExact) && column.ExactLow.Count == Expected(type.IsExact)
            && column.X.Count == Expected(type.HasSum) && column.Xx.Count == Expected(type.HasMoments)
            && column.Y.Count == Expected(comoments) && column.Yy.Count == Expected(comoments) && column.Xy.Count == Expected(comoments)
            && column.Least.Count == Expected(type.Kind == AggregateKind.Units) && column.Bins.Count == Expected(type.HasBins),
            "has a state column of the wrong kind or length");
        CheckBins(column, type, isNoisy);
        for (var i = 0; i < count; i++)
        {
            Check(Without(column, type, i), isNoisy);
            if (type.Kind == AggregateKind.Units)
            {
                AnswerCodec.Require(isNoisy ? column.Least[i] == column.Counts[i] : column.Least[i] >= 0 && column.Least[i] <= column.Counts[i], "counts more units at least than at most");
            }
        }
    }

    private static void CheckBins(StateColumn column, StateType type, bool isNoisy)
    {
        var (all, at) = (0L, 0);
        foreach (var bins in column.Bins)
        {
            AnswerCodec.Require(bins >= 0 && (type.Kind != AggregateKind.Range || bins is 0 or 2), "has a number of bins that cannot be");
            all += bins;
        }

        var counted = type.Kind == AggregateKind.Histogram ? all : 0;
        AnswerCodec.Require(
            all <= BinsMax && column.BinLow.Count == all && column.BinHigh.Count == all && column.BinCounts.Count == counted
            && (column.BinErrors.Count == 0 || column.BinErrors.Count == counted), "has bins without an edge or a count, or too many");
        for (var i = 0; i < all; i++)
        {
            AnswerCodec.Require(double.IsFinite(column.BinLow[i]) && double.IsFinite(column.BinHigh[i]) && column.BinLow[i] <= column.BinHigh[i], "has a bin whose edges cannot be");
        }

        if (isNoisy)
        {
            CheckGrid(column, type.NoisyGrid);
        }

        for (var i = 0; i < counted; i++)
        {
            AnswerCodec.Require(column.BinCounts[i] <= CountMax && column.BinCounts[i] >= (isNoisy ? -CountMax : 0) && (column.BinErrors.Count == 0 || column.BinErrors[i] is >= 0 and <= CountMax), "has a count that cannot be");
        }

        for (var cell = 0; cell < column.Bins.Count; cell++)
        {
            var values = 0L;
            for (var end = at + column.Bins[cell]; at < end; at++)
            {
                values += counted == 0 ? 0 : column.BinCounts[at];
            }

            // Rounded counts need not add up.
            AnswerCodec.Require(counted == 0 || column.BinErrors.Count > 0 || values == column.Counts[cell], "has bins that do not hold its values");
            AnswerCodec.Require(type.Kind != AggregateKind.Range || column.Counts[cell] == column.Bins[cell] / 2, "has bins that do not hold its values");
        }
    }

    // Every bin of the grid is there, whether anything is in it or not.
    private static void CheckGrid(StateColumn column, ValueGrid? grid)
    {
        AnswerCodec.Require(column.Bins.All(bins => bins == grid?.Count) && column.BinErrors.Count == 0, "has noisy bins that are not those of the grid");
        for (var i = 0; i < column.BinLow.Count; i++)
        {
            var bin = i % grid!.Count;
            AnswerCodec.Require(column.BinLow[i] == grid.Edges[bin] && column.BinHigh[i] == grid.Edges[bin + 1], "has noisy bins that are not those of the grid");
        }
    }

    /// <summary>Where the bins of each cell begin, of a checked column.</summary>
    public static int[] BinStarts(StateColumn column)
    {
        var (starts, next) = (new int[column.Bins.Count], 0);
        for (var cell = 0; cell < starts.Length; cell++)
        {
            starts[cell] = next;
            next += column.Bins[cell];
        }

        return starts;
    }

    /// <summary>A checked state.</summary>
    public static PartialState At(StateColumn column, StateType type, int index, int[] binStarts) =>
        type.HasBins ? Without(column, type, index) with { Bins = BinsAt(column, type, index, binStarts[index]) } : Without(column, type, index);

    private static ValueBin[] BinsAt(StateColumn column, StateType type, int index, int start)
    {
        var bins = new ValueBin[column.Bins[index]];
        for (var i = 0; i < bins.Length; i++)
        {
            var counted = type.Kind == AggregateKind.Histogram;
            bins[i] = new ValueBin(column.BinLow[start + i], column.BinHigh[start + i], counted ? column.BinCounts[start + i] : 0,
                counted && column.BinErrors.Count > 0 ? column.BinErrors[start + i] : 0);
        }

        return bins;
    }

    /// <summary>The state but for its bins.</summary>
    private static PartialState Without(StateColumn column, StateType type, int index)
    {
        var (moments, comoments) = (type.HasMoments, type.Kind == AggregateKind.Comoments);
        return new PartialState(
            column.Counts[index],
            type.IsExact ? new Int128(unchecked((ulong)column.ExactHigh[index]), column.ExactLow[index])
                : type.Kind == AggregateKind.Units ? column.Least[index] : 0,
            type.HasSum ? column.X[index] : 0,
            comoments ? column.Y[index] : 0,
            moments ? column.Xx[index] : 0,
            comoments ? column.Yy[index] : 0,
            comoments ? column.Xy[index] : 0);
    }

    private static void Check(in PartialState state, bool isNoisy)
    {
        AnswerCodec.Require(state.Count is >= 0 and <= CountMax || (isNoisy && state.Count is < 0 and >= -CountMax), "has a count that cannot be");
        AnswerCodec.Require(
            double.IsFinite(state.X) && double.IsFinite(state.Y) && double.IsFinite(state.XX) && double.IsFinite(state.YY) && double.IsFinite(state.XY),
            "has a number that is not finite");
        if (isNoisy)
        {
            return;
        }

        AnswerCodec.Require(state.XX >= 0 && state.YY >= 0, "has a negative sum of squares");
        AnswerCodec.Require(state.Count > 0 || (state.Exact == 0 && state.X == 0 && state.Y == 0 && state.XX == 0 && state.YY == 0 && state.XY == 0),
            "has a sum of no values");
    }
}
