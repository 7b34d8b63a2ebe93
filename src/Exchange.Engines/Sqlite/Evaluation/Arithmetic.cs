using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Engines.Sqlite.Evaluation;

/// <summary>Sum, difference or product of two ints. An overflow is an error, never a wrong number.</summary>
internal sealed class WholeArithmetic(Operator sign, Scalar left, Scalar right) : Scalar(TypeKind.Int)
{
    public override bool TryWhole(out long value)
    {
        value = 0;
        if (!left.TryWhole(out var first) || !right.TryWhole(out var second))
        {
            return false;
        }

        value = checked(sign switch
        {
            Operator.Add => first + second,
            Operator.Subtract => first - second,
            _ => first * second,
        });
        return true;
    }
}

/// <summary>Sum, difference or product with a decimal in it, exactly.</summary>
internal sealed class ExactArithmetic(Operator sign, Scalar left, Scalar right)
    : Scalar(TypeKind.Decimal, sign == Operator.Multiply ? left.Scale + right.Scale : Math.Max(left.Scale, right.Scale))
{
    public override bool TryExact(out Int128 value)
    {
        value = 0;
        if (!left.TryExact(out var first) || !right.TryExact(out var second))
        {
            return false;
        }

        checked
        {
            if (sign == Operator.Multiply)
            {
                value = first * second;
                return true;
            }

            first *= Decimals.PowerOfTen(Scale - left.Scale);
            second *= Decimals.PowerOfTen(Scale - right.Scale);
            value = sign == Operator.Add ? first + second : first - second;
            return true;
        }
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
internal sealed class Negation(Scalar argument) : Scalar(argument.Kind, argument.Scale)
{
    public override bool TryWhole(out long value)
    {
        var present = argument.TryWhole(out value);
        value = checked(-value);
        return present;
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
