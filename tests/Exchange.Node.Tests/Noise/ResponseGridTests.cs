using Exchange.Node.Noise;

namespace Exchange.Node.Tests.Noise;

public sealed class ResponseGridTests
{
    [Theory]
    [InlineData(0, 250, 250)]
    [InlineData(1, 250, 249)]
    [InlineData(249, 250, 1)]
    [InlineData(250, 250, 0)]
    [InlineData(251, 250, 249)]
    [InlineData(990, 250, 10)]
    [InlineData(77, 0, 0)]
    public void An_answer_waits_for_the_next_multiple_and_never_leaves_before_the_first(int elapsed, int grid, int left) =>
        Assert.Equal(TimeSpan.FromMilliseconds(left), ResponseGrid.LeftOf(TimeSpan.FromMilliseconds(elapsed), TimeSpan.FromMilliseconds(grid)));
}
