using System.Globalization;

namespace Exchange.Transparency.Tiles;

/// <summary>
/// A tile of a log in the layout of c2sp.org/tlog-tiles: up to 256 consecutive hashes of one level, where a hash of level L is
/// the root of a full tile of level L-1; or, at <see cref="Entries"/>, the leaves themselves.
/// </summary>
/// <param name="Level">0 to 63 for hashes, <see cref="Entries"/> for leaves.</param>
/// <param name="Number">From 0, within the level.</param>
/// <param name="Width">1 to 256; 256 is a full tile, which never changes.</param>
public readonly record struct Tile(int Level, long Number, int Width)
{
    /// <summary>Hashes of a full tile.</summary>
    public const int WidthMax = 1 << Height;

    /// <summary>The level of entry bundles.</summary>
    public const int Entries = -1;

    /// <summary>Heights of the tree that one level of tiles spans.</summary>
    public const int Height = 8;

    /// <summary>Highest level: a tree has fewer than 2^63 leaves, and the format allows 63.</summary>
    private const int LevelMax = 63;

    private const string Root = "tile/";
    private const string EntriesLevel = "entries";

    /// <summary>Whether the tile is full.</summary>
    public bool IsFull => Width == WidthMax;

    /// <summary>Its path under the log's prefix, such as <c>tile/3/x123/456.p/7</c>.</summary>
    public string Path
    {
        get
        {
            var level = Level == Entries ? EntriesLevel : Level.ToString(CultureInfo.InvariantCulture);
            var number = (Number % 1000).ToString("000", CultureInfo.InvariantCulture);
            for (var rest = Number / 1000; rest > 0; rest /= 1000)
            {
                number = string.Create(CultureInfo.InvariantCulture, $"x{rest % 1000:000}/{number}");
            }

            return Root + level + "/" + number + (IsFull ? "" : string.Create(CultureInfo.InvariantCulture, $".p/{Width}"));
        }
    }

    /// <summary>Reads a path; only the one that <see cref="Path"/> would print is taken.</summary>
    public static bool TryParse(string path, out Tile tile)
    {
        tile = default;
        // "tile/63/", seven groups of digits and ".p/255" are the longest there can be.
        if (path.Length > 64 || !path.StartsWith(Root, StringComparison.Ordinal))
        {
            return false;
        }

        var parts = path[Root.Length..].Split('/');
        if (parts.Length < 2 || !TryParseLevel(parts[0], out var level))
        {
            return false;
        }

        var width = WidthMax;
        var numbers = parts[1..];
        if (numbers.Length > 1 && numbers[^2].EndsWith(".p", StringComparison.Ordinal))
        {
            if (!TryParseDigits(numbers[^1], WidthMax - 1, out width) || width == 0)
            {
                return false;
            }

            numbers = [.. numbers[..^2], numbers[^2][..^2]];
        }

        if (!TryParseNumber(numbers, out var number))
        {
            return false;
        }

        tile = new Tile(level, number, width);
        return tile.Path == path;
    }

    /// <summary>The tiles of hashes that make up the tree of a size, from the lowest level, left to right; the last of a level may be partial.</summary>
    public static IEnumerable<Tile> OfTree(long size)
    {
        for (var level = 0; size > 0; level++, size >>= Height)
        {
            foreach (var tile in OfLevel(level, size))
            {
                yield return tile;
            }
        }
    }

    /// <summary>The entry bundles of the tree of a size, left to right.</summary>
    public static IEnumerable<Tile> EntriesOfTree(long size) => OfLevel(Entries, size);

    /// <summary>How many hashes, at most 256, the tile of that level and number has in the tree of a size; 0 for none.</summary>
    public static int WidthIn(long size, int level, long number)
    {
        var hashes = level == Entries ? size : level * Height >= 63 ? 0 : size >> (level * Height);
        return number > hashes / WidthMax ? 0 : (int)Math.Min(WidthMax, hashes - (number * WidthMax));
    }

    private static IEnumerable<Tile> OfLevel(int level, long hashes)
    {
        for (var number = 0L; number * WidthMax < hashes; number++)
        {
            yield return new Tile(level, number, (int)Math.Min(WidthMax, hashes - (number * WidthMax)));
        }
    }

    private static bool TryParseLevel(string text, out int level)
    {
        if (text == EntriesLevel)
        {
            level = Entries;
            return true;
        }

        return TryParseDigits(text, LevelMax, out level);
    }

    private static bool TryParseNumber(string[] groups, out long number)
    {
        number = 0;
        foreach (var group in groups)
        {
            if (!TryParseDigits(group.StartsWith('x') ? group[1..] : group, 999, out var digits) || number > (long.MaxValue - digits) / 1000)
            {
                return false;
            }

            number = (number * 1000) + digits;
        }

        return true;
    }

    private static bool TryParseDigits(string text, int max, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= max;
}
