using System.Collections.Immutable;

namespace Exchange.Privacy.SecureSums;

/// <summary>Descriptions of blocks as nodes of a tree: above each node is the description without its last value.</summary>
internal sealed class DescriptionTree
{
    private readonly Dictionary<(int Above, string Value), int> _below = [];
    private readonly Dictionary<int, int> _belowWithNull = [];
    private readonly List<int> _above = [-1];

    /// <summary>Nodes so far; the first is the description without values.</summary>
    public int Count => _above.Count;

    /// <summary>The node above, negative for the first node.</summary>
    public int Above(int node) => _above[node];

    /// <summary>The node of a description, made where there is none.</summary>
    public int Add(ImmutableArray<string?> description)
    {
        var node = 0;
        foreach (var value in description)
        {
            if (value is null ? !_belowWithNull.TryGetValue(node, out var next) : !_below.TryGetValue((node, value), out next))
            {
                next = _above.Count;
                _above.Add(node);
                if (value is null)
                {
                    _belowWithNull.Add(node, next);
                }
                else
                {
                    _below.Add((node, value), next);
                }
            }

            node = next;
        }

        return node;
    }

    /// <summary>From the node upwards the first that has something; negative where none has.</summary>
    public int Nearest(int node, Func<int, bool> has)
    {
        while (node >= 0 && !has(node))
        {
            node = _above[node];
        }

        return node;
    }
}
