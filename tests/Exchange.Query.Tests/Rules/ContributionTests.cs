using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Compilation;
using Exchange.Query.Rules;
using static Exchange.Query.Tests.Plans;

namespace Exchange.Query.Tests.Rules;

/// <summary>What of a question's aggregates must keep p% and (n,k), and what can be subtracted.</summary>
public sealed class ContributionTests
{
    [Fact]
    public void Counts_add_nothing_up() => Assert.Empty(Approved("COUNT(*), COUNT(loss)").Contributions);

    [Fact]
    public void Sum_and_average_of_a_column_are_one_contribution_told_by_its_own_sum()
    {
        var contribution = Assert.Single(Approved("SUM(kwh), AVG(kwh)").Contributions);

        Assert.Equal(("kwh", 500.0, 0.0, 0), (contribution.Column, contribution.MagnitudeMax, contribution.Nearest, contribution.Support));
        Assert.True(contribution.SumOf >= 0);
    }

    [Fact]
    public void A_column_without_bounds_may_change_sign_and_is_added_up_by_itself()
    {
        var contribution = Assert.Single(Approved("SUM(loss)").Contributions);

        Assert.Equal((null, -1, 1), (contribution.MagnitudeMax, contribution.SumOf, contribution.Support));
    }

    [Theory]
    [InlineData("SUM(loss + 1000000)")]
    [InlineData("SUM(2 * loss)")]
    [InlineData("SUM(1000000 - loss / 3)")]
    [InlineData("SUM(-(loss - 5) * 7)")]
    public void Constants_hide_nothing(string select) => Assert.Equal([Column("loss")], ValuesOf(select));

    [Fact]
    public void Summands_must_pass_by_themselves_and_together()
    {
        Assert.Equal([Column("kwh"), Column("loss"), Call(Operator.Add, Column("kwh"), Column("loss"))], ValuesOf("SUM(kwh + loss + 9)"));
        Assert.Contains(Column("kwh"), ValuesOf("SUM((kwh + 1) * (loss + 1000000))"));
    }

    [Fact]
    public void What_stands_in_a_divisor_must_pass_by_itself() => Assert.Contains(Column("loss"), ValuesOf("SUM(1 / (loss + 100000))"));

    [Fact]
    public void Each_way_through_a_CASE_adds_up_its_own_value()
    {
        var approved = Approved("SUM(CASE WHEN night THEN kwh ELSE 1000000 END)");

        var contribution = Assert.Single(approved.Contributions);
        Assert.Equal((Column("kwh"), Column("night")), (contribution.Value, approved.Supports[contribution.Support]));
    }

    [Theory]
    [InlineData("VAR_SAMP(kwh)", MomentPart.XX)]
    [InlineData("STDDEV_POP(kwh)", MomentPart.XX)]
    [InlineData("CORR(price, kwh)", MomentPart.YY)]
    public void A_variance_tells_a_sum_of_squares_too_out_of_its_own_state(string select, MomentPart part)
    {
        var square = Assert.Single(Approved(select).Contributions, one => one.Value.Equals(Call(Operator.Multiply, Column("kwh"), Column("kwh"))));

        Assert.Equal((2, part, 250_000.0), (square.Degree, square.Part, square.MagnitudeMax));
        Assert.Equal([Column("kwh")], square.Root);
        Assert.True(square.SumOf >= 0);
    }

    [Fact]
    public void A_square_is_one_in_whatever_words_it_is_asked()
    {
        foreach (var select in new[] { "SUM(loss * loss)", "SUM(3 * loss * (-loss))", "VAR_POP(loss)", "VAR_POP(7 - loss / 2)", "COVAR_POP(loss, 2 * loss)", "SUM(loss / (1 / loss))", "SUM((loss + 5) * loss)" })
        {
            Assert.Contains(Approved(select).Contributions, one => one.Root.Count == 1 && one.Root[0].Equals(Column("loss")) && one.Degree == 2);
        }
    }

    [Fact]
    public void A_variance_of_a_sum_tells_the_squares_and_products_of_its_parts()
    {
        var values = ValuesOf("VAR_POP(kwh + loss)").ToList();

        Assert.Contains(Call(Operator.Multiply, Column("kwh"), Column("loss")), values);
        Assert.Contains(Call(Operator.Multiply, Column("loss"), Column("loss")), values);
        Assert.Contains(values, value => value.Call?.Operator == Operator.Multiply && value.Call.Arguments[0].Call?.Operator == Operator.Add);
    }

    [Fact]
    public void A_covariance_tells_the_sum_of_products() =>
        Assert.Contains(Approved("COVAR_SAMP(kwh, price)").Contributions, one => one is { Degree: 2, Root.Count: 0, Part: MomentPart.XY, SumOf: >= 0, MagnitudeMax: 500.0 * 100_000 });

