using CsCheck;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Expressions;

namespace Exchange.Query.Tests.Approval;

/// <summary>One form for all ways to write a question, and never one for two questions.</summary>
public sealed class NormalFormTests
{
    private static readonly Gen<Expression> Atom = Gen.Select(Gen.Int[0, 3], Gen.Int[10, 13], Gen.Bool, (function, age, turned) =>
    {
        var (column, constant) = (Plans.Column("age"), Plans.Int(age));
        var operators = new[] { Operator.Less, Operator.LessOrEqual, Operator.Equal, Operator.GreaterOrEqual };
        return turned ? Plans.Call(operators[function], constant, column) : Plans.Call(operators[function], column, constant);
    });

    private static readonly Gen<Expression> Condition = Gen.Recursive<Expression>((depth, inner) => depth > 3
        ? Atom
        : Gen.OneOf(
            Atom,
            inner.Select(one => Plans.Call(Operator.Not, one)),
            Gen.Select(inner, inner, Gen.Bool, (one, other, and) => Plans.Call(and ? Operator.And : Operator.Or, one, other))));

    [Fact]
    public void The_form_means_what_was_written() => Condition.Sample(condition =>
    {
        var fragment = Plans.Fragment();
        fragment.Where = condition;
        var form = NormalForm.Of(fragment).Fragment.Where;
        return Enumerable.Range(8, 8).Select(age => (long?)age).Append(null).All(age => Truth(condition, age) == Truth(form, age));
    });

    [Fact]
    public void The_form_of_the_form_is_the_form() => Condition.Sample(condition =>
    {
        var fragment = Plans.Fragment();
        fragment.Where = condition;
        var form = NormalForm.Of(fragment).Fragment;
        return NormalForm.Of(form).Fragment.Equals(form);
    });

    [Fact]
    public void Order_repetition_and_shifts_do_not_matter()
    {
        var one = Plans.Fragment(Plans.Aggregate(AggregateKind.Sum, "kwh"), Plans.Aggregate(AggregateKind.CountRows), Plans.Aggregate(AggregateKind.Moments, "kwh"));
        one.GroupBy.Add([Plans.Column("region"), Plans.Column("night")]);
        one.Aggregates[2].ShiftX = 250;
        var other = Plans.Fragment(Plans.Aggregate(AggregateKind.Moments, "kwh"), Plans.Aggregate(AggregateKind.CountRows), Plans.Aggregate(AggregateKind.Sum, "kwh"), Plans.Aggregate(AggregateKind.Sum, "kwh"));
        other.GroupBy.Add([Plans.Column("night"), Plans.Column("region")]);

        var (first, second) = (NormalForm.Of(one), NormalForm.Of(other));
        Assert.Equal(first.Fragment, second.Fragment);
        Assert.Equal(first.Aggregates, [second.Aggregates[2], second.Aggregates[1], second.Aggregates[0]]);
        Assert.Equal(first.Keys, [second.Keys[1], second.Keys[0]]);
        Assert.Equal(second.Aggregates[2], second.Aggregates[3]);
    }

    [Fact]
    public void Another_constant_is_another_question()
    {
        var (one, other) = (Plans.Fragment(), Plans.Fragment());
        one.Where = Plans.Call(Operator.Less, Plans.Column("age"), Plans.Int(10));
        other.Where = Plans.Call(Operator.Less, Plans.Column("age"), Plans.Int(11));
        Assert.NotEqual(NormalForm.Of(one).Fragment, NormalForm.Of(other).Fragment);
    }

    private static bool? Truth(Expression condition, long? age)
    {
        var call = condition.Call;
        switch (call.Operator)
        {
            case Operator.Not:
                return !Truth(call.Arguments[0], age);
            case Operator.And:
                return call.Arguments.Select(part => Truth(part, age)).Aggregate((bool?)true, (all, part) => all & part);
            case Operator.Or:
                return call.Arguments.Select(part => Truth(part, age)).Aggregate((bool?)false, (any, part) => any | part);
            default:
                return KeyConditions.TruthOf(condition, Samples.Readings.Columns["age"], age);
        }
    }
}
