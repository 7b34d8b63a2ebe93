using Exchange.Protocol.Query.V1;
using Exchange.Query.Execution;

namespace Exchange.Query.Merging;

/// <summary>States of one aggregate ↔ one column of the answer.</summary>
internal static class StateColumns
{
    /// <summary>Most values behind one cell: with it, sums of ints of 10,000 owners stay within 128 bits.</summary>
    private const long CountMax = 1_000_000_000_000;

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

    public static void Decode(StateColumn column, StateType type, ReleasedCell[] cells, int index)
    {
        int Expected(bool filled) => filled ? cells.Length : 0;

        var (sum, moments, comoments) = (type.Kind >= AggregateKind.Sum, type.Kind >= AggregateKind.Moments, type.Kind == AggregateKind.Comoments);
        AnswerCodec.Require(
            column.Counts.Count == cells.Length
            && column.ExactHigh.Count == Expected(type.IsExact) && column.ExactLow.Count == Expected(type.IsExact)
            && column.X.Count == Expected(sum && !type.IsExact) && column.Xx.Count == Expected(moments)
            && column.Y.Count == Expected(comoments) && column.Yy.Count == Expected(comoments) && column.Xy.Count == Expected(comoments),
            "has a state column of the wrong kind or length");
        for (var i = 0; i < cells.Length; i++)
        {
            var state = new PartialState(
                column.Counts[i],
                type.IsExact ? new Int128(unchecked((ulong)column.ExactHigh[i]), column.ExactLow[i]) : 0,
                sum && !type.IsExact ? column.X[i] : 0,
                comoments ? column.Y[i] : 0,
                moments ? column.Xx[i] : 0,
                comoments ? column.Yy[i] : 0,
                comoments ? column.Xy[i] : 0);
            Check(state);
            cells[i].States[index] = state;
        }
    }

    private static void Check(in PartialState state)
    {
        AnswerCodec.Require(state.Count is >= 0 and <= CountMax, "has a count that cannot be");
        AnswerCodec.Require(
            double.IsFinite(state.X) && double.IsFinite(state.Y) && double.IsFinite(state.XX) && double.IsFinite(state.YY) && double.IsFinite(state.XY),
            "has a number that is not finite");
        AnswerCodec.Require(state.XX >= 0 && state.YY >= 0, "has a negative sum of squares");
        AnswerCodec.Require(state.Count > 0 || (state.Exact == 0 && state.X == 0 && state.Y == 0 && state.XX == 0 && state.YY == 0 && state.XY == 0),
            "has a sum of no values");
    }
}
