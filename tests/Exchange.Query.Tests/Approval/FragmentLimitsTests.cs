using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using static Exchange.Query.Tests.Plans;

namespace Exchange.Query.Tests.Approval;

/// <summary>Every bound from both sides.</summary>
public sealed class FragmentLimitsTests
{
    private static readonly FragmentLimits Limits = new();

    [Fact]
    public void Aggregates_at_the_bound_pass_and_one_more_is_refused()
    {
        Fragment Of(int count) => Fragment([.. Enumerable.Repeat(Aggregate(AggregateKind.CountRows), count)]);

        Assert.Null(Refusal(Of(Limits.AggregatesMax)));
        Assert.Equal(Reasons.TooManyAggregates, Refusal(Of(Limits.AggregatesMax + 1)));
    }

    [Fact]
    public void Group_keys_at_the_bound_pass_and_one_more_is_refused()
    {
        Fragment Of(int count)
        {
            var fragment = Fragment();
            fragment.GroupBy.AddRange(Enumerable.Repeat(Column("region"), count));
            return fragment;
        }

        Assert.Null(Refusal(Of(Limits.GroupKeysMax)));
        Assert.Equal(Reasons.TooManyGroupKeys, Refusal(Of(Limits.GroupKeysMax + 1)));
    }

    [Fact]
    public void Nodes_at_the_bound_pass_and_one_more_is_refused()
    {
        // IN with n constants is n + 2 nodes.
        Fragment Of(int nodes)
        {
            var fragment = Fragment();
            fragment.Where = Call(Operator.In, [Column("age"), .. Enumerable.Range(0, nodes - 2).Select(i => Int(i))]);
            return fragment;
        }

        Assert.Null(Refusal(Of(Limits.PlanNodesMax)));
        Assert.Equal(Reasons.PlanTooLarge, Refusal(Of(Limits.PlanNodesMax + 1)));
    }

    [Fact]
    public void Nodes_count_with_derived_measures_written_out()
    {
        // cost is one node as asked and three written out.
        Fragment Of(int costs) => Fragment(new Aggregate
        {
            Kind = AggregateKind.Sum,
            Argument = Enumerable.Range(0, 10).Select(_ => Enumerable.Repeat(Column("cost"), costs / 10).Aggregate((x, y) => Call(Operator.Add, x, y)))
                .Aggregate((x, y) => Call(Operator.Add, x, y)),
        });

        var limits = Limits with { PlanNodesMax = 400 };
        Assert.Null(Refusal(Of(100), limits: limits));
        Assert.Equal(Reasons.PlanTooLarge, Refusal(Of(110), limits: limits));
    }

    [Fact]
    public void Depth_at_the_bound_passes_and_one_more_is_refused()
    {
        Fragment Of(int depth)
        {
            var fragment = Fragment();
            fragment.Where = Column("night");
            for (var i = 1; i < depth; i++)
            {
                fragment.Where = Call(Operator.Not, fragment.Where);
            }

            return fragment;
        }

        Assert.Null(Refusal(Of(Limits.PlanDepthMax)));
        Assert.Equal(Reasons.PlanTooDeep, Refusal(Of(Limits.PlanDepthMax + 1)));
        Assert.Equal(Reasons.PlanTooDeep, Refusal(Of(200_000)));
    }

    [Fact]
    public void Conditions_at_the_bound_pass_and_one_more_is_refused()
    {
        Fragment Of(int filters) => Fragment([.. Enumerable.Range(0, filters).Select(i => Aggregate(AggregateKind.CountRows, filter: Call(Operator.Equal, Column("age"), Int(i))))]);

        var limits = Limits with { ConditionsMax = 20 };
        Assert.Null(Refusal(Of(20), limits: limits));
        Assert.Equal(Reasons.TooManyConditions, Refusal(Of(21), limits: limits));
    }
}
