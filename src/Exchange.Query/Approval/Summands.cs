using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Google.Protobuf;

namespace Exchange.Query.Approval;

/// <summary>
/// What a sum of a value tells, apart from constants: SUM(x + 1000000) is SUM(x) and a count in other words, and large constants
/// would make everybody's contribution look alike. A value is multiplied out, constants that are added or multiplied are left off,
/// and what remains must pass, each summand by itself and all together, since the asker may have the others' sums from elsewhere.
/// </summary>
internal static class Summands
{
    private const int Max = 128;

    private readonly record struct Summand(Expression Value, bool IsConstant);

    /// <summary>The values, none of which is a constant; empty for a constant. A value has no CASE.</summary>
    public static IEnumerable<Expression> Of(Expression value)
    {
        var varying = Varying(value);
        foreach (var summand in varying)
        {
            yield return WithoutFactors(summand.Value);
        }

        if (varying.Count > 1)
        {
            yield return All(varying);
        }

        // 1 / (x + 100000) is nearly a constant minus a multiple of x: what stands in a divisor must pass by itself.
        if (HasVaryingDivisor(value))
        {
            foreach (var column in ColumnsOf(value).Distinct())
            {
                yield return column;
                if (DividesByQuotient(value))
                {
                    // x / (1 / x) is a square.
                    yield return Product(column, column);
                }
            }
        }
    }

    /// <summary>
    /// What a sum of products of two values tells beside their own sums: the products of their parts, and that of all. Constants that
    /// are added change nothing of that.
    /// </summary>
    public static IEnumerable<Expression> OfProduct(Expression first, Expression second)
    {
        var (left, right) = (Varying(first), Varying(second));
        if (left.Count == 0 || right.Count == 0)
        {
            return [];
        }

        var parts = Products(left, right).Select(part => WithoutFactors(part.Value));
        return [.. parts.Append(Product(All(left), All(right))).Distinct()];
    }

    /// <summary>The product of two values as <see cref="Of"/> writes it.</summary>
    public static Expression Product(Expression first, Expression second) => WithoutFactors(Join(Operator.Multiply, first, second));

    /// <summary>Whether a divisor is computed from columns: the value is NULL where it is zero.</summary>
    public static bool HasVaryingDivisor(Expression value) => value.KindCase == Expression.KindOneofCase.Call
        && ((value.Call.Operator == Operator.Divide && ColumnsOf(value.Call.Arguments[1]).Any()) || value.Call.Arguments.Any(HasVaryingDivisor));

    private static bool DividesByQuotient(Expression value) => value.KindCase == Expression.KindOneofCase.Call
        && ((value.Call.Operator == Operator.Divide && HasVaryingDivisor(value.Call.Arguments[1])) || value.Call.Arguments.Any(DividesByQuotient));

    /// <summary>A value without the constants that are added to it, and where it is one summand, without those that it is multiplied by; null for a constant.</summary>
    public static Expression? Total(Expression value) => Varying(value) switch
    {
        [] => null,
        [var only] => WithoutFactors(only.Value),
        var several => All(several),
    };

    private static List<Summand> Varying(Expression value) => [.. Expand(value).Where(summand => !summand.IsConstant)];

    private static Expression All(List<Summand> summands) => summands.Select(summand => summand.Value).Aggregate((x, y) => Join(Operator.Add, x, y));

    private static List<Summand> Expand(Expression value)
    {
        if (value.KindCase != Expression.KindOneofCase.Call)
        {
            return [new Summand(value, value.KindCase == Expression.KindOneofCase.Literal)];
        }

        var call = value.Call;
        var left = Expand(call.Arguments[0]);
        List<Summand> summands = call.Operator switch
        {
            Operator.Add => [.. left, .. Expand(call.Arguments[1])],
            Operator.Subtract => [.. left, .. Expand(call.Arguments[1]).Select(Negated)],
            Operator.Negate => [.. left.Select(Negated)],
            Operator.Multiply => Products(left, Expand(call.Arguments[1])),
            Operator.Divide => [.. left.Select(one => new Summand(Join(Operator.Divide, one.Value, call.Arguments[1]), one.IsConstant && !ColumnsOf(call.Arguments[1]).Any()))],
            _ => [new Summand(value, false)],
        };
        return summands.Count <= Max ? summands : throw TooMany();
    }

    private static List<Summand> Products(List<Summand> left, List<Summand> right) => left.Count * right.Count > Max
        ? throw TooMany()
        : [.. left.SelectMany(_ => right, (x, y) => new Summand(Join(Operator.Multiply, x.Value, y.Value), x.IsConstant && y.IsConstant))];

    private static Summand Negated(Summand summand) => summand with { Value = Join(Operator.Negate, summand.Value) };

    /// <summary>Who contributes how much of a sum does not depend on constant factors, nor on the order of the others.</summary>
    private static Expression WithoutFactors(Expression value) => FactorsOf(value) switch
    {
        [] => value,
        [var only] => only,
        var factors => factors.OrderBy(factor => factor.ToByteString().ToBase64(), StringComparer.Ordinal).Aggregate((x, y) => Join(Operator.Multiply, x, y)),
    };

    /// <summary>What a value is the product of, but for constants.</summary>
    public static IReadOnlyList<Expression> FactorsOf(Expression value)
    {
        if (value.KindCase != Expression.KindOneofCase.Call)
        {
            return value.KindCase == Expression.KindOneofCase.Literal ? [] : [value];
        }

        var arguments = value.Call.Arguments;
        return value.Call.Operator switch
        {
            Operator.Negate => FactorsOf(arguments[0]),
            Operator.Multiply => [.. FactorsOf(arguments[0]), .. FactorsOf(arguments[1])],
            Operator.Divide when !ColumnsOf(arguments[1]).Any() => FactorsOf(arguments[0]),
            _ => ColumnsOf(value).Any() ? [value] : [],
        };
    }

    /// <summary>Whether the sum of a value follows from those of its columns.</summary>
    public static bool IsLinear(Expression value) => DegreeOf(value) == 1 && !HasVaryingDivisor(value);

    /// <summary>How many factors a value is made of, at most.</summary>
    public static int DegreeOf(Expression value)
    {
        if (value.KindCase != Expression.KindOneofCase.Call)
        {
            return value.KindCase == Expression.KindOneofCase.Column ? 1 : 0;
        }

        var degrees = value.Call.Arguments.Select(DegreeOf).ToList();
        return value.Call.Operator switch
        {
            Operator.Multiply => degrees.Sum(),
            Operator.Divide when HasVaryingDivisor(value.Call.Arguments[1]) => degrees.Sum(),
            Operator.Divide => degrees[0],
            _ => degrees.Max(),
        };
    }

    /// <summary>The columns in a value, as often as they occur.</summary>
    public static IEnumerable<Expression> ColumnsOf(Expression value) => value.KindCase switch
    {
        Expression.KindOneofCase.Column => [value],
        Expression.KindOneofCase.Call => value.Call.Arguments.SelectMany(ColumnsOf),
        _ => [],
    };

    private static Expression Join(Operator function, params Expression[] arguments) =>
        new() { Call = new Call { Operator = function, Arguments = { arguments } } };

    private static ExchangeException TooMany() => Reasons.TooManyConditions.Because($"A value of the plan has more than {Max} summands when it is multiplied out.",
        "Ask for the parts of the value by themselves.");
}
