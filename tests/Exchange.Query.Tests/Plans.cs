using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Google.Protobuf;

namespace Exchange.Query.Tests;

/// <summary>Hand-made plans about the readings.</summary>
internal static class Plans
{
    public static Fragment Fragment(params Aggregate[] aggregates) => new()
    {
        Product = Samples.Readings.Id,
        ProductHash = ByteString.CopyFrom(Samples.Readings.Hash),
        Aggregates = { aggregates.Length > 0 ? aggregates : [new Aggregate { Kind = AggregateKind.CountRows }] },
    };

    public static Aggregate Aggregate(AggregateKind kind, string? column = null, string? second = null, Expression? filter = null) => new()
    {
        Kind = kind,
        Argument = column is null ? null : Column(column),
        SecondArgument = second is null ? null : Column(second),
        Filter = filter,
    };

    public static void Sum(Fragment fragment, Expression argument) => fragment.Aggregates[0] = new Aggregate { Kind = AggregateKind.Sum, Argument = argument };

    public static Expression Column(string name) => new() { Column = name };

    public static Expression Literal(Value value) => new() { Literal = value };

    public static Expression Double(double value) => Literal(new Value { DoubleValue = value });

    public static Expression Int(long value) => Literal(new Value { IntValue = value });

    public static Expression Null() => Literal(new Value());

    public static Expression Call(Operator function, params Expression[] arguments) => Call(function, Grain.Unspecified, arguments);

    public static Expression Call(Operator function, Grain grain, params Expression[] arguments) =>
        new() { Call = new Call { Operator = function, Grain = grain, Arguments = { arguments } } };

    public static Expression Case(params (Expression Condition, Expression Result)[] branches) => new()
    {
        CaseExpression = new CaseExpression { Branches = { branches.Select(branch => new CaseBranch { Condition = branch.Condition, Result = branch.Result }) } },
    };

    public static Expression Else(this Expression @case, Expression otherwise)
    {
        @case.CaseExpression.Otherwise = otherwise;
        return @case;
    }

    /// <summary>Why the owner refuses; null when it approves.</summary>
    public static ErrorReason? Refusal(Fragment fragment, OfferTerms? terms = null, FragmentLimits? limits = null)
    {
        try
        {
            FragmentPolicy.Approve(fragment, Samples.Readings, terms ?? Samples.Terms(), limits ?? new FragmentLimits());
            return null;
        }
        catch (ExchangeException error)
        {
            return error.Reason;
        }
    }
}
