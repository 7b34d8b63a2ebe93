using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Compilation;
using Exchange.Query.Products;
using static Exchange.Query.Tests.Plans;

namespace Exchange.Query.Tests.Approval;

/// <summary>A refusal names the nearest question that would pass, and only one that does.</summary>
public sealed class NearestQueryTests
{
    [Theory]
    [InlineData("SELECT region, age, SUM(kwh) FROM readings GROUP BY region, age", "It would pass without grouping by `age`.")]
    [InlineData("SELECT region, SUM(kwh), VAR_SAMP(price) FROM readings GROUP BY region", "It would pass without the variance of `price`.")]
    [InlineData("SELECT region, SUM(kwh), SUM(cost) FROM readings GROUP BY region", "It would pass without the sum or average of `cost`.")]
    [InlineData("SELECT region, SUM(kwh), CORR(kwh, units) FROM readings GROUP BY region", "It would pass without the correlation of `kwh` and `units`.")]
    [InlineData("SELECT region, COUNT(*), SUM(kwh) FILTER (WHERE night) FROM readings GROUP BY region", "It would pass without the sum or average of `kwh` under the condition on `night`.")]
    [InlineData("SELECT SUM(kwh) FILTER (WHERE night AND region = 'north') FROM readings", "It would pass without the condition on `night` under the sum or average of `kwh`.")]
    [InlineData("SELECT SUM(kwh) FROM readings WHERE region = 'north' AND age > 30 AND region <> 'south'", "It would pass without the condition on `age`.")]
    [InlineData("SELECT SUM(kwh) FROM readings WHERE night OR age > 30", "It would pass without the condition on `night` and `age`.")]
    [InlineData("SELECT day, SUM(kwh) FROM readings GROUP BY day", "It would pass without grouping by `day`.")]
    [InlineData("SELECT kwh_band, SUM(kwh) FROM readings GROUP BY kwh_band", "It would pass without grouping by `kwh_band`.")]
    public void The_first_rewrite_that_passes_is_named(string sql, string sentence)
    {
        var refusal = RefusalOf(QueryCompiler.Compile(sql, [Samples.Readings]).Fragment, Listed());

        Assert.Equal(Reasons.ColumnNotOffered, refusal.Reason);
        Assert.Equal(sentence, refusal.Action);
    }

    [Theory]
    [InlineData(Grain.Day, "It would pass with `month` grouped by month instead of day.")]
    [InlineData(Grain.Week, "It would pass with `month` grouped by month instead of week.")]
    [InlineData(Grain.Unspecified, "It would pass with `month` grouped by month.")]
    public void A_date_finer_than_its_grain_is_cut_coarser_before_it_is_left_out(Grain unit, string sentence)
    {
        var fragment = Fragment();
        fragment.GroupBy.Add(Cut(unit, "month"));

        var refusal = RefusalOf(fragment, Samples.Terms());

        Assert.Equal((Reasons.GroupingNotAllowed, sentence), (refusal.Reason, refusal.Action));
    }

    [Fact]
    public void A_week_is_the_next_coarser_than_a_day_where_the_product_has_weeks()
    {
        var definition = Samples.ReadingsDefinition();
        definition.Columns.Single(column => column.Name == "seen").Grain = Grain.Week;
        var product = Samples.ProductOf(definition);
        var fragment = Fragment();
        fragment.ProductHash = Google.Protobuf.ByteString.CopyFrom(product.Hash);
        fragment.GroupBy.Add(Cut(Grain.Day, "seen"));

        Assert.Equal("It would pass with `seen` grouped by week instead of day.", RefusalOf(fragment, Samples.Terms(), product: product).Action);
    }

    [Fact]
    public void Of_a_dimension_with_cuts_nothing_is_coarser()
    {
        var fragment = Fragment();
        fragment.GroupBy.Add(Column("kwh_band"));

        var refusal = RefusalOf(fragment, Samples.Terms());

        Assert.Equal((Reasons.GroupingNotAllowed, "It would pass without grouping by `kwh_band`."), (refusal.Reason, refusal.Action));
    }

    [Fact]
    public void The_sentence_of_the_refusal_stays_as_it_is()
    {
        var fragment = Fragment();
        fragment.GroupBy.Add(Column("age"));
        var plain = Assert.Throws<ExchangeException>(() => FragmentPolicy.Approve(fragment, Samples.Readings, Listed(), new FragmentLimits()));

        Assert.Equal(plain.Message, RefusalOf(fragment, Listed()).Message);
    }

    [Fact]
    public void What_two_clauses_refuse_gets_no_advice_that_would_not_pass()
    {
        var fragment = Fragment();
        fragment.GroupBy.Add(Column("age"));
        fragment.Where = Column("night");

        Assert.Equal("Ask without it, or ask the owner for an offer that allows it.", RefusalOf(fragment, Listed()).Action);
    }

