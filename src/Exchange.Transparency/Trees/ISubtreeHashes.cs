namespace Exchange.Transparency.Trees;

/// <summary>Where the hashes of a tree come from: a growing edge in memory, tiles in a database, tiles in a folder.</summary>
public interface ISubtreeHashes
{
    /// <summary>Root of the complete subtree over the leaves from <c>index·2^height</c> up to, not including, <c>(index+1)·2^height</c>.</summary>
    /// <param name="height">0 for leaves.</param>
    /// <param name="index">From 0, within that height.</param>
    /// <exception cref="InvalidDataException">The hashes are not there, or not of their form.</exception>
    TreeHash Read(int height, long index);
}
