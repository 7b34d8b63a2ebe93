using Exchange.Node.Catalog;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Identity.V1;

namespace Exchange.Node.Tests.Catalog;

public sealed class OfferMatchingTests
{
    [Fact]
    public void Empty_lists_are_anybody()
    {
        Assert.True(OfferMatching.Matches((Consumers?)null, Samples.University()));
        Assert.True(OfferMatching.Matches(new Consumers(), Samples.University()));
    }

    [Theory]
    [InlineData(ParticipantKind.Institute, true)]
    [InlineData(ParticipantKind.Government, false)]
    public void The_kind_must_be_listed(ParticipantKind kind, bool matches) =>
        Assert.Equal(matches, OfferMatching.Matches(new Consumers { Kinds = { kind } }, Samples.University()));

    [Theory]
    [InlineData("CN-*", "CN-ZJ", true)]
    [InlineData("CN-ZJ", "CN-ZJ", true)]
    [InlineData("*", "US-NJ", true)]
    [InlineData("*-ZJ", "CN-ZJ", true)]
    [InlineData("CN-*", "CN", false)]
    [InlineData("CN-*", "US-CN", false)]
    [InlineData("CN", "CN-ZJ", false)]
    [InlineData("US-N*", "US-PA", false)]
    public void A_star_in_a_region_stands_for_any_characters(string pattern, string region, bool matches) =>
        Assert.Equal(matches, OfferMatching.MatchesRegion(pattern, region));

    [Fact]
    public void Every_list_that_is_not_empty_must_be_fulfilled()
    {
        var consumers = new Consumers { Kinds = { ParticipantKind.Institute }, Regions = { "CN-*", "US-*" }, Participants = { "university" } };

        Assert.True(OfferMatching.Matches(consumers, Samples.University()));
        Assert.False(OfferMatching.Matches(consumers, Samples.University(other => other.Id = "college")));
        Assert.False(OfferMatching.Matches(consumers, Samples.University(other => other.Region = "FR-75")));
        Assert.False(OfferMatching.Matches(consumers, Samples.University(other => other.Kind = ParticipantKind.Enterprise)));
    }

    [Fact]
    public void One_of_the_purposes_must_be_accredited_and_none_on_record_means_all()
    {
        Assert.True(OfferMatching.Matches(Samples.Terms(), Samples.University()));
        Assert.True(OfferMatching.Matches(Samples.Terms(), Samples.University(one => one.Purposes.Add("statistics"))));
        Assert.False(OfferMatching.Matches(Samples.Terms(), Samples.University(one => one.Purposes.Add("marketing"))));
    }
}
