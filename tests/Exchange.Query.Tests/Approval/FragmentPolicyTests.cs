using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Compilation;
using Google.Protobuf;
using static Exchange.Query.Tests.Plans;

namespace Exchange.Query.Tests.Approval;

/// <summary>Fragments as a hostile peer might write them, each with the one clause it breaks.</summary>
public sealed class FragmentPolicyTests
{
    [Fact]
    public void Compiled_question_is_approved_with_types_and_derived_measures_written_out()
    {
        var query = QueryCompiler.Compile("SELECT kwh_band, month, SUM(cost), COUNT(*) FROM readings WHERE night GROUP BY 1, 2", [Samples.Readings]);

        var approved = FragmentPolicy.Approve(query.Fragment, Samples.Readings, Samples.Terms(minUnits: 7), new FragmentLimits());

        Assert.Equal([TypeKind.Int, TypeKind.Date], approved.Keys.Select(key => key.Type.Kind));
        Assert.Equal(Call(Operator.Multiply, Column("kwh"), Column("price")), approved.Aggregates[0].Argument);
        Assert.Equal(TypeKind.Double, approved.Aggregates[0].ArgumentType!.Kind);
        Assert.Null(approved.Aggregates[1].Argument);
        Assert.Equal(7, approved.Rules.MinUnits);
        Assert.Equal(Column("night"), approved.Where);
    }

    [Fact]
    public void Offer_without_disclosure_means_ten_units()
    {
        var terms = Samples.Terms();
        terms.Disclosure = null;

        Assert.Equal(10, FragmentPolicy.Approve(Fragment(), Samples.Readings, terms, new FragmentLimits()).Rules.MinUnits);
    }

    public static TheoryData<string> Hostile() => new(Breaks.Keys);

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_fragment_is_refused_for_its_reason(string name)
    {
        var (reason, change) = Breaks[name];
        var fragment = Fragment();
        change(fragment);

        Assert.Equal(reason, Refusal(fragment));
    }

    [Fact]
    public void Terms_of_another_product_and_unserved_classes_are_refused()
    {
        var other = Samples.Terms();
        other.Product = "weather/2";
        var unknown = Samples.Terms();
        unknown.Release = (ReleaseClass)99;

        Assert.Equal(Reasons.ProductMismatch, Refusal(Fragment(), other));
        Assert.Equal(Reasons.NotServedYet, Refusal(Fragment(), unknown));
    }

