using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

namespace Exchange.Query.Expressions;

/// <summary>Interval arithmetic: between which values an expression over bounded measures must lie.</summary>
internal static class ExpressionBounds
{
    /// <summary>The bounds, or null when an operand has none, a divisor may be zero or the result is not finite.</summary>
    public static Interval? Of(Expression expression, IReadOnlyDictionary<string, Column> columns)
    {
        var bounds = expression.KindCase switch
        {
            Expression.KindOneofCase.Literal => OfLiteral(expression.Literal),
            Expression.KindOneofCase.Column => columns[expression.Column].Bounds,
            Expression.KindOneofCase.Call => OfCall(expression.Call, columns),
            Expression.KindOneofCase.CaseExpression => OfCase(expression.CaseExpression, columns),
            _ => null,
        };
        return bounds is not null && double.IsFinite(bounds.Low) && double.IsFinite(bounds.High) ? bounds : null;
    }

    private static Interval? OfLiteral(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.IntValue => Span(value.IntValue, value.IntValue),
        Value.KindOneofCase.DoubleValue => Span(value.DoubleValue, value.DoubleValue),
        Value.KindOneofCase.DecimalValue when ExactDecimal.TryParse(value.DecimalValue, out var exact) => Span(exact.ToDouble(), exact.ToDouble()),
        _ => null,
    };

    private static Interval? OfCall(Call call, IReadOnlyDictionary<string, Column> columns)
    {
        if (call.Operator is < Operator.Add or > Operator.Negate)
        {
            return null;
        }

        var left = Of(call.Arguments[0], columns);
        var right = call.Arguments.Count > 1 ? Of(call.Arguments[1], columns) : left;
        return left is null || right is null ? null : call.Operator switch
        {
            Operator.Add => Span(left.Low + right.Low, left.High + right.High),
            Operator.Subtract => Span(left.Low - right.High, left.High - right.Low),
            Operator.Multiply => Corners(left, right, (x, y) => x * y),
            Operator.Divide when right.Low > 0 || right.High < 0 => Corners(left, right, (x, y) => x / y),
            Operator.Negate => Span(-left.High, -left.Low),
            _ => null,
        };
    }

    private static Interval? OfCase(CaseExpression @case, IReadOnlyDictionary<string, Column> columns)
    {
        Interval? union = null;
        foreach (var result in @case.Branches.Select(branch => branch.Result).Append(@case.Otherwise))
        {
            if (result is null || Literals.IsNull(result))
            {
                continue;
            }

            if (Of(result, columns) is not { } bounds)
            {
                return null;
            }

            union = union is null ? bounds : Span(Math.Min(union.Low, bounds.Low), Math.Max(union.High, bounds.High));
        }

        return union;
    }

    private static Interval Corners(Interval left, Interval right, Func<double, double, double> function)
    {
        double[] corners = [function(left.Low, right.Low), function(left.Low, right.High), function(left.High, right.Low), function(left.High, right.High)];
        return Span(corners.Min(), corners.Max());
    }

    /// <summary>Adding zero turns a negative zero into the usual one.</summary>
    private static Interval Span(double low, double high) => new() { Low = low + 0.0, High = high + 0.0 };
}
