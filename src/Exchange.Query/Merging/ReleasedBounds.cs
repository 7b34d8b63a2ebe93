using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Expressions;

namespace Exchange.Query.Merging;

/// <summary>Interval arithmetic over released figures (Moore 1966): what is computed from estimates lies between what it gives.</summary>
internal static class ReleasedBounds
{
    /// <summary>Between which numbers the value of the expression lies; null where it is exact, or NULL.</summary>
    /// <param name="expression">Keys, figures and arithmetic.</param>
    /// <param name="row">Their values.</param>
    /// <param name="isUnbounded">Whether it divides by an estimate that may be zero, so that nothing is known of it.</param>
    public static FigureBounds? Of(BoundExpression expression, ReleasedRow row, out bool isUnbounded)
    {
        isUnbounded = false;
        switch (expression)
        {
            case BoundFigure figure:
                return row.Bounds?[figure.Index];
            case BoundCall { Operator: Operator.Negate } call:
                return Of(call.Arguments[0], row, out isUnbounded) is { } negated ? new FigureBounds(-negated.High, -negated.Low) : null;
            case BoundCall { Operator: >= Operator.Add and <= Operator.Divide } call:
                return OfPair(call, row, out isUnbounded);
            default:
                return null;
        }
    }

    private static FigureBounds? OfPair(BoundCall call, ReleasedRow row, out bool isUnbounded)
    {
        var (left, right) = (Of(call.Arguments[0], row, out isUnbounded), Of(call.Arguments[1], row, out var alsoUnbounded));
        isUnbounded |= alsoUnbounded;
        if (isUnbounded || (left is null && right is null)
            || (left ?? Exactly(call.Arguments[0], row)) is not { } x || (right ?? Exactly(call.Arguments[1], row)) is not { } y)
        {
            return null;
        }

        if (call.Operator == Operator.Divide && y.Low <= 0 && y.High >= 0)
        {
            isUnbounded = right is not null;
            return null;
        }

        double[] ends = call.Operator switch
        {
            Operator.Add => [x.Low + y.Low, x.High + y.High],
            Operator.Subtract => [x.Low - y.High, x.High - y.Low],
            Operator.Multiply => [x.Low * y.Low, x.Low * y.High, x.High * y.Low, x.High * y.High],
            _ => [x.Low / y.Low, x.Low / y.High, x.High / y.Low, x.High / y.High],
        };
        // Rounded away from each other, since each end was rounded to the nearest.
        return new FigureBounds(Math.BitDecrement(ends.Min()), Math.BitIncrement(ends.Max()));
    }

    private static FigureBounds? Exactly(BoundExpression expression, ReleasedRow row) => ReleasedEvaluator.Evaluate(expression, row) switch
    {
        Int128 number => new FigureBounds((double)number, (double)number),
        ExactDecimal number => new FigureBounds(number.ToDouble(), number.ToDouble()),
        double number => new FigureBounds(number, number),
        _ => null,
    };
}
