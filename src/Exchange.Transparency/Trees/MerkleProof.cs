namespace Exchange.Transparency.Trees;

/// <summary>Checks proofs (RFC 9162, sections 2.1.3.2 and 2.1.4.2, for the trees of RFC 6962). Trusts nothing it is given and never throws on it.</summary>
public static class MerkleProof
{
    /// <summary>Longest proof there can be, in hashes: a tree has fewer than 2^63 leaves.</summary>
    public const int HashesMax = 63;

    /// <summary>Whether the leaf of that hash stands at that position of the tree.</summary>
    /// <param name="leaf">Hash of the leaf.</param>
    /// <param name="index">Its position.</param>
    /// <param name="proof">See <see cref="MerkleTree.InclusionProof"/>.</param>
    /// <param name="head">The tree.</param>
    public static bool IsIncluded(TreeHash leaf, long index, IReadOnlyList<TreeHash> proof, TreeHead head)
    {
        if (index < 0 || index >= head.Size || proof.Count > HashesMax)
        {
            return false;
        }

        var node = index;
        var last = head.Size - 1;
        var root = leaf;
        foreach (var sibling in proof)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                root = TreeHash.OfNode(sibling, root);
                while ((node & 1) == 0 && node != 0)
                {
                    node >>= 1;
                    last >>= 1;
                }
            }
            else
            {
                root = TreeHash.OfNode(root, sibling);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 && root == head.Root;
    }

    /// <summary>Whether the later tree begins with the earlier one. Every tree begins with the empty one, shown by an empty proof.</summary>
    /// <param name="earlier">The earlier tree.</param>
    /// <param name="later">The later tree.</param>
    /// <param name="proof">See <see cref="MerkleTree.ConsistencyProof"/>.</param>
    public static bool IsConsistent(TreeHead earlier, TreeHead later, IReadOnlyList<TreeHash> proof)
    {
        if (earlier.Size < 0 || earlier.Size > later.Size || proof.Count > HashesMax + 1)
        {
            return false;
        }

        if (earlier.Size == later.Size)
        {
            return proof.Count == 0 && earlier.Root == later.Root;
        }

        if (earlier.Size == 0)
        {
            return proof.Count == 0 && earlier.Root == TreeHash.Empty;
        }

        // The earlier root is itself the first hash when it is one complete subtree.
        IReadOnlyList<TreeHash> path = long.IsPow2(earlier.Size) ? [earlier.Root, .. proof] : proof;
        return RootsOf(earlier.Size, later.Size, path) is { } roots && roots.Earlier == earlier.Root && roots.Later == later.Root;
    }

    /// <summary>
    /// The roots of a tree and of its beginning that hashes lead to; null when they are not as many as sizes like these need. Whoever
    /// knows one of the two roots to be right knows the other too.
    /// </summary>
    /// <param name="earlierSize">At least 1.</param>
    /// <param name="laterSize">Larger.</param>
    /// <param name="path">A consistency proof; where the earlier size is a power of two, with that root in front.</param>
    public static (TreeHash Earlier, TreeHash Later)? RootsOf(long earlierSize, long laterSize, IReadOnlyList<TreeHash> path)
    {
        if (earlierSize < 1 || laterSize <= earlierSize || path.Count == 0 || path.Count > HashesMax + 2)
        {
            return null;
        }

        var node = earlierSize - 1;
        var last = laterSize - 1;
        while ((node & 1) == 1)
        {
            node >>= 1;
            last >>= 1;
        }

        var earlierRoot = path[0];
        var laterRoot = path[0];
        for (var i = 1; i < path.Count; i++)
        {
            if (last == 0)
            {
                return null;
            }

            if ((node & 1) == 1 || node == last)
            {
                earlierRoot = TreeHash.OfNode(path[i], earlierRoot);
                laterRoot = TreeHash.OfNode(path[i], laterRoot);
                while ((node & 1) == 0 && node != 0)
                {
                    node >>= 1;
                    last >>= 1;
                }
            }
            else
            {
                laterRoot = TreeHash.OfNode(laterRoot, path[i]);
            }

            node >>= 1;
            last >>= 1;
        }

        return last == 0 ? (earlierRoot, laterRoot) : null;
    }
}
