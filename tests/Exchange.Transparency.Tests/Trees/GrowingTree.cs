using System.Globalization;
using System.Numerics;
using System.Text;
using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Tests.Trees;

/// <summary>A tree that keeps every leaf and computes each subtree from them, the slow way the RFC writes it down.</summary>
internal sealed class GrowingTree(IEnumerable<byte[]> leaves) : ISubtreeHashes
{
    private readonly List<TreeHash> _leaves = [.. leaves.Select(leaf => TreeHash.OfLeaf(leaf))];

    public static GrowingTree OfNumberedLeaves(int count) =>
        new(Enumerable.Range(0, count).Select(i => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"leaf {i}"))));

    public static GrowingTree OfRfc() => new(new[] { "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f" }.Select(Convert.FromHexString));

    public TreeHash Leaf(int index) => _leaves[index];

    public TreeHash Read(int height, long index) => Root((int)(index << height), 1 << height);

    public TreeHead Head(int size) => new(size, size == 0 ? TreeHash.Empty : Root(0, size));

    private TreeHash Root(int from, int size)
    {
        if (size == 1)
        {
            return _leaves[from];
        }

        var half = 1 << BitOperations.Log2((uint)size - 1);
        return TreeHash.OfNode(Root(from, half), Root(from + half, size - half));
    }
}
