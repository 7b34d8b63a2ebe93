using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using static Exchange.Query.Tests.Plans;

namespace Exchange.Query.Tests.Approval;

/// <summary>Each rule of an offer's <c>columns</c> on hand-made fragments.</summary>
public sealed class OfferedColumnsTests
{
    public static TheoryData<ColumnUse, AggregateKind, bool> Aggregates()
    {
        var data = new TheoryData<ColumnUse, AggregateKind, bool>();
        var allowed = new Dictionary<ColumnUse, AggregateKind[]>
        {
            [ColumnUse.Group] = [],
            [ColumnUse.Filter] = [],
            [ColumnUse.Count] = [AggregateKind.Count],
            [ColumnUse.Sum] = [AggregateKind.Sum],
            [ColumnUse.Avg] = [AggregateKind.Count, AggregateKind.Sum],
            [ColumnUse.Variance] = [AggregateKind.Count, AggregateKind.Sum, AggregateKind.Moments],
            [ColumnUse.Corr] = [AggregateKind.Count, AggregateKind.Sum, AggregateKind.Moments, AggregateKind.Comoments],
            [ColumnUse.Quantile] = [],
            [ColumnUse.Range] = [],
            [ColumnUse.Units] = [],
        };
        foreach (var (use, kinds) in allowed)
        {
            foreach (var kind in new[] { AggregateKind.Count, AggregateKind.Sum, AggregateKind.Moments, AggregateKind.Comoments })
            {
                data.Add(use, kind, kinds.Contains(kind));
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Aggregates))]
    public void Use_allows_the_aggregates_it_implies_and_no_other(ColumnUse use, AggregateKind kind, bool allowed)
    {
        var fragment = Fragment(Aggregate(kind, "kwh", kind == AggregateKind.Comoments ? "kwh" : null));

        Assert.Equal(allowed ? null : Reasons.ColumnNotOffered, Refusal(fragment, Listed(("kwh", [use]))));
    }

    [Fact]
    public void Correlation_needs_both_columns()
    {
        var fragment = Fragment(Aggregate(AggregateKind.Comoments, "kwh", "units"));

        Assert.Equal(Reasons.ColumnNotOffered, Refusal(fragment, Listed(("kwh", [ColumnUse.Corr]), ("units", [ColumnUse.Variance]))));
        Assert.Null(Refusal(fragment, Listed(("kwh", [ColumnUse.Corr]), ("units", [ColumnUse.Corr]))));
    }

    [Fact]
    public void Rows_may_always_be_counted()
    {
        var empty = Samples.Terms();
        empty.ColumnsListed = true;

        Assert.Null(Refusal(Fragment(), empty));
        Assert.Equal(Reasons.ColumnNotOffered, Refusal(Fragment(Aggregate(AggregateKind.Sum, "kwh")), empty));
    }

    [Fact]
    public void Grouping_needs_group_and_conditions_need_filter()
    {
        var grouped = Fragment();
        grouped.GroupBy.Add(Column("region"));
        var filtered = Fragment();
        filtered.Where = Call(Operator.IsNull, Column("region"));
        var aggregateFilter = Fragment(Aggregate(AggregateKind.CountRows, filter: Call(Operator.IsNull, Column("region"))));
        var @case = Fragment();
        Sum(@case, Case((Call(Operator.IsNull, Column("region")), Int(1))).Else(Int(0)));

        var group = Listed(("region", [ColumnUse.Group]));
        var filter = Listed(("region", [ColumnUse.Filter]));
        Assert.Null(Refusal(grouped, group));
        Assert.Equal(Reasons.ColumnNotOffered, Refusal(grouped, filter));
        foreach (var fragment in new[] { filtered, aggregateFilter, @case })
        {
            Assert.Null(Refusal(fragment, filter));
            Assert.Equal(Reasons.ColumnNotOffered, Refusal(fragment, group));
        }
    }

    [Fact]
    public void Without_a_list_dimensions_group_and_filter_and_measures_only_aggregate()
    {
        var filtered = Fragment();
        filtered.Where = Call(Operator.Less, Column("kwh"), Double(3));
        var band = Fragment();
        band.Where = Call(Operator.Less, Column("kwh_band"), Double(3));

        Assert.Equal(Reasons.ColumnNotOffered, Refusal(filtered));
        Assert.Null(Refusal(band));
        Assert.Null(Refusal(Fragment(Aggregate(AggregateKind.Comoments, "kwh", "loss"))));
        Assert.Null(Refusal(filtered, Listed(("kwh", [ColumnUse.Filter]))));
    }

    [Fact]
    public void Derived_measure_needs_its_own_entry_or_every_measure_behind_it()
    {
        var fragment = Fragment(Aggregate(AggregateKind.Sum, "cost"));

        Assert.Null(Refusal(fragment, Listed(("cost", [ColumnUse.Sum]))));
        Assert.Null(Refusal(fragment, Listed(("kwh", [ColumnUse.Sum]), ("price", [ColumnUse.Avg]))));
        Assert.Equal(Reasons.ColumnNotOffered, Refusal(fragment, Listed(("kwh", [ColumnUse.Sum]))));
        Assert.Equal(Reasons.ColumnNotOffered, Refusal(fragment, Listed(("cost", [ColumnUse.Count]))));
    }

    [Fact]
    public void Refusal_names_column_and_use()
    {
        var error = Assert.Throws<ExchangeException>(() => FragmentPolicy.Approve(
            Fragment(Aggregate(AggregateKind.Moments, "kwh")), Samples.Readings, Listed(("kwh", [ColumnUse.Sum])), new FragmentLimits()));

        Assert.Contains("\"kwh\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("variance", error.Message, StringComparison.Ordinal);
    }

    private static OfferTerms Listed(params (string Column, ColumnUse[] Uses)[] rules)
    {
        var terms = Samples.Terms();
        terms.ColumnsListed = true;
        terms.Columns.AddRange(rules.Select(rule => new ColumnRule { Column = rule.Column, Uses = { rule.Uses } }));
        return terms;
    }
}
