using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Tiles;

/// <summary>
/// A tree of one size: recent hashes from memory, older ones from full tiles. Never changes; safe for many threads.
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

    /// <summary>A tile of hashes as it is served, also a narrower version of one that is wider by now.</summary>
    /// <exception cref="InvalidDataException">The tree has no such tile, or it is not stored.</exception>
    public byte[] ReadTile(Tile tile)
    {
        if (tile.Width > Tile.WidthIn(Size, tile.Level, tile.Number) || tile.Level == Tile.Entries)
        {
            throw new InvalidDataException($"The tree has no tile {tile.Path}.");
        }

        var bytes = new byte[tile.Width * TreeHash.Length];
        for (var i = 0; i < tile.Width; i++)
        {
            Read(tile.Level * Tile.Height, (tile.Number * Tile.WidthMax) + i).CopyTo(bytes.AsSpan(i * TreeHash.Length));
        }

        return bytes;
    }
}
