using CsCheck;
using Exchange.Node.Catalog;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Node.Tests.Catalog;

public sealed class StricterOfTests
{
    [Fact]
    public void Each_disclosure_rule_is_the_stricter_of_the_two()
    {
        // Set after the check, which does not let rules through that are not applied yet.
        var agreed = Complete();
        agreed.Disclosure = new Disclosure { MinUnits = 20, MinNodes = 3, DominanceN = 2, DominancePercent = 80, PPercent = 10, Coalition = 1, MinSpread = 5 };
        var current = Complete();
        current.Disclosure = new Disclosure { MinUnits = 5, MinNodes = 3, DominanceN = 2, DominancePercent = 95, PPercent = 15, Coalition = 2, MinSpread = 3, RoundTo = 3 };

        var rules = OfferRules.StricterOf(agreed, current, Samples.Product()).Disclosure;

        Assert.Equal(
            new Disclosure { MinUnits = 20, MinNodes = 3, DominanceN = 2, DominancePercent = 80, PPercent = 15, Coalition = 2, MinSpread = 5, RoundTo = 3 }, rules);
    }

    [Fact]
    public void Only_uses_that_both_allow_stay_with_what_they_imply()
    {
        var agreed = Complete(terms => terms.Columns.Add([Samples.Rule("kwh", ColumnUse.Avg), Samples.Rule("price", ColumnUse.Sum), Samples.Rule("region", ColumnUse.Group)]));
        var current = Complete(terms => terms.Columns.Add([Samples.Rule("kwh", ColumnUse.Sum, ColumnUse.Filter), Samples.Rule("region", ColumnUse.Filter)]));

        var terms = OfferRules.StricterOf(agreed, current, Samples.Product());

        Assert.True(terms.ColumnsListed);
        Assert.Equal([Samples.Rule("kwh", ColumnUse.Sum)], terms.Columns);
    }

    [Fact]
    public void A_list_that_came_later_acts_and_brings_nothing_that_no_list_forbade()
    {
        var agreed = Complete();
        var current = Complete(terms => terms.Columns.Add([Samples.Rule("kwh", ColumnUse.Filter, ColumnUse.Sum), Samples.Rule("region", ColumnUse.Group)]));

        var terms = OfferRules.StricterOf(agreed, current, Samples.Product());

        Assert.Equal([Samples.Rule("kwh", ColumnUse.Sum), Samples.Rule("region", ColumnUse.Group)], terms.Columns);
    }

    [Fact]
    public void Without_lists_there_is_none() =>
        Assert.False(OfferRules.StricterOf(Complete(), Complete(terms => terms.QueriesPerDay = 5), Samples.Product()).ColumnsListed);

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 7, 7)]
    [InlineData(7, 0, 7)]
    [InlineData(3, 7, 3)]
    public void The_smaller_daily_limit_holds_and_0_is_none(int agreed, int current, int expected) => Assert.Equal(
        expected,
        OfferRules.StricterOf(Complete(terms => terms.QueriesPerDay = agreed), Complete(terms => terms.QueriesPerDay = current), Samples.Product()).QueriesPerDay);

    [Fact]
    public void Purposes_release_and_aggregation_narrow_too()
    {
        var current = Complete();
        current.Purposes.Remove("research");
        current.Release = ReleaseClass.Table;
        current.Aggregation = Aggregation.Secure;

        var terms = OfferRules.StricterOf(Complete(), current, Samples.Product());

        Assert.Equal(["statistics"], terms.Purposes);
        Assert.Equal((ReleaseClass.Table, Aggregation.Secure), (terms.Release, terms.Aggregation));
    }

    [Fact]
    public void What_applies_is_never_looser_than_either_and_the_same_terms_stay_as_they_are()
    {
        var product = Samples.Product();
        var uses = Gen.OneOf(ColumnUse.Filter, ColumnUse.Count, ColumnUse.Sum, ColumnUse.Avg, ColumnUse.Variance, ColumnUse.Corr);
        var anyTerms = Gen.Select(Gen.Bool, uses.HashSet[1, 4], Gen.Int[1, 50], Gen.Int[0, 9]).Select((listed, allowed, units, daily) => Complete(terms =>
        {
            terms.Disclosure = new Disclosure { MinUnits = units };
            terms.QueriesPerDay = daily;
            if (listed)
            {
                terms.Columns.Add(Samples.Rule("kwh", [.. allowed]));
            }
        }));

        Gen.Select(anyTerms, anyTerms).Sample((agreed, current) =>
        {
            var applies = OfferRules.StricterOf(agreed, current, product);
            foreach (var terms in new[] { agreed, current })
            {
                Assert.True(applies.Disclosure.MinUnits >= terms.Disclosure.MinUnits);
                Assert.True(terms.QueriesPerDay == 0 || applies.QueriesPerDay is > 0 && applies.QueriesPerDay <= terms.QueriesPerDay);
                var allowed = OfferColumns.UsesOf(terms, product);
                Assert.All(OfferColumns.UsesOf(applies, product), column => Assert.Subset(allowed[column.Key], column.Value));
            }

            Assert.Equal(OfferColumns.UsesOf(agreed, product)["kwh"], OfferColumns.UsesOf(OfferRules.StricterOf(agreed, agreed, product), product)["kwh"]);
        }, iter: 200);
    }

    private static OfferTerms Complete(Action<OfferTerms>? change = null) => OfferRules.Check(Samples.Terms(change), Samples.Product(), Samples.Now).Terms;
}
