using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Compilation;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Query.Tests.Approval;

/// <summary>Hand-made plans that want bins: what the owner's own check makes of them.</summary>
public sealed class HistogramRulesTests
{
    private static readonly Product Product = Samples.ProductOf(WithStep());

    [Theory]
    [InlineData(AggregateKind.Histogram, ColumnUse.Quantile)]
    [InlineData(AggregateKind.Range, ColumnUse.Range)]
    public void Each_word_of_the_offer_allows_its_own_figure_and_no_other(AggregateKind kind, ColumnUse word)
    {
        Assert.Null(Refusal(Plan(Plans.Aggregate(kind, "kwh")), Listing("kwh", word)));
        foreach (var other in new[] { ColumnUse.Count, ColumnUse.Sum, ColumnUse.Variance, ColumnUse.Corr, ColumnUse.Quantile, ColumnUse.Range }.Where(use => use != word))
        {
            Assert.Equal(Reasons.ColumnNotOffered, Refusal(Plan(Plans.Aggregate(kind, "kwh")), Listing("kwh", other)));
        }
    }

    [Theory]
    [InlineData(AggregateKind.Histogram)]
    [InlineData(AggregateKind.Range)]
    public void A_measure_without_a_step_and_a_computed_one_are_refused(AggregateKind kind)
    {
        Assert.Equal(Reasons.AggregateNotAllowed, Refusal(Plan(Plans.Aggregate(kind, "price"))));
        Assert.Equal(Reasons.AggregateNotAllowed, Refusal(Plan(Plans.Aggregate(kind, "cost"))));
        Assert.Equal(Reasons.AggregateNotAllowed, Refusal(Plan(Plans.Aggregate(kind, "region"))));
        var computed = new Aggregate { Kind = kind, Argument = Plans.Call(Operator.Multiply, Plans.Column("kwh"), Plans.Double(2)) };
        Assert.Equal(Reasons.AggregateNotAllowed, Refusal(Plan(computed)));
    }

    [Theory]
    [InlineData(AggregateKind.Bins)]
    [InlineData(AggregateKind.Least)]
    [InlineData(AggregateKind.Greatest)]
    public void What_a_node_asks_of_its_own_engine_is_never_in_a_plan(AggregateKind kind) =>
        Assert.Equal(Reasons.PlanInvalid, Refusal(Plan(Plans.Aggregate(kind, "kwh"))));

    [Fact]
    public void In_checked_a_histogram_stands_beside_figures_of_the_same_rows_only()
    {
        var north = Plans.Call(Operator.Equal, Plans.Column("region"), Plans.Literal(new Value { StringValue = "north" }));
        var histogram = Plans.Aggregate(AggregateKind.Histogram, "kwh");
        var filtered = Plans.Aggregate(AggregateKind.Histogram, "kwh", filter: north);
        var sumOfCase = new Aggregate { Kind = AggregateKind.Sum, Argument = Plans.Case((north, Plans.Column("kwh"))) };
        Assert.Null(Refusal(Plan(histogram, Plans.Aggregate(AggregateKind.Sum, "kwh"))));
        Assert.Null(Refusal(Plan(filtered, Plans.Aggregate(AggregateKind.Range, "kwh", filter: north))));
        Assert.Equal(Reasons.AggregateNotAllowed, Refusal(Plan(histogram, filtered)));
        Assert.Equal(Reasons.AggregateNotAllowed, Refusal(Plan(histogram, Plans.Aggregate(AggregateKind.CountRows, filter: north))));
        Assert.Equal(Reasons.AggregateNotAllowed, Refusal(Plan(histogram, sumOfCase)));
        Assert.Null(Refusal(Plan(histogram, filtered), Listing(ReleaseClass.Table)));
    }

