using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;

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
        var varying = Expand(value).Where(summand => !summand.IsConstant).Select(summand => summand.Value).ToList();
        foreach (var summand in varying)
        {
            yield return WithoutFactors(summand);
        }

        if (varying.Count > 1)
        {
            yield return varying.Aggregate((x, y) => Join(Operator.Add, x, y));
        }

        // 1 / (x + 100000) is nearly a constant minus a multiple of x: what stands in a divisor must pass by itself.
        if (HasVaryingDivisor(value))
        {
            foreach (var column in ColumnsOf(value))
            {
                yield return column;
            }
        }
    }

    /// <summary>Whether a divisor is computed from columns: the value is NULL where it is zero.</summary>
    public static bool HasVaryingDivisor(Expression value) => value.KindCase == Expression.KindOneofCase.Call
        && ((value.Call.Operator == Operator.Divide && ColumnsOf(value.Call.Arguments[1]).Any()) || value.Call.Arguments.Any(HasVaryingDivisor));

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

    /// <summary>Who contributes how much of a sum does not depend on constant factors.</summary>
    private static Expression WithoutFactors(Expression value)
    {
        if (value.KindCase != Expression.KindOneofCase.Call)
        {
            return value;
        }

        var arguments = value.Call.Arguments;
        return value.Call.Operator switch
        {
            Operator.Negate => WithoutFactors(arguments[0]),
            Operator.Multiply when !ColumnsOf(arguments[0]).Any() => WithoutFactors(arguments[1]),
            Operator.Multiply or Operator.Divide when !ColumnsOf(arguments[1]).Any() => WithoutFactors(arguments[0]),
            _ => value,
        };
    }

    private static IEnumerable<Expression> ColumnsOf(Expression value) => value.KindCase switch
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
