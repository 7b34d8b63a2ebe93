using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

namespace Exchange.Node.SafeTables;

/// <summary>The product of two measures, which a table tests as a measure of its own and publishes as a cross product.</summary>
internal static class CrossProduct
{
    private const int DecimalDigitsMax = 38;

    /// <summary>Products of ints below this stay within 64 bits.</summary>
    private const double IntProductMax = 1L << 62;

    /// <summary>How far bounds are moved apart: their product is rounded, and no product of values may lie outside.</summary>
    private const double BoundsMargin = 1e-12;

    /// <summary>The product; as a double where an exact one might be too large for its type.</summary>
    public static Expression Of(Column one, Column other)
    {
        var (x, y) = (new Expression { Column = one.Name }, new Expression { Column = other.Name });
        return IsExact(one, other) ? Times(x, y) : Times(Times(x, new Expression { Literal = new Value { DoubleValue = 1 } }), y);
    }

    /// <summary>Between which numbers it lies; null where one of the measures has no bounds.</summary>
    public static Interval? BoundsOf(Column one, Column other)
    {
        if (one.Bounds is not { } x || other.Bounds is not { } y)
        {
            return null;
        }

        double[] ends = [x.Low * y.Low, x.Low * y.High, x.High * y.Low, x.High * y.High];
        var (low, high) = (ends.Min(), ends.Max());
        return double.IsFinite(low) && double.IsFinite(high) ? new Interval { Low = low - (BoundsMargin * Math.Abs(low)), High = high + (BoundsMargin * Math.Abs(high)) } : null;
    }

    private static bool IsExact(Column one, Column other) => (one.Type.Kind, other.Type.Kind) switch
    {
        (TypeKind.Double, _) or (_, TypeKind.Double) => true,
        (TypeKind.Int, TypeKind.Int) => BoundsOf(one, other) is { } bounds && Math.Max(Math.Abs(bounds.Low), Math.Abs(bounds.High)) < IntProductMax,
        (TypeKind.Decimal, TypeKind.Decimal) => one.Type.Precision + other.Type.Precision <= DecimalDigitsMax,
        _ => false,
    };

    private static Expression Times(Expression left, Expression right) => new() { Call = new Call { Operator = Operator.Multiply, Arguments = { left, right } } };
}
