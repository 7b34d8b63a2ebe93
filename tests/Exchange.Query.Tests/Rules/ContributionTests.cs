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
    public void Sum_average_and_variance_of_a_column_are_one_contribution_told_by_its_own_sum()
    {
        var contribution = Assert.Single(Approved("SUM(kwh), AVG(kwh), VAR_SAMP(kwh)").Contributions);

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

    private static ApprovedFragment Approved(string select) => FragmentPolicy.Approve(
        QueryCompiler.Compile($"SELECT {select} FROM readings", [Samples.Readings]).Fragment, Samples.Readings, Samples.Terms(), new FragmentLimits());
}
