using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Tiles;

/// <summary>
/// A tree of one size: recent hashes from memory, older ones from full tiles. Never changes; safe for many threads.
/// Also gives tiles of hashes as they are served, the partial ones of this size included.
/// </summary>
public sealed class TreeSnapshot : ISubtreeHashes
{
    private readonly ISubtreeHashes _full;

    internal TreeSnapshot(ISubtreeHashes full, TileNodes[] levels, long size)
    {
        _full = full;
        Levels = levels;
        Size = size;
    }

    /// <summary>Leaves.</summary>
    public long Size { get; }

    internal TileNodes[] Levels { get; }

    /// <inheritdoc/>
    public TreeHash Read(int height, long index)
    {
        var (level, within) = (height / Tile.Height, height % Tile.Height);
        var first = index << within;
        var hashes = level * Tile.Height < 63 ? Size >> (level * Tile.Height) : 0;
        if (first + (1 << within) > hashes)
        {
            throw new InvalidDataException("The tree has no such node yet.");
        }

        return first / Tile.WidthMax == hashes / Tile.WidthMax && level < Levels.Length
            ? Levels[level][within, (int)(first % Tile.WidthMax) >> within]
            : _full.Read(height, index);
    }

    /// <summary>The hashes of a tile that is not full in a tree of this size or was not in an earlier one, the first <c>tile.Width</c> of them; null when it is not in memory.</summary>
    public byte[]? ReadPartial(Tile tile)
    {
        var hashes = tile.Level is >= 0 and < 8 ? Size >> (tile.Level * Tile.Height) : 0;
        return tile.Level >= 0 && tile.Level < Levels.Length && tile.Number == hashes / Tile.WidthMax && tile.Width <= hashes % Tile.WidthMax
            ? Levels[tile.Level].ToBytes(tile.Width)
            : null;
    }
}
