using Exchange.Transparency.Tiles;

namespace Exchange.Transparency.Tests.Tiles;

public sealed class EntryBundleTests
{
    [Fact]
    public void Leaves_stand_behind_their_lengths_with_the_larger_byte_first() =>
        Assert.Equal("000000026869" + "0101" + new string('a', 514), Convert.ToHexStringLower(EntryBundle.Encode([new byte[0], "hi"u8.ToArray(), Enumerable.Repeat((byte)0xaa, 257).ToArray()])));

    [Fact]
    public void What_was_put_together_comes_apart()
    {
        ReadOnlyMemory<byte>[] leaves = [.. Enumerable.Range(0, 256).Select(i => (ReadOnlyMemory<byte>)new byte[i * 257 % 65536])];
        Assert.True(EntryBundle.TryDecode(EntryBundle.Encode(leaves), out var decoded));
        Assert.Equal(leaves.Select(leaf => leaf.Length), decoded.Select(leaf => leaf.Length));
    }

    [Theory]
    [InlineData("00")]
    [InlineData("0001")]
    [InlineData("000161" + "00")]
    [InlineData("ffff00")]
    public void A_bundle_that_breaks_off_is_refused(string hex) => Assert.False(EntryBundle.TryDecode(Convert.FromHexString(hex), out _));

    [Fact]
    public void A_bundle_holds_at_most_a_tile_of_leaves()
    {
        Assert.True(EntryBundle.TryDecode(new byte[2 * 256], out _));
        Assert.False(EntryBundle.TryDecode(new byte[2 * 257], out _));
    }

    [Fact]
    public void A_leaf_of_64_KiB_does_not_fit()
    {
        Assert.Equal(2 + 65535, EntryBundle.Encode([new byte[65535]]).Length);
        Assert.Throws<ArgumentException>(() => EntryBundle.Encode([new byte[65536]]));
    }
}