    [Fact]
    public void One_column_too_many_is_left_out()
    {
        var limits = new FragmentLimits { GroupKeysMax = 1, AggregatesMax = 1 };
        var keys = Fragment();
        keys.GroupBy.AddRange([Column("region"), Column("age")]);
        var aggregates = Fragment(Aggregate(AggregateKind.CountRows), Aggregate(AggregateKind.Sum, "kwh"));

        Assert.Equal("It would pass without grouping by `region`.", RefusalOf(keys, Samples.Terms(), limits).Action);
        Assert.Equal("It would pass without the count of rows.", RefusalOf(aggregates, Samples.Terms(), limits).Action);
    }

    [Fact]
    public void An_identifier_is_left_out()
    {
        var fragment = Fragment();
        fragment.GroupBy.Add(Column("worker_id"));

        var refusal = RefusalOf(fragment, Samples.Terms());

        Assert.Equal((Reasons.ColumnNotUsable, "It would pass without grouping by `worker_id`."), (refusal.Reason, refusal.Action));
    }

    [Fact]
    public void A_malformed_plan_gets_no_advice()
    {
        var wrongType = Fragment();
        wrongType.Where = Call(Operator.And, Column("night"), Call(Operator.Equal, Column("age"), Double(1)));
        var behind = Fragment();
        behind.GroupBy.Add(Column("age"));
        behind.Where = Call(Operator.Equal, Column("age"), Double(1));

        Assert.Equal(Reasons.PlanTypeMismatch, RefusalOf(wrongType, Samples.Terms()).Reason);
        Assert.All([RefusalOf(wrongType, Samples.Terms()), RefusalOf(behind, Listed())], refusal => Assert.DoesNotContain("would pass", refusal.Action, StringComparison.Ordinal));
    }

    [Fact]
    public void No_constant_stands_in_the_advice()
    {
        var fragment = Fragment();
        fragment.Where = Call(Operator.And, Column("night"), Call(Operator.Greater, Column("age"), Int(4711)));

        var refusal = RefusalOf(fragment, Listed((ColumnUse.Filter, "night")));

        Assert.Equal("It would pass without the condition on `age`.", refusal.Action);
    }

    [Theory]
    [InlineData(NearestQuery.TriesMax, true)]
    [InlineData(NearestQuery.TriesMax + 1, false)]
    public void Tries_are_bounded(int position, bool found)
    {
        // One grouping is tried before the conditions, and the last condition is the one that is not allowed.
        var fragment = Fragment();
        fragment.GroupBy.Add(Column("region"));
        fragment.Where = Call(Operator.And, [.. Enumerable.Repeat(Call(Operator.IsNotNull, Column("region")), position - 2), Column("night")]);

        Assert.Equal(found, RefusalOf(fragment, Listed()).Action == "It would pass without the condition on `night`.");
    }

    [Fact]
    public void A_plan_beyond_the_bound_gets_no_advice()
    {
        var fragment = Fragment();
        fragment.GroupBy.Add(Column("age"));
        var text = Literal(new Value { StringValue = new string('x', 9_000) });
        fragment.Where = Call(Operator.In, [Column("region"), .. Enumerable.Repeat(text, 8)]);

        Assert.True(fragment.CalculateSize() > NearestQuery.PlanBytesMax);
        Assert.DoesNotContain("would pass", RefusalOf(fragment, Listed()).Action, StringComparison.Ordinal);
    }

    private static Expression Cut(Grain unit, string column) => unit == Grain.Unspecified ? Column(column) : Call(Operator.DateTrunc, unit, Column(column));

    private static ExchangeException RefusalOf(Fragment fragment, OfferTerms terms, FragmentLimits? limits = null, Product? product = null) =>
        Assert.Throws<ExchangeException>(() => NearestQuery.Approve(fragment, product ?? Samples.Readings, terms, limits ?? new FragmentLimits()));

    /// <summary>Region may group and filter, kwh be summed, and what is given besides.</summary>
    private static OfferTerms Listed(params (ColumnUse Use, string Column)[] more)
    {
        var terms = Samples.Terms();
        terms.ColumnsListed = true;
        terms.Columns.Add(new ColumnRule { Column = "region", Uses = { ColumnUse.Group, ColumnUse.Filter } });
        terms.Columns.Add(new ColumnRule { Column = "kwh", Uses = { ColumnUse.Sum } });
        terms.Columns.AddRange(more.Select(rule => new ColumnRule { Column = rule.Column, Uses = { rule.Use } }));
        return terms;
    }
}
