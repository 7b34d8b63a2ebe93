using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Tiles;

/// <summary>
/// The hashes of a tree out of its tiles. Keeps the tiles it read last, each with the nodes inside it, so a proof costs at most one
/// tile per level. Tiles are taken as they are: what is computed from them must be checked against a checkpoint. Safe for many threads.
/// </summary>
/// <param name="tiles">Where the tiles are.</param>
/// <param name="size">Size of the tree, which says how wide the rightmost tiles are; <see cref="long.MaxValue"/> when only full tiles are asked for.</param>
/// <param name="tilesMax">How many tiles are kept, 16 KiB each.</param>
public sealed class TiledHashes(ITileReader tiles, long size, int tilesMax = TiledHashes.TilesDefault) : ISubtreeHashes
{
    private const int TilesDefault = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<Tile, LinkedListNode<(Tile Tile, TileNodes Nodes)>> _kept = [];
    private readonly LinkedList<(Tile Tile, TileNodes Nodes)> _byUse = new();

    /// <inheritdoc/>
    public TreeHash Read(int height, long index)
    {
        var (tile, within, position) = Find(height, index);
        return NodesOf(tile)[within, position];
    }

    /// <summary>Which tile holds a node, how high above the tile's hashes, and where there.</summary>
    internal (Tile Tile, int Height, int Index) Find(int height, long index)
    {
        // The root of a full tile is a hash of the level above, but it is there only as long as that level has a tile: read it where it must be.
        var level = height / Tile.Height;
        var within = height % Tile.Height;
        var first = index << within;
        var number = first / Tile.WidthMax;
        var width = Tile.WidthIn(size, level, number);
        return first % Tile.WidthMax + (1 << within) <= width
            ? (new Tile(level, number, width), within, (int)(first % Tile.WidthMax) >> within)
            : throw new InvalidDataException("The tree has no such node yet.");
    }

    private TileNodes NodesOf(Tile tile)
    {
        lock (_lock)
        {
            if (_kept.TryGetValue(tile, out var kept))
            {
                _byUse.Remove(kept);
                _byUse.AddFirst(kept);
                return kept.Value.Nodes;
            }
        }

        var bytes = tiles.Read(tile);
        if (bytes.Length < tile.Width * TreeHash.Length)
        {
            throw new InvalidDataException($"The tile {tile.Path} is too short.");
        }

        var nodes = TileNodes.Of(bytes.Span[..(tile.Width * TreeHash.Length)]);
        Keep(tile, nodes);
        return nodes;
    }

    private void Keep(Tile tile, TileNodes nodes)
    {
        lock (_lock)
        {
            if (_kept.ContainsKey(tile))
            {
                return;
            }

            _kept[tile] = _byUse.AddFirst((tile, nodes));
            if (_kept.Count > tilesMax)
            {
                _kept.Remove(_byUse.Last!.Value.Tile);
                _byUse.RemoveLast();
            }
        }
    }
}
