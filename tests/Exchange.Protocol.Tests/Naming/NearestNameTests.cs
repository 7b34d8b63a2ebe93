using Exchange.Protocol.Naming;

namespace Exchange.Protocol.Tests.Naming;

public sealed class NearestNameTests
{
    [Theory]
    [InlineData("regoin", "region")]
    [InlineData("KWH", "kwh")]
    [InlineData("pm25", "PM2.5")]
    [InlineData("something_else", null)]
    [InlineData("x", null)]
    public void The_nearest_name_differs_in_few_letters(string written, string? meant) =>
        Assert.Equal(meant, NearestName.Of(written, ["region", "kwh", "PM2.5"]));
}
