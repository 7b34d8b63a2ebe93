using Exchange.Transparency.Trees;

namespace Exchange.Node.Audit;

/// <summary>A leaf to be appended, with its hash: made before the transaction, neither holds the writer up.</summary>
internal readonly record struct LogLeaf(byte[] Bytes, TreeHash Hash)
{
    /// <summary>The leaf of these bytes.</summary>
    public static LogLeaf Of(byte[] bytes) => new(bytes, TreeHash.OfLeaf(bytes));
}
