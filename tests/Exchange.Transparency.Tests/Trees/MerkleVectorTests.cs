using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Tests.Trees;

/// <summary>Published roots and proofs: the eight leaves of Certificate Transparency, and the numbered leaves of Go's tlog tests.</summary>
public sealed class MerkleVectorTests
{
    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
    [InlineData(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")]
    [InlineData(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void Roots_of_the_eight_leaves_are_the_published_ones(int size, string root) =>
        Assert.Equal(root, Hex(MerkleTree.Root(GrowingTree.OfRfc(), size)));

    [Theory]
    [InlineData(1, "1bb97dcc21635d47e2663efdfd0a174686d98dd701352dd2cd06e8b43fd3d305")]
    [InlineData(100, "13f88915c560dc911a1da0fb209d84a20971051f294ebeb428fb3fc293af2743")]
    [InlineData(256, "cf5effdb11d0927a2edf53b0e73c7837f659414e00537da5d90eb5c4c49ff274")]
    [InlineData(257, "855b936aa00cb98b5114484249ad39d78a6be93623e26c01e8e487dc02184a5a")]
    [InlineData(1000, "2ff33fb9d8f14f89ca306289633336a168ff3f4532e8f741a0019dcb4c1d60a1")]
    public void Roots_of_numbered_leaves_are_those_of_Go(int size, string root) =>
        Assert.Equal(root, Hex(MerkleTree.Root(GrowingTree.OfNumberedLeaves(size), size)));

    [Fact]
    public void The_inclusion_proof_of_the_sixth_leaf_of_eight_is_the_published_one()
    {
        var tree = GrowingTree.OfRfc();
        string[] expected =
        [
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ];
        Assert.Equal(expected, MerkleTree.InclusionProof(tree, 5, 8).Select(Hex));
        Assert.True(MerkleProof.IsIncluded(tree.Leaf(5), 5, [.. expected.Select(Parse)], tree.Head(8)));
    }

    [Theory]
    [InlineData(6, 8, "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0 d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(2, 5, "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b")]
    public void Consistency_proofs_are_the_published_ones(int oldSize, int size, string proof)
    {
        var tree = GrowingTree.OfRfc();
        Assert.Equal(proof, string.Join(' ', MerkleTree.ConsistencyProof(tree, oldSize, size).Select(Hex)));
        Assert.True(MerkleProof.IsConsistent(tree.Head(oldSize), tree.Head(size), [.. proof.Split(' ').Select(Parse)]));
    }

    private static string Hex(TreeHash hash) => Convert.ToHexStringLower(hash.ToArray());

    private static TreeHash Parse(string hex) => new(Convert.FromHexString(hex));
}
