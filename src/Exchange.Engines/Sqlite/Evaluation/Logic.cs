using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Engines.Sqlite.Evaluation;

/// <summary>AND and OR in three-valued logic.</summary>
internal sealed class Junction(bool isAnd, Scalar[] arguments) : Scalar(TypeKind.Bool)
{
    public override bool TryWhole(out long value)
    {
        var known = true;
        foreach (var argument in arguments)
        {
            if (!argument.TryWhole(out var truth))
            {
                known = false;
            }
            else if ((truth != 0) != isAnd)
            {
                value = truth;
                return true;
            }
        }

        value = isAnd ? 1 : 0;
        return known;
    }
}

/// <summary>NOT.</summary>
internal sealed class Denial(Scalar argument) : Scalar(TypeKind.Bool)
{
    public override bool TryWhole(out long value)
    {
        var present = argument.TryWhole(out value);
        value = value == 0 ? 1 : 0;
        return present;
    }
}

/// <summary>IS NULL and IS NOT NULL; never NULL itself.</summary>
internal sealed class NullTest(Scalar argument, bool expected) : Scalar(TypeKind.Bool)
{
    public override bool TryWhole(out long value)
    {
        value = argument.IsNull() == expected ? 1 : 0;
        return true;
    }
}

/// <summary>Compares two values of one type; numbers of different kinds by their value, texts by their UTF-8 bytes.</summary>
internal sealed class Comparison(Operator sign, Scalar left, Scalar right, Overflow overflow) : Scalar(TypeKind.Bool)
{
    private readonly Func<Scalar, Scalar, int?> _compare = Comparer(left, right, overflow);

    public override bool TryWhole(out long value)
    {
        var order = _compare(left, right);
        value = order is { } known && sign switch
        {
            Operator.Equal => known == 0,
            Operator.NotEqual => known != 0,
            Operator.Less => known < 0,
            Operator.LessOrEqual => known <= 0,
            Operator.Greater => known > 0,
            _ => known >= 0,
        } ? 1 : 0;
        return order is not null;
    }

    private static Func<Scalar, Scalar, int?> Comparer(Scalar left, Scalar right, Overflow overflow)
    {
        if (left.Kind == TypeKind.String)
        {
            return Texts;
        }

        if (left.Kind == TypeKind.Double || right.Kind == TypeKind.Double)
        {
            return Reals;
        }

        return left.Kind == TypeKind.Decimal || right.Kind == TypeKind.Decimal ? (first, second) => Exacts(first, second, overflow) : Wholes;
    }

    private static int? Texts(Scalar left, Scalar right) =>
        left.TryText(out var first) && right.TryText(out var second) ? Utf8Order.Compare(first, second) : null;

    private static int? Reals(Scalar left, Scalar right) =>
        left.TryReal(out var first) && right.TryReal(out var second) ? first.CompareTo(second) : null;

    private static int? Wholes(Scalar left, Scalar right) =>
        left.TryWhole(out var first) && right.TryWhole(out var second) ? first.CompareTo(second) : null;

    private static int? Exacts(Scalar left, Scalar right, Overflow overflow)
    {
        if (!left.TryExact(out var first) || !right.TryExact(out var second))
        {
            return null;
        }

        var scale = Math.Max(left.Scale, right.Scale);
        return overflow.TryMultiply(first, Decimals.PowerOfTen(scale - left.Scale), out first) && overflow.TryMultiply(second, Decimals.PowerOfTen(scale - right.Scale), out second)
            ? first.CompareTo(second) : null;
    }
}

/// <summary>CASE: the result of the first condition that is true.</summary>
internal sealed class Choice(TypeKind kind, int scale, (Scalar Condition, Scalar Result)[] branches, Scalar otherwise, Overflow overflow) : Scalar(kind, scale)
{
    public override bool TryWhole(out long value) => Chosen().TryWhole(out value);

    public override bool TryReal(out double value) => Chosen().TryReal(out value);

    public override bool TryText(out string value) => Chosen().TryText(out value);

    public override bool TryExact(out Int128 value)
    {
        var chosen = Chosen();
        return chosen.TryExact(out value) && overflow.TryMultiply(value, Decimals.PowerOfTen(Scale - chosen.Scale), out value);
    }

    private Scalar Chosen()
    {
        foreach (var (condition, result) in branches)
        {
            if (condition.IsTrue())
            {
                return result;
            }
        }

        return otherwise;
    }
}
