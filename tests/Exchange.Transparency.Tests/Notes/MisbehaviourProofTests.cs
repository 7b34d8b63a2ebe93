using System.Text;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Tests.Trees;
using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Tests.Notes;

/// <summary>Two heads that contradict each other convict; two heads of one log never do, whatever hashes are laid beside them.</summary>
public sealed class MisbehaviourProofTests : IDisposable
{
    private const string Origin = "mill.participant.exchange/log";
    private readonly NoteSigner _signer = NoteSigner.FromSeed(Origin, new byte[32]);

    private IReadOnlyCollection<NoteVerifier> Keys => [_signer.Verifier];

    public void Dispose() => _signer.Dispose();

    [Fact]
    public void Every_pair_of_sizes_of_two_versions_convicts_and_survives_its_text()
    {
        var (honest, forked) = (Tree(""), Tree("x"));
        for (var earlier = 1; earlier <= 20; earlier++)
        {
            for (var later = earlier; later <= 20; later++)
            {
                var proof = MisbehaviourProof.Between(Signed(honest.Head(earlier)), honest.Head(earlier), Signed(forked.Head(later)), forked.Head(later), forked);

                Assert.True(proof!.Holds(Keys), $"{earlier} and {later}");
                Assert.Equal(Origin, proof.Origin);
                Assert.True(MisbehaviourProof.TryParse(proof.ToText(), out var read));
                Assert.True(read!.Holds(Keys));
            }
        }
    }

    [Fact]
    public void An_honest_log_gives_no_proof_and_none_can_be_put_together_of_its_own_hashes()
    {
        var tree = Tree("");
        for (var earlier = 1; earlier <= 20; earlier++)
        {
            for (var later = earlier; later <= 20; later++)
            {
                var (first, second) = (Signed(tree.Head(earlier)), Signed(tree.Head(later)));
                Assert.Null(MisbehaviourProof.Between(first, tree.Head(earlier), second, tree.Head(later), tree));
                var proof = MerkleTree.ConsistencyProof(tree, earlier, later);
                Assert.False(new MisbehaviourProof(first, second, proof).Holds(Keys));
                Assert.False(new MisbehaviourProof(first, second, [tree.Head(earlier).Root, .. proof]).Holds(Keys));
                Assert.False(new MisbehaviourProof(second, first, proof).Holds(Keys));
            }
        }
    }

    [Fact]
    public void Hashes_that_do_not_lead_to_the_signed_root_convict_nobody()
    {
        var (honest, forked) = (Tree(""), Tree("x"));
        var proof = MisbehaviourProof.Between(Signed(honest.Head(6)), honest.Head(6), Signed(forked.Head(11)), forked.Head(11), forked)!;

        Assert.False((proof with { Path = proof.Path.Skip(1).ToList() }).Holds(Keys));
        Assert.False((proof with { Path = [.. proof.Path, TreeHash.Empty] }).Holds(Keys));
        Assert.False((proof with { Later = Signed(honest.Head(11)) }).Holds(Keys));
    }

    [Fact]
    public void Another_s_signature_convicts_nobody()
    {
        using var stranger = NoteSigner.FromSeed(Origin, [.. Enumerable.Repeat((byte)7, 32)]);
        var (honest, forked) = (Tree(""), Tree("x"));

        Assert.False(new MisbehaviourProof(Signed(honest.Head(5)), new Checkpoint(Origin, forked.Head(5)).Sign(stranger), []).Holds(Keys));
    }

    [Theory]
    [InlineData("")]
    [InlineData("exchange/log-misbehaviour/v1\n")]
    [InlineData("exchange/log-misbehaviour/v2\nearlier AAAA\nlater AAAA\n")]
    [InlineData("exchange/log-misbehaviour/v1\nearlier ?\nlater AAAA\n")]
    [InlineData("exchange/log-misbehaviour/v1\nearlier AAAA\nlater AAAA\nAAAA\n")]
    public void What_is_no_proof_is_not_read(string text) => Assert.False(MisbehaviourProof.TryParse(text, out _));

    private static GrowingTree Tree(string version) => new(Enumerable.Range(0, 20).Select(i => Encoding.UTF8.GetBytes(i == 0 ? $"first{version}" : $"leaf {i}")));

    private byte[] Signed(TreeHead head) => new Checkpoint(Origin, head).Sign(_signer);
}
