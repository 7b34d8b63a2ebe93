using System.Numerics;

namespace Exchange.Transparency.Trees;

/// <summary>
/// Roots and proofs of a tree out of the hashes of its complete subtrees (RFC 6962, sections 2.1 to 2.1.2). Every tree
/// of an earlier size is a part of a later one, so old sizes can be asked for at any time.
/// </summary>
public static class MerkleTree
{
    /// <summary>Root of the first <paramref name="size"/> leaves.</summary>
    /// <exception cref="InvalidDataException">From the reader.</exception>
    public static TreeHash Root(ISubtreeHashes hashes, long size) =>
        size == 0 ? TreeHash.Empty : Range(hashes, 0, Positive(size));

    /// <summary>The hashes that lead from a leaf to the root, the leaf's sibling first.</summary>
    /// <param name="hashes">Those of the tree.</param>
    /// <param name="index">Position of the leaf.</param>
    /// <param name="size">Of the tree.</param>
    /// <exception cref="ArgumentOutOfRangeException">The leaf does not lie in the tree.</exception>
    /// <exception cref="InvalidDataException">From the reader.</exception>
    public static TreeHash[] InclusionProof(ISubtreeHashes hashes, long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var proof = new List<TreeHash>();
        Include(hashes, 0, size, index, proof);
        return [.. proof];
    }

    /// <summary>The hashes that show an earlier tree to be the beginning of a later one.</summary>
    /// <param name="hashes">Those of the later tree.</param>
    /// <param name="oldSize">At least 1.</param>
    /// <param name="size">At least <paramref name="oldSize"/>; the proof between equal sizes is empty.</param>
    /// <exception cref="ArgumentOutOfRangeException">The sizes are not so.</exception>
    /// <exception cref="InvalidDataException">From the reader.</exception>
    public static TreeHash[] ConsistencyProof(ISubtreeHashes hashes, long oldSize, long size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(oldSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, size);
        var proof = new List<TreeHash>();
        Extend(hashes, 0, size, oldSize, proof, isOldRoot: true);
        return [.. proof];
    }

    // PATH(m, D[n]) of the RFC: the way down, collected on the way back up.
    private static void Include(ISubtreeHashes hashes, long from, long to, long index, List<TreeHash> proof)
    {
        if (to - from == 1)
        {
            return;
        }

        var middle = from + LargestPowerBelow(to - from);
        if (index < middle)
        {
            Include(hashes, from, middle, index, proof);
            proof.Add(Range(hashes, middle, to));
        }
        else
        {
            Include(hashes, middle, to, index, proof);
            proof.Add(Range(hashes, from, middle));
        }
    }

    // SUBPROOF(m, D[n], b) of the RFC.
    private static void Extend(ISubtreeHashes hashes, long from, long to, long oldTo, List<TreeHash> proof, bool isOldRoot)
    {
        if (oldTo == to)
        {
            if (!isOldRoot)
            {
                proof.Add(Range(hashes, from, to));
            }

            return;
        }

        var middle = from + LargestPowerBelow(to - from);
        if (oldTo <= middle)
        {
            Extend(hashes, from, middle, oldTo, proof, isOldRoot);
            proof.Add(Range(hashes, middle, to));
        }
        else
        {
            Extend(hashes, middle, to, oldTo, proof, isOldRoot: false);
            proof.Add(Range(hashes, from, middle));
        }
    }

    private static TreeHash Range(ISubtreeHashes hashes, long from, long to)
    {
        var size = to - from;
        if (BitOperations.IsPow2(size))
        {
            var height = BitOperations.Log2((ulong)size);
            return hashes.Read(height, from >> height);
        }

        var middle = from + LargestPowerBelow(size);
        return TreeHash.OfNode(Range(hashes, from, middle), Range(hashes, middle, to));
    }

    /// <summary>The largest power of two smaller than <paramref name="size"/>, which is at least 2.</summary>
    internal static long LargestPowerBelow(long size) => 1L << BitOperations.Log2((ulong)size - 1);

    private static long Positive(long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        return size;
    }
}
