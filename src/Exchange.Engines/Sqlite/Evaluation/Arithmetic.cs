using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Engines.Sqlite.Evaluation;

/// <summary>Sum, difference or product of two ints. An overflow is told, never a wrong number.</summary>
internal sealed class WholeArithmetic(Operator sign, Scalar left, Scalar right, Overflow overflow) : Scalar(TypeKind.Int)
{
    public override bool TryWhole(out long value)
    {
        value = 0;
        if (!left.TryWhole(out var first) || !right.TryWhole(out var second))
        {
            return false;
        }

        // Of two numbers of 64 bits, within 128.
        var exact = sign switch
        {
            Operator.Add => (Int128)first + second,
            Operator.Subtract => (Int128)first - second,
            _ => (Int128)first * second,
        };
        value = unchecked((long)exact);
        return value == exact || overflow.Tell();
    }
}

/// <summary>Sum, difference or product with a decimal in it, exactly.</summary>
internal sealed class ExactArithmetic(Operator sign, Scalar left, Scalar right, Overflow overflow)
    : Scalar(TypeKind.Decimal, sign == Operator.Multiply ? left.Scale + right.Scale : Math.Max(left.Scale, right.Scale))
{
    public override bool TryExact(out Int128 value)
    {
        value = 0;
        if (!left.TryExact(out var first) || !right.TryExact(out var second))
        {
            return false;
        }

        return sign == Operator.Multiply
            ? overflow.TryMultiply(first, second, out value)
            : overflow.TryMultiply(first, Decimals.PowerOfTen(Scale - left.Scale), out first)
                && overflow.TryMultiply(second, Decimals.PowerOfTen(Scale - right.Scale), out second)
                && overflow.TryAdd(first, second, sign == Operator.Subtract, out value);
    }
}

/// <summary>Arithmetic with a double in it, and every quotient. NULL where the divisor is zero.</summary>
internal sealed class RealArithmetic(Operator sign, Scalar left, Scalar right) : Scalar(TypeKind.Double)
{
    public override bool TryReal(out double value)
    {
        value = 0;
        if (!left.TryReal(out var first) || !right.TryReal(out var second) || (sign == Operator.Divide && second == 0))
        {
            return false;
        }

        value = sign switch
        {
            Operator.Add => first + second,
            Operator.Subtract => first - second,
            Operator.Multiply => first * second,
            _ => first / second,
        };
        return true;
    }
}

/// <summary>The number with its sign turned.</summary>
internal sealed class Negation(Scalar argument, Overflow overflow) : Scalar(argument.Kind, argument.Scale)
{
    public override bool TryWhole(out long value)
    {
        var present = argument.TryWhole(out value);
        var hasRoom = value != long.MinValue;
        value = unchecked(-value);
        return hasRoom ? present : overflow.Tell();
    }

    public override bool TryExact(out Int128 value)
    {
        var present = argument.TryExact(out value);
        value = -value;
        return present;
    }

    public override bool TryReal(out double value)
    {
        var present = argument.TryReal(out value);
        value = -value;
        return present;
    }
}