    [Fact]
    public void Units_are_counted_where_the_offer_says_so_and_in_checked_over_one_set_of_rows()
    {
        var units = Plans.Aggregate(AggregateKind.Units, "worker_id");
        var some = Plans.Aggregate(AggregateKind.Units, "worker_id", filter: Plans.Call(Operator.IsNull, Plans.Column("region")));
        Assert.Null(Refusal(Plan(units)));
        Assert.Null(Refusal(Plan(some, some)));
        Assert.Equal(Reasons.AggregateNotAllowed, Refusal(Plan(units, some)));
        Assert.Null(Refusal(Plan(units, some), Listing(ReleaseClass.Table)));
        Assert.Null(Refusal(Plan(units), Listing(ReleaseClass.Table)));
        var listed = Listing("worker_id", ColumnUse.Units);
        listed.Release = ReleaseClass.Table;
        Assert.Null(Refusal(Plan(units), listed));
        var other = Listing("kwh", ColumnUse.Sum);
        other.Release = ReleaseClass.Table;
        Assert.Equal(Reasons.ColumnNotOffered, Refusal(Plan(units), other));
        Assert.Equal(Reasons.AggregateNotAllowed, Refusal(Plan(Plans.Aggregate(AggregateKind.Units, "region")), Listing(ReleaseClass.Table)));
        Assert.Equal(Reasons.AggregateNotAllowed, Refusal(Plan(Plans.Aggregate(AggregateKind.Units, "note")), Listing(ReleaseClass.Table)));
    }

    [Theory]
    [InlineData("SELECT MEDIAN(price) FROM readings")]
    [InlineData("SELECT MIN(kwh * 2) FROM readings")]
    [InlineData("SELECT MAX(age) FROM readings")]
    [InlineData("SELECT COUNT(DISTINCT region) FROM readings")]
    [InlineData("SELECT COUNT(DISTINCT kwh) FROM readings")]
    [InlineData("SELECT SUM(DISTINCT kwh) FROM readings")]
    [InlineData("SELECT QUANTILE_CONT(kwh, 1.5) FROM readings")]
    [InlineData("SELECT QUANTILE_CONT(kwh, [0.1, 0.9]) FROM readings")]
    [InlineData("SELECT QUANTILE_DISC(kwh, 0.5) FROM readings")]
    [InlineData("SELECT PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY kwh DESC) FROM readings")]
    [InlineData("SELECT CASE WHEN MEDIAN(kwh) > 5 THEN 1 ELSE 0 END FROM readings")]
    [InlineData("SELECT MIN(kwh) > 5 AS above FROM readings")]
    public void What_no_histogram_tells_is_refused_by_name_with_its_place(string sql)
    {
        var refusal = Assert.Throws<ExchangeException>(() => QueryCompiler.Compile(sql, [Product]));
        Assert.Contains("line 1", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(refusal.Reason, new[] { Reasons.SqlNotAggregatable, Reasons.SqlNotSupported });
    }

    [Fact]
    public void All_quantiles_of_a_measure_share_one_histogram_however_they_are_written()
    {
        var query = QueryCompiler.Compile(
            "SELECT MEDIAN(kwh), QUANTILE_CONT(kwh, 0.9), PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY kwh), MIN(kwh), MAX(kwh) FROM readings HAVING MEDIAN(kwh) > 3 ORDER BY MAX(kwh)", [Product]);
        Assert.Equal([AggregateKind.Histogram, AggregateKind.Range], query.Fragment.Aggregates.Select(aggregate => aggregate.Kind));
        Assert.Equal(["median(kwh)", "quantile_cont(kwh, 0.9)", "quantile_cont(kwh, 0.9)", "min(kwh)", "max(kwh)"], query.Columns.Select(column => column.Name));
    }

    private static Fragment Plan(params Aggregate[] aggregates)
    {
        var fragment = Plans.Fragment(aggregates);
        fragment.ProductHash = ByteString.CopyFrom(Product.Hash);
        return fragment;
    }

    private static OfferTerms Listing(string column, ColumnUse use)
    {
        var terms = Samples.Terms();
        terms.ColumnsListed = true;
        terms.Columns.Add(new ColumnRule { Column = column, Uses = { use } });
        return terms;
    }

    private static OfferTerms Listing(ReleaseClass release)
    {
        var terms = Samples.Terms();
        terms.Release = release;
        return terms;
    }

    private static ErrorReason? Refusal(Fragment fragment, OfferTerms? terms = null)
    {
        try
        {
            FragmentPolicy.Approve(fragment, Product, terms ?? Samples.Terms(), new FragmentLimits());
            return null;
        }
        catch (ExchangeException error)
        {
            return error.Reason;
        }
    }

    private static ProductDefinition WithStep()
    {
        var definition = Samples.ReadingsDefinition();
        definition.Columns.Single(column => column.Name == "kwh").Step = 5;
        return definition;
    }
}
