using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Compilation;
using static Exchange.Query.Tests.Plans;

namespace Exchange.Query.Tests.Approval;

public sealed class SupportSetsTests
{
    [Theory]
    [InlineData("COUNT(*)")]
    [InlineData("SUM(kwh)")]
    [InlineData("VAR_SAMP(kwh), AVG(kwh), COUNT(kwh)")]
    [InlineData("SUM(kwh * 2 + 1)")]
    public void Figures_over_all_rows_of_a_cell_need_no_other_set(string select) => Assert.Equal([null], SupportsOf(select));

    [Fact]
    public void Filter_is_a_set_once_however_many_figures_use_it()
    {
        var night = Column("night");

        Assert.Equal([null, night], SupportsOf("COUNT(*) FILTER (WHERE night), SUM(kwh) FILTER (WHERE night), AVG(kwh) FILTER (WHERE night)"));
    }

    [Fact]
    public void Values_that_may_be_null_are_a_set_with_their_filter()
    {
        var (present, night) = (Call(Operator.IsNotNull, Column("loss")), Column("night"));

        Assert.Equal([null, present], SupportsOf("SUM(loss), COUNT(loss), VAR_POP(loss)"));
        Assert.Equal([null, Call(Operator.And, night, present)], SupportsOf("SUM(loss) FILTER (WHERE night)"));
        Assert.Equal([null, Call(Operator.And, present, Call(Operator.IsNotNull, Column("units")))], SupportsOf("CORR(loss, units)"));
        Assert.Equal([null, Call(Operator.IsNotNull, Call(Operator.Divide, Column("kwh"), Column("kwh")))], SupportsOf("SUM(kwh / kwh)"));
    }

    [Fact]
    public void Case_is_guarded_like_the_filter_it_stands_for()
    {
        var (night, day) = (Column("night"), Call(Operator.Or, Call(Operator.Not, Column("night")), Call(Operator.IsNull, Column("night"))));

        Assert.Equal([null, night, day], SupportsOf("SUM(CASE WHEN night THEN kwh ELSE 0 END)"));
        Assert.Equal(SupportsOf("SUM(kwh) FILTER (WHERE night)"), SupportsOf("SUM(CASE WHEN night THEN kwh END)").Where(support => support?.Call?.Operator != Operator.IsNotNull));
    }

    [Fact]
    public void Branches_are_taken_by_the_first_true_condition_and_NULL_passes_on()
    {
        var first = Call(Operator.Equal, Column("region"), Literal(new Value { StringValue = "north" }));
        var second = Call(Operator.Greater, Column("age"), Int(3));

        var supports = SupportsOf("SUM(CASE WHEN region = 'north' THEN kwh WHEN age > 3 THEN 1 ELSE 0 END) FILTER (WHERE night)");

        Assert.Equal(
        [
            null, Column("night"), Call(Operator.And, Column("night"), first),
            Call(Operator.And, Column("night"), Call(Operator.Not, first), second),
            Call(Operator.And, Column("night"), Call(Operator.Not, first), Call(Operator.Or, Call(Operator.Not, second), Call(Operator.IsNull, second))),
        ], supports);
    }

    [Fact]
    public void Nullable_result_of_a_branch_is_a_set_of_its_own()
    {
        var supports = SupportsOf("SUM(CASE WHEN night THEN loss ELSE 0 END)");

        Assert.Contains(Call(Operator.And, Column("night"), Call(Operator.IsNotNull, Column("loss"))), supports);
    }

    [Fact]
    public void Case_inside_arithmetic_and_inside_a_case_is_found()
    {
        var supports = SupportsOf("SUM(2 * CASE WHEN night THEN CASE WHEN age > 3 THEN kwh ELSE 1 END ELSE 0 END)");

        Assert.Contains(Call(Operator.And, Column("night"), Call(Operator.Greater, Column("age"), Int(3))), supports);
    }

    [Fact]
    public void Product_of_two_cases_tells_of_the_rows_that_take_both()
    {
        var both = Call(Operator.And, Column("night"), Call(Operator.Greater, Column("age"), Int(3)));

        Assert.Contains(both, SupportsOf("SUM(CASE WHEN night THEN kwh ELSE 0 END * CASE WHEN age > 3 THEN 1 ELSE 0 END)"));
        Assert.Contains(both, SupportsOf("CORR(CASE WHEN night THEN kwh ELSE 0 END, CASE WHEN age > 3 THEN kwh ELSE 0 END)"));
        Assert.Contains(both, SupportsOf("VAR_POP(CASE WHEN night THEN kwh ELSE 0 END - CASE WHEN age > 3 THEN kwh ELSE 0 END)"));
    }

    [Fact]
    public void Null_beside_a_case_takes_rows_out_of_its_branches()
    {
        var (night, present) = (Column("night"), Call(Operator.IsNotNull, Column("loss")));

        Assert.Contains(Call(Operator.And, night, Call(Operator.IsNotNull, Call(Operator.Multiply, Int(1), Column("loss")))),
            SupportsOf("SUM(CASE WHEN night THEN 1 ELSE 0 END * loss)"));
        Assert.Contains(Call(Operator.And, night, present), SupportsOf("CORR(CASE WHEN night THEN kwh ELSE 0 END, loss)"));
    }

    [Fact]
    public void Ways_through_cases_that_meet_are_bounded_before_they_are_written_out()
    {
        var many = string.Join(" * ", Enumerable.Range(1, 40).Select(age => $"CASE WHEN age > {age} THEN kwh ELSE 1 END"));

        Assert.Equal(Reasons.TooManyConditions, Assert.Throws<ExchangeException>(() => SupportsOf($"SUM({many})")).Reason);
    }

    [Fact]
    public void Derived_measure_is_as_often_null_as_what_it_is_made_of() =>
        Assert.Equal([null, Call(Operator.IsNotNull, Call(Operator.Multiply, Column("kwh"), Column("price")))], SupportsOf("SUM(cost)"));

    private static IReadOnlyList<Expression?> SupportsOf(string select) => FragmentPolicy.Approve(
        QueryCompiler.Compile($"SELECT {select} FROM readings", [Samples.Readings]).Fragment, Samples.Readings, Samples.Terms(), new FragmentLimits()).Supports;
}
