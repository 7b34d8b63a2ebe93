using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Tests.Trees;

public sealed class MerkleProofTests
{
    private const int SizeMax = 70;
    private static readonly GrowingTree Tree = GrowingTree.OfNumberedLeaves(SizeMax);

    [Fact]
    public void Every_leaf_of_every_tree_is_included_by_its_proof_and_by_no_other()
    {
        for (var size = 1; size <= SizeMax; size++)
        {
            for (var index = 0; index < size; index++)
            {
                var proof = MerkleTree.InclusionProof(Tree, index, size);
                Assert.True(MerkleProof.IsIncluded(Tree.Leaf(index), index, proof, Tree.Head(size)));
                Assert.False(MerkleProof.IsIncluded(Tree.Leaf(index), (index + 1) % size, proof, Tree.Head(size)) && size > 1);
                Assert.False(MerkleProof.IsIncluded(TreeHash.OfLeaf("another"u8), index, proof, Tree.Head(size)));
                Assert.False(MerkleProof.IsIncluded(Tree.Leaf(index), index, [.. proof, TreeHash.Empty], Tree.Head(size)));
                Assert.False(proof.Length > 0 && MerkleProof.IsIncluded(Tree.Leaf(index), index, proof[1..], Tree.Head(size)));
            }
        }
    }

    [Fact]
    public void Every_tree_is_consistent_with_every_later_one_and_with_no_other_root()
    {
        for (var size = 1; size <= SizeMax; size++)
        {
            for (var oldSize = 1; oldSize <= size; oldSize++)
            {
                var proof = MerkleTree.ConsistencyProof(Tree, oldSize, size);
                Assert.True(MerkleProof.IsConsistent(Tree.Head(oldSize), Tree.Head(size), proof));
                Assert.False(MerkleProof.IsConsistent(new TreeHead(oldSize, TreeHash.Empty), Tree.Head(size), proof));
                Assert.False(MerkleProof.IsConsistent(Tree.Head(oldSize), new TreeHead(size, TreeHash.Empty), proof));
                Assert.False(MerkleProof.IsConsistent(Tree.Head(oldSize), Tree.Head(size), [.. proof, TreeHash.Empty]));
                Assert.False(MerkleProof.IsConsistent(Tree.Head(size), Tree.Head(oldSize), proof) && size != oldSize);
            }
        }
    }

    [Fact]
    public void One_changed_bit_of_a_proof_proves_nothing()
    {
        var inclusion = MerkleTree.InclusionProof(Tree, 37, SizeMax);
        var consistency = MerkleTree.ConsistencyProof(Tree, 37, SizeMax);
        for (var i = 0; i < inclusion.Length; i++)
        {
            Assert.False(MerkleProof.IsIncluded(Tree.Leaf(37), 37, Flipped(inclusion, i), Tree.Head(SizeMax)));
        }

        for (var i = 0; i < consistency.Length; i++)
        {
            Assert.False(MerkleProof.IsConsistent(Tree.Head(37), Tree.Head(SizeMax), Flipped(consistency, i)));
        }
    }

    [Fact]
    public void Everything_begins_with_the_empty_tree()
    {
        Assert.True(MerkleProof.IsConsistent(new TreeHead(0, TreeHash.Empty), Tree.Head(5), []));
        Assert.False(MerkleProof.IsConsistent(new TreeHead(0, Tree.Head(1).Root), Tree.Head(5), []));
    }

    [Theory]
    [InlineData(-1, 5)]
    [InlineData(5, 5)]
    [InlineData(long.MaxValue, long.MaxValue)]
    [InlineData(0, long.MinValue)]
    public void Positions_outside_the_tree_are_no_error_but_false(long index, long size) =>
        Assert.False(MerkleProof.IsIncluded(Tree.Leaf(0), index, [], new TreeHead(size, Tree.Head(1).Root)));

    // The control shows what the prefix is for: without it, the two children of a node are a leaf that proves itself.
    [Fact]
    public void A_leaf_made_of_two_hashes_does_not_pass_for_the_node_above_them()
    {
        var (left, right) = (Tree.Leaf(0), Tree.Leaf(1));
        byte[] children = [.. left.ToArray(), .. right.ToArray()];
        var head = new TreeHead(1, Tree.Head(2).Root);
        static TreeHash Unprefixed(byte[] bytes) => new(System.Security.Cryptography.SHA256.HashData(bytes));
        Assert.True(MerkleProof.IsIncluded(Unprefixed([1, .. children]), 0, [], head));

        Assert.False(MerkleProof.IsIncluded(TreeHash.OfLeaf([1, .. children]), 0, [], head));
        Assert.False(MerkleProof.IsIncluded(TreeHash.OfLeaf(children), 0, [], head));
    }

    private static TreeHash[] Flipped(TreeHash[] proof, int index)
    {
        var bytes = proof[index].ToArray();
        bytes[index % bytes.Length] ^= 1;
        return [.. proof[..index], new TreeHash(bytes), .. proof[(index + 1)..]];
    }
}
