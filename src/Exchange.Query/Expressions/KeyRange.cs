using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Merging;
using Exchange.Query.Products;

namespace Exchange.Query.Expressions;

/// <summary>The values that rows of one key can have: one, or those from <c>low</c> up to but not including <c>high</c>; null for no end.</summary>
internal sealed class KeyRange
{
    private readonly Column? _column;
    private readonly object? _low;
    private readonly object? _high;
    private readonly bool _whole;

    private KeyRange(Column? column, object? key, object? low, object? high, bool whole) => (_column, Key, _low, _high, _whole) = (column, key, low, high, whole);

    /// <summary>Whether it is one value.</summary>
    public bool IsPoint => _column is null;

    /// <summary>As in a cell's key; only of a single value.</summary>
    public object? Key { get; }

    /// <summary>A single value.</summary>
    public static KeyRange OfPoint(object key, ColumnType type) => new(null, key, ReleasedValues.OfKey(key, type), null, false);

    /// <summary>The values of a column in the rows of its dimension's key.</summary>
    public static KeyRange OfColumn(Column column, object key)
    {
        if (column.Cuts.Count > 0)
        {
            var bucket = (int)(long)key;
            return new KeyRange(
                column, null, bucket == 0 ? null : column.Cuts[bucket - 1], bucket == column.Cuts.Count ? null : column.Cuts[bucket], column.Type.Kind == TypeKind.Int);
        }

        if (column.Grain == Grain.Unspecified || (column.Grain == Grain.Day && column.Type.Kind == TypeKind.Date))
        {
            return OfPoint(key, column.Type);
        }

        var (low, high) = ((long)key, CalendarUnits.Next((long)key, column.Grain));
        return column.Grain == Grain.Hour ? new KeyRange(column, null, low, high, false)
            : column.Type.Kind == TypeKind.Date ? new KeyRange(column, null, low, high, true)
            : new KeyRange(column, null, low * CalendarUnits.MicrosecondsPerDay, high * CalendarUnits.MicrosecondsPerDay, false);
    }

    /// <summary>Whether the values equal the constant.</summary>
    /// <exception cref="Protocol.Errors.ExchangeException"><c>FILTER_BETWEEN_CUTS</c> when some do and some do not, or may.</exception>
    public bool IsEqual(object constant)
    {
        if (IsPoint)
        {
            return Order(_low!, constant) == 0;
        }

        var outside = (_low is not null && Order(constant, _low) < 0) || (_high is not null && Order(constant, _high) >= 0);
        return outside ? false : throw KeyConditions.Between(_column!);
    }

    /// <summary>Whether the values lie below the constant, or at it where that is asked.</summary>
    /// <exception cref="Protocol.Errors.ExchangeException"><c>FILTER_BETWEEN_CUTS</c> when some do and some do not, or may.</exception>
    public bool IsBelow(object constant, bool orAt)
    {
        if (IsPoint)
        {
            var order = Order(_low!, constant);
            return order < 0 || (orAt && order == 0);
        }

        // Of whole numbers and days, at most x is below the next one.
        var limit = orAt && _whole ? Successor(constant) : constant;
        var inclusive = orAt && !_whole;
        if (_high is not null && Order(_high, limit) <= 0)
        {
            return true;
        }

        var none = _low is not null && Order(_low, limit) is var order2 && (inclusive ? order2 > 0 : order2 >= 0);
        return none ? false : throw KeyConditions.Between(_column!);
    }

    private static object Successor(object constant) => constant switch
    {
        Int128 number => number + 1,
        long day => day + 1,
        ExactDecimal number => number.FloorTo(0).Floor + new ExactDecimal(1, 0),
        double number => Math.Floor(number) + 1,
        _ => constant,
    };

    private static int Order(object one, object other) => (one, other) switch
    {
        (Int128 a, Int128 b) => a.CompareTo(b),
        (ExactDecimal a, ExactDecimal b) => a.CompareTo(b),
        (Int128 a, ExactDecimal b) => new ExactDecimal(a, 0).CompareTo(b),
        (ExactDecimal a, Int128 b) => a.CompareTo(new ExactDecimal(b, 0)),
        (Int128 or ExactDecimal or double, Int128 or ExactDecimal or double) => ToDouble(one).CompareTo(ToDouble(other)),
        _ => ReleasedValues.Compare(one, other),
    };

    private static double ToDouble(object value) => value switch
    {
        Int128 number => (double)number,
        ExactDecimal number => number.ToDouble(),
        _ => (double)value,
    };
}
