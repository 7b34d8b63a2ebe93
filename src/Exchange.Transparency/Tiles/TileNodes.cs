using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Tiles;

/// <summary>
/// A tile's hashes with every node above them that is complete, up to the tile's own root. Filled from the left, and what is
/// complete never changes, so readers of an earlier size read while one writer adds.
/// </summary>
internal sealed class TileNodes
{
    // Height h of the tile begins where the wider ones below it end.
    private readonly TreeHash[] _nodes = new TreeHash[(2 * Tile.WidthMax) - 1];

    /// <summary>Nodes of the hashes of a tile as it is stored.</summary>
    public static TileNodes Of(ReadOnlySpan<byte> hashes)
    {
        var nodes = new TileNodes();
        for (var i = 0; i < hashes.Length / TreeHash.Length; i++)
        {
            nodes.Set(i, new TreeHash(hashes.Slice(i * TreeHash.Length, TreeHash.Length)));
        }

        return nodes;
    }

    /// <summary>A complete node, <paramref name="height"/> levels above the tile's hashes.</summary>
    public TreeHash this[int height, int index] => _nodes[Offset(height) + index];

    /// <summary>Adds the next hash, and the nodes that it completes.</summary>
    public void Set(int index, TreeHash hash)
    {
        _nodes[index] = hash;
        for (var height = 0; (index & 1) == 1; height++)
        {
            var parent = TreeHash.OfNode(this[height, index - 1], this[height, index]);
            index >>= 1;
            _nodes[Offset(height + 1) + index] = parent;
        }
    }

    /// <summary>The first hashes as a tile stores them.</summary>
    public byte[] ToBytes(int width)
    {
        var bytes = new byte[width * TreeHash.Length];
        for (var i = 0; i < width; i++)
        {
            _nodes[i].CopyTo(bytes.AsSpan(i * TreeHash.Length));
        }

        return bytes;
    }

    private static int Offset(int height) => (2 * Tile.WidthMax) - (2 * Tile.WidthMax >> height);
}