    [Fact]
    public void Two_sums_in_one_unit_of_measure_are_checked_for_their_difference_over_the_rows_of_either()
    {
        var approved = Measured("SUM(kwh), SUM(2 * loss) FILTER (WHERE night)");
        var difference = Call(Operator.Subtract, Column("kwh"), Column("loss"));

        Assert.Equal(2, approved.Contributions.Count(one => one.Value.Equals(difference)));
        Assert.DoesNotContain(Measured("SUM(kwh), SUM(price)").Contributions, one => one.Value.Call?.Operator == Operator.Subtract);
        Assert.DoesNotContain(Approved("SUM(kwh), SUM(loss)").Contributions, one => one.Value.Equals(difference));
    }

    [Fact]
    public void Sums_that_add_up_to_a_derived_measure_are_checked_for_it()
    {
        var net = Call(Operator.Subtract, Column("units"), Column("PM2.5"));

        Assert.Contains(Measured("SUM(units), SUM(\"PM2.5\")").Contributions, one => one.Value.Call?.Operator == Operator.Add);
        Assert.DoesNotContain(Measured("SUM(units), SUM(kwh)").Contributions, one => one.Value.Call?.Operator == Operator.Add);
        Assert.DoesNotContain(Measured("SUM(units), SUM(\"PM2.5\")").Contributions, one => one.Value.Equals(net));
    }

    [Fact]
    public void Rows_that_lack_a_value_are_told_where_rows_and_values_are_both_counted()
    {
        var gap = Assert.Single(Approved("COUNT(*) FILTER (WHERE night), AVG(loss) FILTER (WHERE night)").Gaps);

        Assert.Equal(Call(Operator.And, Column("night"), Call(Operator.IsNull, Column("loss"))), gap.Missing);
        Assert.Single(Approved("SUM(kwh), SUM(loss)").Gaps);
        Assert.Empty(Approved("COUNT(*), SUM(kwh)").Gaps);
        Assert.Empty(Approved("SUM(loss), COUNT(*) FILTER (WHERE night)").Gaps);
    }

    [Theory]
    [InlineData("COUNT(*), SUM(kwh), AVG(price), COUNT(loss)")]
    [InlineData("SUM(kwh) FILTER (WHERE night), AVG(kwh) FILTER (WHERE night), COUNT(*) FILTER (WHERE night)")]
    public void Figures_over_the_same_rows_cannot_be_subtracted(string select) => Assert.Null(Approved(select).Audit);

    [Fact]
    public void Figures_with_and_without_a_filter_can()
    {
        var audit = Approved("COUNT(*), SUM(kwh), SUM(kwh) FILTER (WHERE night)").Audit!;

        Assert.Equal(2, audit.Kinds.Count);
        Assert.Equal([null, Column("night")], audit.Conditions);
    }

    [Fact]
    public void A_sum_that_leaves_out_rows_for_another_columns_NULL_can_be_subtracted() =>
        Assert.Contains(Approved("SUM(kwh), SUM(kwh + loss * 0)").Audit!.Kinds, kind => kind.Contribution >= 0);

    [Fact]
    public void A_count_that_a_divisor_leaves_rows_out_of_can_be_subtracted() =>
        Assert.Equal(-1, Assert.Single(Approved("COUNT(*), COUNT(1 / (kwh - 7))").Audit!.Kinds).Contribution);

    private static IEnumerable<Expression> ValuesOf(string select) => Approved(select).Contributions.Select(contribution => contribution.Value);

    /// <summary>Two measures in kWh, and a derived one out of two that are in nothing.</summary>
    private static ApprovedFragment Measured(string select)
    {
        var definition = Samples.ReadingsDefinition();
        foreach (var column in definition.Columns.Where(column => column.Name is "kwh" or "loss"))
        {
            column.MeasuredIn = "kWh";
        }

        var dust = definition.Columns.Single(column => column.Name == "PM2.5");
        dust.Role = ColumnRole.Measure;
        definition.Derived.Add(new DerivedMeasure { Name = "all", Expression = "units + 2 * \"PM2.5\"" });
        var product = Samples.ProductOf(definition);
        return FragmentPolicy.Approve(QueryCompiler.Compile($"SELECT {select} FROM readings", [product]).Fragment, product, Samples.Terms(), new FragmentLimits());
    }

    private static ApprovedFragment Approved(string select) => FragmentPolicy.Approve(
        QueryCompiler.Compile($"SELECT {select} FROM readings", [Samples.Readings]).Fragment, Samples.Readings, Samples.Terms(), new FragmentLimits());
}
