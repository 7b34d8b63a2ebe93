using System.Globalization;
using System.Text;
using Exchange.Transparency.Tests.Trees;
using Exchange.Transparency.Tiles;
using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Tests.Tiles;

public sealed class TreeEdgeTests
{
    private const int Leaves = 70_000;
    private static readonly TreeHash[] Hashes = [.. Enumerable.Range(0, Leaves).Select(i => TreeHash.OfLeaf(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"leaf {i}"))))];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(256)]
    [InlineData(1000)]
    public void An_edge_that_grows_in_batches_has_the_roots_of_the_whole_tree(int batch)
    {
        var tree = GrowingTree.OfNumberedLeaves(1000);
        var store = new TileStore();
        var edge = store.Edge();
        for (var i = 0; i < 1000; i++)
        {
            edge.Append(Hashes[i]);
            if ((i + 1) % batch == 0)
            {
                Assert.Equal(tree.Head(i + 1).Root, edge.Root());
                Assert.Equal(tree.Head(i + 1).Root, MerkleTree.Root(store.Keep(edge), i + 1));
            }
        }
    }

    [Fact]
    public void An_edge_over_three_levels_proves_every_kind_of_leaf_also_after_it_is_loaded_again()
    {
        var store = new TileStore();
        var snapshot = Fill(store, Leaves);
        var head = new TreeHead(Leaves, MerkleTree.Root(snapshot, Leaves));
        var loaded = TreeEdge.Load(new TiledHashes(store, long.MaxValue), Hashes[^(Leaves % 256)..], Leaves);
        Assert.Equal(head.Root, loaded.Root());
        foreach (var hashes in new ISubtreeHashes[] { snapshot, loaded.Snapshot() })
        {
            foreach (var index in new[] { 0, 255, 256, 65_535, 65_536, 69_887, 69_888, 69_999 })
            {
                Assert.True(MerkleProof.IsIncluded(Hashes[index], index, MerkleTree.InclusionProof(hashes, index, Leaves), head));
                Assert.True(MerkleProof.IsConsistent(
                    new TreeHead(index + 1, MerkleTree.Root(hashes, index + 1)), head, MerkleTree.ConsistencyProof(hashes, index + 1, Leaves)));
            }
        }
    }

    [Fact]
    public void What_is_taken_back_leaves_the_tree_as_it_was()
    {
        var store = new TileStore();
        var edge = store.Edge();
        Array.ForEach(Hashes[..500], edge.Append);
        var before = store.Keep(edge);
        var root = edge.Root();
        for (var i = 0; i < 600; i++)
        {
            edge.Append(TreeHash.OfLeaf("taken back"u8));
        }

        Assert.NotEmpty(edge.Filled);
        edge.Rewind();
        Assert.Empty(edge.Filled);
        Assert.Equal(root, edge.Root());
        Assert.Equal(root, MerkleTree.Root(before, 500));
        Array.ForEach(Hashes[500..1000], edge.Append);
        Assert.Equal(GrowingTree.OfNumberedLeaves(1000).Head(1000).Root, edge.Root());
    }

    [Fact]
    public async Task An_old_snapshot_stays_as_it_was_while_the_tree_grows()
    {
        var store = new TileStore();
        var edge = store.Edge();
        Array.ForEach(Hashes[..300], edge.Append);
        var old = store.Keep(edge);
        var root = MerkleTree.Root(old, 300);
        var reader = Task.Run(() =>
        {
            for (var i = 0; i < 2000; i++)
            {
                var index = i % 300;
                Assert.True(MerkleProof.IsIncluded(Hashes[index], index, MerkleTree.InclusionProof(old, index, 300), new TreeHead(300, root)));
            }
        }, TestContext.Current.CancellationToken);
        for (var i = 300; i < 20_000; i++)
        {
            edge.Append(Hashes[i]);
            if (i % 100 == 0)
            {
                store.Keep(edge);
            }
        }

        await reader;
    }

    [Fact]
    public void Tiles_that_are_not_full_are_read_as_a_reader_outside_needs_them()
    {
        var store = new TileStore();
        var snapshot = Fill(store, Leaves);
        foreach (var tile in Tile.OfTree(Leaves).Where(tile => !tile.IsFull))
        {
            store.Add(tile, snapshot.ReadTile(tile));
        }

        Assert.Equal(MerkleTree.Root(snapshot, Leaves), MerkleTree.Root(new TiledHashes(store, Leaves), Leaves));
        Assert.Equal(snapshot.ReadTile(new Tile(0, 272, 256))[..(7 * 32)], snapshot.ReadTile(new Tile(0, 272, 7)));
        foreach (var absent in new[] { new Tile(0, 273, 113), new Tile(0, 274, 1), new Tile(1, 1, 18), new Tile(3, 0, 1), new Tile(63, 0, 1), new Tile(Tile.Entries, 0, 1) })
        {
            Assert.Throws<InvalidDataException>(() => snapshot.ReadTile(absent));
        }
    }

    [Fact]
    public void A_tile_that_is_missing_or_too_short_is_said_to_be()
    {
        Assert.Throws<InvalidDataException>(() => new TiledHashes(new TileStore(), 300).Read(0, 5));
        var store = new TileStore();
        store.Add(new Tile(0, 0, 256), new byte[31]);
        Assert.Throws<InvalidDataException>(() => new TiledHashes(store, 300).Read(0, 5));
        Assert.Throws<InvalidDataException>(() => new TiledHashes(store, 300).Read(0, 300));
        Assert.Throws<InvalidDataException>(() => TreeEdge.Load(new TiledHashes(store, long.MaxValue), [], 5));
    }

    private static TreeSnapshot Fill(TileStore store, int count)
    {
        var edge = store.Edge();
        Array.ForEach(Hashes[..count], edge.Append);
        return store.Keep(edge);
    }

    private sealed class TileStore : ITileReader
    {
        private readonly System.Collections.Concurrent.ConcurrentDictionary<Tile, byte[]> _tiles = new();

        public TreeEdge Edge() => TreeEdge.Load(new TiledHashes(this, long.MaxValue), [], 0);

        public TreeSnapshot Keep(TreeEdge edge)
        {
            foreach (var (tile, hashes) in edge.Filled)
            {
                Add(tile, hashes);
            }

            return edge.Snapshot();
        }

        public void Add(Tile tile, byte[] hashes) => _tiles[tile] = hashes;

        public ReadOnlyMemory<byte> Read(Tile tile) => _tiles.TryGetValue(tile, out var hashes) ? hashes : throw new InvalidDataException($"There is no {tile.Path}.");
    }
}
