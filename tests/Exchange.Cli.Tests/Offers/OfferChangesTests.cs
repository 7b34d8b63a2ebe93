using Exchange.Cli.Offers;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;

namespace Exchange.Cli.Tests.Offers;

/// <summary>What may stand behind <c>offer what-if --set</c>.</summary>
public sealed class OfferChangesTests
{
    [Fact]
    public void Every_rule_of_the_file_can_be_changed_and_the_others_stay()
    {
        var terms = new OfferTerms { Name = "open", QueriesPerDay = 7, Disclosure = new Disclosure { MinUnits = 10, PPercent = 10 } };

        var changed = OfferChanges.Apply(terms,
        [
            "disclosure.min_units=20", "disclosure.min_nodes=4", "disclosure.dominance.n=1", "disclosure.dominance.percent=75.5",
            "disclosure.coalition=2", "disclosure.min_spread=5", "disclosure.round_to=0",
        ]);

        Assert.Equal(
            new Disclosure { MinUnits = 20, MinNodes = 4, DominanceN = 1, DominancePercent = 75.5, PPercent = 10, Coalition = 2, MinSpread = 5 }, changed.Disclosure);
        Assert.Equal(("open", 7, 10), (changed.Name, changed.QueriesPerDay, terms.Disclosure.MinUnits));
    }

    [Theory]
    [InlineData("disclosure.min_unit=20", "did you mean 'disclosure.min_units'?")]
    [InlineData("min_units=20", "did you mean 'disclosure.min_units'?")]
    [InlineData("dominance.percent=20", "did you mean 'disclosure.dominance.percent'?")]
    [InlineData("disclosure.dominance.percents=20", "did you mean 'disclosure.dominance.percent'?")]
    [InlineData("weather=20", "has no key 'weather'.")]
    [InlineData("disclosure.weather=20", "has no key 'disclosure.weather'.")]
    [InlineData("columns.region=group", "'columns.region' is not tried")]
    [InlineData("queries_per_day=1", "'queries_per_day' is not tried")]
    [InlineData("disclosure.min_units", "KEY=VALUE")]
    [InlineData("disclosure.min_units=", "whole number from 1")]
    [InlineData("disclosure.min_units=0", "whole number from 1")]
    [InlineData("disclosure.min_units=-3", "whole number from 1")]
    [InlineData("disclosure.p_percent=0", "percentage")]
    [InlineData("disclosure.p_percent=100.5", "percentage")]
    [InlineData("disclosure.p_percent=1,5", "percentage")]
    public void A_change_that_is_none_is_refused_in_a_sentence(string change, string sentence)
    {
        var error = Assert.Throws<ExchangeException>(() => OfferChanges.Apply(new OfferTerms(), [change]));

        Assert.Equal(Reasons.Usage, error.Reason);
        Assert.Contains(sentence, error.Message, StringComparison.Ordinal);
    }
}
