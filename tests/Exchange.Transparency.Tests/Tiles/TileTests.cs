using Exchange.Transparency.Tiles;

namespace Exchange.Transparency.Tests.Tiles;

public sealed class TileTests
{
    [Theory]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(0, 273, 112, "tile/0/273.p/112")]
    [InlineData(3, 5, 256, "tile/3/005")]
    [InlineData(5, 123456078, 256, "tile/5/x123/x456/078")]
    [InlineData(5, 123456078, 2, "tile/5/x123/x456/078.p/2")]
    [InlineData(63, 1234067, 255, "tile/63/x001/x234/067.p/255")]
    [InlineData(Tile.Entries, 1000, 256, "tile/entries/x001/000")]
    [InlineData(0, long.MaxValue, 1, "tile/0/x009/x223/x372/x036/x854/x775/807.p/1")]
    public void Paths_are_those_of_the_format_both_ways(int level, long number, int width, string path)
    {
        Assert.Equal(path, new Tile(level, number, width).Path);
        Assert.True(Tile.TryParse(path, out var parsed));
        Assert.Equal(new Tile(level, number, width), parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tile/")]
    [InlineData("tile/0")]
    [InlineData("tile/0/")]
    [InlineData("tile/0/0")]
    [InlineData("tile/0/00")]
    [InlineData("tile/00/000")]
    [InlineData("tile/64/000")]
    [InlineData("tile/-1/000")]
    [InlineData("tile/data/000")]
    [InlineData("tile/0/x000/000")]
    [InlineData("tile/0/001/000")]
    [InlineData("tile/0/x001")]
    [InlineData("tile/0/000.p/0")]
    [InlineData("tile/0/000.p/00")]
    [InlineData("tile/0/000.p/01")]
    [InlineData("tile/0/000.p/256")]
    [InlineData("tile/0/000.p")]
    [InlineData("tile/0/000.p/1/2")]
    [InlineData("tile/0/000/")]
    [InlineData("tile/0/../000")]
    [InlineData("tile/0/x999/x999/x999/x999/x999/x999/999")]
    [InlineData("/tile/0/000")]
    public void Every_other_path_is_refused(string path) => Assert.False(Tile.TryParse(path, out _));

    [Fact]
    public void A_tree_of_seventy_thousand_leaves_has_the_tiles_the_format_says()
    {
        var tiles = Tile.OfTree(70_000).ToLookup(tile => tile.Level);
        Assert.Equal([0, 1, 2], tiles.Select(level => level.Key));
        Assert.Equal(273, tiles[0].Count(tile => tile.IsFull));
        Assert.Equal("tile/0/273.p/112", tiles[0].Last().Path);
        Assert.Equal(["tile/1/000", "tile/1/001.p/17"], tiles[1].Select(tile => tile.Path));
        Assert.Equal(["tile/2/000.p/1"], tiles[2].Select(tile => tile.Path));
        Assert.Equal("tile/entries/273.p/112", Tile.EntriesOfTree(70_000).Last().Path);
    }

    [Fact]
    public void A_full_tile_has_a_partial_one_above_it()
    {
        Assert.Equal(["tile/0/000", "tile/1/000.p/1"], Tile.OfTree(256).Select(tile => tile.Path));
        Assert.Empty(Tile.OfTree(0));
    }
}
