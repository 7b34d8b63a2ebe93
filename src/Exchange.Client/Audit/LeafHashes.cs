using Exchange.Transparency.Trees;

namespace Exchange.Client.Audit;

/// <summary>A tree out of the hashes of its leaves, with every complete node kept: 64 bytes a leaf. Only grows.</summary>
internal sealed class LeafHashes : ISubtreeHashes
{
    private readonly List<List<TreeHash>> _levels = [[]];

    /// <summary>Leaves.</summary>
    public long Size => _levels[0].Count;

    /// <summary>Hash of a leaf.</summary>
    public TreeHash this[long seq] => _levels[0][(int)seq];

    /// <summary>Adds a leaf.</summary>
    public void Add(TreeHash leaf)
    {
        var hash = leaf;
        for (var level = 0; ; level++)
        {
            if (level == _levels.Count)
            {
                _levels.Add([]);
            }

            var nodes = _levels[level];
            nodes.Add(hash);
            if (nodes.Count % 2 == 1)
            {
                return;
            }

            hash = TreeHash.OfNode(nodes[^2], nodes[^1]);
        }
    }

    /// <inheritdoc/>
    public TreeHash Read(int height, long index) => height < _levels.Count && index < _levels[height].Count
        ? _levels[height][(int)index]
        : throw new InvalidDataException("The tree has no such node.");
}
