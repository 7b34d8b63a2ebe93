using Exchange.Protocol.Naming;

namespace Exchange.Protocol.Tests.Naming;

public sealed class IdentifiersTests
{
    [Fact]
    public void New_ids_are_of_their_form_and_differ()
    {
        var ids = Enumerable.Range(0, 1000).Select(_ => Identifiers.NewId()).ToList();

        Assert.All(ids, id => Assert.True(Identifiers.IsId(id)));
        Assert.Equal(1000, ids.Distinct().Count());
    }

    [Theory]
    [InlineData("ab", true)]
    [InlineData("a-1", true)]
    [InlineData("a", false)]
    [InlineData("1a", false)]
    [InlineData("Ab", false)]
    [InlineData("a_b", false)]
    [InlineData("ab\n", false)]
    [InlineData("a.b", false)]
    [InlineData(null, false)]
    public void A_slug_is_short_lower_case_and_begins_with_a_letter(string? text, bool valid) => Assert.Equal(valid, Identifiers.IsSlug(text));

    [Fact]
    public void A_slug_has_at_most_40_characters()
    {
        Assert.True(Identifiers.IsSlug(new string('a', 40)));
        Assert.False(Identifiers.IsSlug(new string('a', 41)));
    }

    [Theory]
    [InlineData("readings/1", true)]
    [InlineData("air_quality/9999", true)]
    [InlineData("readings", false)]
    [InlineData("readings/0", false)]
    [InlineData("readings/01", false)]
    [InlineData("readings/10000", false)]
    [InlineData("Readings/1", false)]
    public void A_product_is_named_with_its_major_version(string text, bool valid) => Assert.Equal(valid, Identifiers.IsProductId(text));
}
