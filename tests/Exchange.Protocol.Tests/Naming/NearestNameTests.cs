using Exchange.Node.Catalog;

namespace Exchange.Node.Tests.Catalog;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("regoin", "region")]
    [InlineData("KWH", "kwh")]
    [InlineData("pm25", "PM2.5")]
    [InlineData("something_else", null)]
    [InlineData("x", null)]
    public void The_nearest_name_is_at_most_three_edits_away(string written, string? meant) =>
        Assert.Equal(meant, NearestName.Of(written, ["region", "kwh", "PM2.5"]));
}