    [Fact]
    public void Refusal_shows_a_bounded_part_of_a_hostile_name()
    {
        var fragment = Fragment();
        fragment.Where = Call(Operator.IsNull, Column("x\n" + new string('y', 100_000)));

        var error = Assert.Throws<ExchangeException>(() => FragmentPolicy.Approve(fragment, Samples.Readings, Samples.Terms(), new FragmentLimits()));

        Assert.True(error.Message.Length < 200);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Allowed_groupings_are_approved()
    {
        var month = Call(Operator.DateTrunc, Grain.Month, Column("month"));
        Expression[] keys =
        [
            Column("region"), Column("day"), Column("night"), Column("PM2.5"), Call(Operator.Bucket, Column("kwh_band")), month,
            Call(Operator.DateTrunc, Grain.Year, Column("month")), Call(Operator.Extract, Grain.Quarter, Column("month")),
            Call(Operator.Extract, Grain.Year, month), Call(Operator.DateTrunc, Grain.Hour, Column("seen")), Call(Operator.Extract, Grain.Hour, Column("seen")),
            Call(Operator.Extract, Grain.Week, Column("day")),
        ];
        foreach (var key in keys)
        {
            var fragment = Fragment();
            fragment.GroupBy.Add(key);
            Assert.Null(Refusal(fragment));
        }
    }

    private static readonly Dictionary<string, (ErrorReason Reason, Action<Fragment> Change)> Breaks = new()
    {
        ["another product"] = (Reasons.ProductMismatch, fragment => fragment.Product = "weather/2"),
        ["another definition"] = (Reasons.ProductHashMismatch, fragment => fragment.ProductHash = ByteString.CopyFrom(new byte[32])),
        ["no hash"] = (Reasons.ProductHashMismatch, fragment => fragment.ProductHash = ByteString.Empty),
        ["no aggregate"] = (Reasons.PlanInvalid, fragment => fragment.Aggregates.Clear()),
        ["unknown aggregate"] = (Reasons.PlanInvalid, fragment => fragment.Aggregates[0].Kind = (AggregateKind)99),
        ["unset aggregate"] = (Reasons.PlanInvalid, fragment => fragment.Aggregates[0].Kind = AggregateKind.Unspecified),
        ["count of rows with an argument"] = (Reasons.PlanInvalid, fragment => fragment.Aggregates[0].Argument = Column("kwh")),
        ["sum without an argument"] = (Reasons.PlanInvalid, fragment => fragment.Aggregates[0].Kind = AggregateKind.Sum),
        ["sum of two"] = (Reasons.PlanInvalid, fragment => fragment.Aggregates[0] = new Aggregate { Kind = AggregateKind.Sum, Argument = Column("kwh"), SecondArgument = Column("kwh") }),
        ["comoments of one"] = (Reasons.PlanInvalid, fragment => fragment.Aggregates[0] = new Aggregate { Kind = AggregateKind.Comoments, Argument = Column("kwh") }),
        ["shift that is no number"] = (Reasons.PlanInvalid, fragment => fragment.Aggregates[0] = new Aggregate { Kind = AggregateKind.Moments, Argument = Column("kwh"), ShiftX = double.NaN }),
        ["infinite shift"] = (Reasons.PlanInvalid, fragment => fragment.Aggregates[0] = new Aggregate { Kind = AggregateKind.Moments, Argument = Column("kwh"), ShiftY = double.PositiveInfinity }),
        ["empty expression"] = (Reasons.PlanInvalid, fragment => fragment.Where = new Expression()),
        ["literal that is no number"] = (Reasons.PlanInvalid, fragment => fragment.Where = Call(Operator.Less, Column("kwh"), Double(double.NaN))),
        ["decimal that is none"] = (Reasons.PlanInvalid, fragment => fragment.Where = Call(Operator.Less, Column("price"), Literal(new Value { DecimalValue = "1e5" }))),
        ["date beyond the calendar"] = (Reasons.PlanInvalid, fragment => fragment.Where = Call(Operator.Less, Column("day"), Literal(new Value { DateValue = int.MaxValue }))),
        ["moment beyond the calendar"] = (Reasons.PlanInvalid, fragment => fragment.Where = Call(Operator.Less, Column("seen"), Literal(new Value { TimestampValue = long.MinValue }))),
        ["long literal"] = (Reasons.PlanInvalid, fragment => fragment.Where = Call(Operator.Equal, Column("region"), Literal(new Value { StringValue = new string('x', 10_001) }))),
        ["case without branches"] = (Reasons.PlanInvalid, fragment => fragment.Where = new Expression { CaseExpression = new CaseExpression() }),
        ["case branch without a result"] = (Reasons.PlanInvalid, fragment => fragment.Where = new Expression { CaseExpression = new CaseExpression { Branches = { new CaseBranch { Condition = Column("night") } } } }),
        ["case of nothing but NULL"] = (Reasons.PlanTypeMismatch, fragment => Sum(fragment, Case((Column("night"), Null())))),
        ["case of two types"] = (Reasons.PlanTypeMismatch, fragment => Sum(fragment, Case((Column("night"), Column("kwh")), (Column("night"), Column("units"))))),
        ["case on a number"] = (Reasons.PlanTypeMismatch, fragment => Sum(fragment, Case((Column("age"), Column("kwh"))))),
        ["unknown function"] = (Reasons.PlanTypeMismatch, fragment => fragment.Where = Call((Operator)99, Column("night"))),
        ["unset function"] = (Reasons.PlanTypeMismatch, fragment => fragment.Where = Call(Operator.Unspecified, Column("night"))),
        ["function without arguments"] = (Reasons.PlanTypeMismatch, fragment => fragment.Where = Call(Operator.Not)),
        ["comparison of two types"] = (Reasons.PlanTypeMismatch, fragment => fragment.Where = Call(Operator.Equal, Column("age"), Double(1))),
        ["order of booleans"] = (Reasons.PlanTypeMismatch, fragment => fragment.Where = Call(Operator.Less, Column("night"), Column("night"))),
        ["comparison with NULL"] = (Reasons.PlanTypeMismatch, fragment => fragment.Where = Call(Operator.Equal, Column("age"), Null())),
        ["in of columns"] = (Reasons.PlanTypeMismatch, fragment => fragment.Where = Call(Operator.In, Column("age"), Column("age"))),
        ["in of nothing"] = (Reasons.PlanTypeMismatch, fragment => fragment.Where = Call(Operator.In, Column("age"))),
        ["and of one"] = (Reasons.PlanTypeMismatch, fragment => fragment.Where = Call(Operator.And, Column("night"))),
        ["filter that is a number"] = (Reasons.PlanTypeMismatch, fragment => fragment.Where = Column("age")),
        ["aggregate filter that is a number"] = (Reasons.PlanTypeMismatch, fragment => fragment.Aggregates[0].Filter = Column("age")),
        ["unknown grain"] = (Reasons.PlanTypeMismatch, fragment => fragment.GroupBy.Add(Call(Operator.DateTrunc, (Grain)42, Column("day")))),
        ["hours of a date"] = (Reasons.PlanTypeMismatch, fragment => fragment.GroupBy.Add(Call(Operator.Extract, Grain.Hour, Column("day")))),
        ["bucket of a column without cuts"] = (Reasons.PlanTypeMismatch, fragment => fragment.GroupBy.Add(Call(Operator.Bucket, Column("age")))),
        ["bucket of an expression"] = (Reasons.PlanTypeMismatch, fragment => fragment.GroupBy.Add(Call(Operator.Bucket, Call(Operator.Negate, Column("kwh_band"))))),
        ["decimals beyond 38 digits"] = (Reasons.PlanTypeMismatch, fragment => Sum(fragment, Enumerable.Repeat(Column("price"), 20).Aggregate((x, y) => Call(Operator.Multiply, x, y)))),
        ["unknown column"] = (Reasons.PlanUnknownColumn, fragment => fragment.Where = Call(Operator.IsNull, Column("nothing"))),
        ["column in another case"] = (Reasons.PlanUnknownColumn, fragment => fragment.GroupBy.Add(Column("REGION"))),
        ["identifier in a filter"] = (Reasons.ColumnNotUsable, fragment => fragment.Where = Call(Operator.IsNull, Column("worker_id"))),
        ["identifier as a key"] = (Reasons.ColumnNotUsable, fragment => fragment.GroupBy.Add(Column("worker_id"))),
        ["identifier counted"] = (Reasons.ColumnNotUsable, fragment => fragment.Aggregates[0] = new Aggregate { Kind = AggregateKind.Count, Argument = Column("worker_id") }),
        ["hidden column in a CASE condition"] = (Reasons.ColumnNotUsable, fragment => Sum(fragment, Case((Call(Operator.IsNull, Column("note")), Column("kwh"))))),
        ["hidden column in an aggregate filter"] = (Reasons.ColumnNotUsable, fragment => fragment.Aggregates[0].Filter = Call(Operator.IsNull, Column("note"))),
        ["grouping by a measure"] = (Reasons.GroupingNotAllowed, fragment => fragment.GroupBy.Add(Column("kwh"))),
        ["grouping by a derived measure"] = (Reasons.GroupingNotAllowed, fragment => fragment.GroupBy.Add(Column("cost"))),
        ["grouping by single values under cuts"] = (Reasons.GroupingNotAllowed, fragment => fragment.GroupBy.Add(Column("kwh_band"))),
        ["grouping by days under a month"] = (Reasons.GroupingNotAllowed, fragment => fragment.GroupBy.Add(Column("month"))),
        ["grouping by a finer unit"] = (Reasons.GroupingNotAllowed, fragment => fragment.GroupBy.Add(Call(Operator.DateTrunc, Grain.Week, Column("month")))),
        ["grouping by a part finer than the grain"] = (Reasons.GroupingNotAllowed, fragment => fragment.GroupBy.Add(Call(Operator.Extract, Grain.Day, Column("month")))),
        ["grouping by a long unit of a finer one"] = (Reasons.GroupingNotAllowed, fragment => fragment.GroupBy.Add(Call(Operator.DateTrunc, Grain.Year, Call(Operator.DateTrunc, Grain.Day, Column("month"))))),
        ["grouping by arithmetic"] = (Reasons.GroupingNotAllowed, fragment => fragment.GroupBy.Add(Call(Operator.Add, Column("age"), Column("age")))),
        ["grouping by a constant"] = (Reasons.GroupingNotAllowed, fragment => fragment.GroupBy.Add(Double(1))),
        ["grouping by a CASE"] = (Reasons.GroupingNotAllowed, fragment => fragment.GroupBy.Add(Case((Column("night"), Column("region"))))),
        ["grouping by a condition"] = (Reasons.GroupingNotAllowed, fragment => fragment.GroupBy.Add(Call(Operator.IsNull, Column("month")))),
        ["sum of a dimension"] = (Reasons.AggregateNotAllowed, fragment => Sum(fragment, Column("age"))),
        ["sum of a band"] = (Reasons.AggregateNotAllowed, fragment => Sum(fragment, Column("kwh_band"))),
        ["sum of a bucket"] = (Reasons.AggregateNotAllowed, fragment => Sum(fragment, Call(Operator.Bucket, Column("kwh_band")))),
        ["sum of a dimension in a CASE"] = (Reasons.AggregateNotAllowed, fragment => Sum(fragment, Case((Column("night"), Column("age"))))),
        ["count of a string"] = (Reasons.AggregateNotAllowed, fragment => fragment.Aggregates[0] = new Aggregate { Kind = AggregateKind.Count, Argument = Column("region") }),
        ["sum of a condition"] = (Reasons.AggregateNotAllowed, fragment => Sum(fragment, Call(Operator.IsNull, Column("kwh")))),
        ["sum of a part of a date"] = (Reasons.AggregateNotAllowed, fragment => Sum(fragment, Call(Operator.Extract, Grain.Year, Column("day")))),
    };
}
