using Exchange.Protocol.Query.V1;
using Exchange.Query.Execution;

namespace Exchange.Query.Merging;

/// <summary>States of one aggregate ↔ one column of the answer.</summary>
internal static class StateColumns
{
    /// <summary>Most values behind one cell: with it, sums of ints of 10,000 owners stay within 128 bits.</summary>
    public const long CountMax = 1_000_000_000_000;

    public static StateColumn Encode(StateType type, IReadOnlyList<ReleasedCell> cells, int index)
    {
        var column = new StateColumn();
        var (moments, comoments) = (type.Kind >= AggregateKind.Moments, type.Kind == AggregateKind.Comoments);
        foreach (var cell in cells)
        {
            ref readonly var state = ref cell.States[index];
            column.Counts.Add(state.Count);
            if (type.IsExact)
            {
                column.ExactHigh.Add((long)(state.Exact >> 64));
                column.ExactLow.Add(unchecked((ulong)state.Exact));
            }
            else if (type.Kind >= AggregateKind.Sum)
            {
                column.X.Add(state.X);
            }

            if (moments)
            {
                column.Xx.Add(state.XX);
            }

            if (comoments)
            {
                column.Y.Add(state.Y);
                column.Yy.Add(state.YY);
                column.Xy.Add(state.XY);
            }
        }

        return column;
    }

    /// <summary>Checks every state of a peer's column.</summary>
    public static void Check(StateColumn column, StateType type, int count, bool isNoisy)
    {
        int Expected(bool filled) => filled ? count : 0;

        var (sum, moments, comoments) = (type.Kind >= AggregateKind.Sum, type.Kind >= AggregateKind.Moments, type.Kind == AggregateKind.Comoments);
        AnswerCodec.Require(
            column.Counts.Count == count
            && column.ExactHigh.Count == Expected(type.IsExact) && column.ExactLow.Count == Expected(type.IsExact)
            && column.X.Count == Expected(sum && !type.IsExact) && column.Xx.Count == Expected(moments)
            && column.Y.Count == Expected(comoments) && column.Yy.Count == Expected(comoments) && column.Xy.Count == Expected(comoments),
            "has a state column of the wrong kind or length");
        for (var i = 0; i < count; i++)
        {
            Check(At(column, type, i), isNoisy);
        }
    }

    /// <summary>A checked state.</summary>
    public static PartialState At(StateColumn column, StateType type, int index)
    {
        var (moments, comoments) = (type.Kind >= AggregateKind.Moments, type.Kind == AggregateKind.Comoments);
        return new PartialState(
            column.Counts[index],
            type.IsExact ? new Int128(unchecked((ulong)column.ExactHigh[index]), column.ExactLow[index]) : 0,
            type.Kind >= AggregateKind.Sum && !type.IsExact ? column.X[index] : 0,
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
