using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Tiles;

/// <summary>
/// The right edge of a growing tree: the tile of each level that is not full yet, in memory. One writer adds leaves and takes
/// snapshots; what it added since the last snapshot it can take back. Full tiles are handed out to be stored. Adding a leaf costs
/// two hashes.
/// </summary>
public sealed class TreeEdge
{
    private readonly ISubtreeHashes _full;
    private readonly List<(Tile Tile, byte[] Hashes)> _filled = [];
    private TileNodes[] _levels;
    private TreeSnapshot _last;

    private TreeEdge(ISubtreeHashes full, TileNodes[] levels, long size)
    {
        _full = full;
        _levels = levels;
        Size = size;
        _last = new TreeSnapshot(full, levels, size);
    }

    /// <summary>Takes up a tree that is stored.</summary>
    /// <param name="full">The hashes of full tiles, where those handed out are found again.</param>
    /// <param name="leafHashes">Hashes of the leaves after the last full tile of level 0: <c>size % 256</c> of them.</param>
    /// <param name="size">Leaves of the tree.</param>
    /// <exception cref="InvalidDataException">The stored tiles are not those of such a tree.</exception>
    public static TreeEdge Load(ISubtreeHashes full, IReadOnlyList<TreeHash> leafHashes, long size)
    {
        if (leafHashes.Count != size % Tile.WidthMax)
        {
            throw new InvalidDataException("The leaves after the last full tile are not complete.");
        }

        var levels = new List<TileNodes> { new() };
        for (var i = 0; i < leafHashes.Count; i++)
        {
            levels[0].Set(i, leafHashes[i]);
        }

        for (var hashes = size >> Tile.Height; hashes > 0; hashes >>= Tile.Height)
        {
            var nodes = new TileNodes();
            for (var i = 0; i < hashes % Tile.WidthMax; i++)
            {
                nodes.Set(i, RootOfFull(full, levels.Count - 1, hashes - (hashes % Tile.WidthMax) + i));
            }

            levels.Add(nodes);
        }

        return new TreeEdge(full, [.. levels], size);
    }

    /// <summary>Leaves so far.</summary>
    public long Size { get; private set; }

    /// <summary>The tiles filled since the last snapshot, which must be stored before it counts.</summary>
    public IReadOnlyList<(Tile Tile, byte[] Hashes)> Filled => _filled;

    /// <summary>Adds a leaf.</summary>
    public void Append(TreeHash leaf)
    {
        var (hash, index) = (leaf, Size);
        for (var level = 0; ; level++)
        {
            if (level == _levels.Length)
            {
                _levels = [.. _levels, new TileNodes()];
            }

            var position = (int)(index % Tile.WidthMax);
            _levels[level].Set(position, hash);
            if (position < Tile.WidthMax - 1)
            {
                break;
            }

            var filled = _levels[level];
            _filled.Add((new Tile(level, index / Tile.WidthMax, Tile.WidthMax), filled.ToBytes(Tile.WidthMax)));

            // A snapshot may still read the old one, so the next tile of the level gets nodes of its own.
            _levels = [.. _levels];
            _levels[level] = new TileNodes();
            (hash, index) = (filled[Tile.Height, 0], index / Tile.WidthMax);
        }

        Size++;
    }

    /// <summary>The tree as it is now, for readers on any thread. The tiles filled since the last one are forgotten here.</summary>
    public TreeSnapshot Snapshot()
    {
        _filled.Clear();
        return _last = new TreeSnapshot(_full, [.. _levels], Size);
    }

    /// <summary>Root of the tree as it is now. Tiles that are filled but not stored are read from memory.</summary>
    public TreeHash Root()
    {
        // Complete subtrees from the right: those of a level's tile are all in it.
        TreeHash? root = null;
        var size = Size;
        for (var height = 0; size > 0; height++, size >>= 1)
        {
            if ((size & 1) == 1)
            {
                var (level, within) = (height / Tile.Height, height % Tile.Height);
                var node = _levels[level][within, (int)((size - 1) % (Tile.WidthMax >> within))];
                root = root is { } right ? TreeHash.OfNode(node, right) : node;
            }
        }

        return root ?? TreeHash.Empty;
    }

    /// <summary>Takes back what was added since the last snapshot.</summary>
    public void Rewind()
    {
        _filled.Clear();
        _levels = [.. _last.Levels];
        Size = _last.Size;
    }

    private static TreeHash RootOfFull(ISubtreeHashes full, int level, long number)
    {
        var half = Tile.Height - 1;
        return TreeHash.OfNode(full.Read((level * Tile.Height) + half, 2 * number), full.Read((level * Tile.Height) + half, (2 * number) + 1));
    }
}
