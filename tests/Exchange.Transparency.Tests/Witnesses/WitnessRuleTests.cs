using Exchange.Transparency.Notes;
using Exchange.Transparency.Tests.Trees;
using Exchange.Transparency.Trees;
using Exchange.Transparency.Witnesses;

namespace Exchange.Transparency.Tests.Witnesses;

/// <summary>The answers of c2sp.org/tlog-witness, clause by clause.</summary>
public sealed class WitnessRuleTests : IDisposable
{
    private const string Origin = "mill.participant.exchange/log";
    private readonly NoteSigner _signer = NoteSigner.FromSeed(Origin, new byte[32]);
    private readonly GrowingTree _tree = GrowingTree.OfNumberedLeaves(20);

    public void Dispose() => _signer.Dispose();

    [Fact]
    public void A_head_that_extends_what_is_known_is_cosigned_for_every_pair_of_sizes()
    {
        for (var old = 0; old <= 20; old++)
        {
            for (var size = Math.Max(1, old); size <= 20; size++)
            {
                var decision = Decide(old, size, old == 0 ? null : Signed(old));
                Assert.Equal((WitnessVerdict.Cosigned, _tree.Head(size)), (decision.Verdict, decision.Head));
            }
        }
    }

    [Fact]
    public void An_old_size_that_is_not_what_is_known_is_told_the_size()
    {
        var decision = Decide(5, 9, Signed(7));
        Assert.Equal((WitnessVerdict.Conflict, 7L), (decision.Verdict, decision.Head!.Value.Size));
        Assert.Equal(WitnessVerdict.Conflict, Decide(5, 6, Signed(7)).Verdict);
        Assert.Equal(WitnessVerdict.Conflict, Decide(5, 9, null).Verdict);
    }

    [Fact]
    public void An_old_size_above_the_new_one_is_malformed() => Assert.Equal(WitnessVerdict.Malformed, Rule(new AddCheckpoint(9, [], Signed(8)), Signed(9)).Verdict);

    [Fact]
    public void A_proof_that_does_not_lead_there_is_refused_and_one_from_nothing_must_be_empty()
    {
        Assert.Equal(WitnessVerdict.Inconsistent, Rule(new AddCheckpoint(5, [], Signed(9)), Signed(5)).Verdict);
        Assert.Equal(WitnessVerdict.Inconsistent, Rule(new AddCheckpoint(0, [TreeHash.Empty], Signed(9)), null).Verdict);
    }

    [Fact]
    public void Another_root_of_the_same_size_is_a_conflict_with_a_proof_whatever_old_size_it_names()
    {
        var forged = new Checkpoint(Origin, new TreeHead(9, TreeHash.OfLeaf("x"u8))).Sign(_signer);
        foreach (var old in new[] { 0, 5, 9 })
        {
            var decision = Rule(new AddCheckpoint(old, [], forged), Signed(9));
            Assert.Equal(WitnessVerdict.Conflict, decision.Verdict);
            Assert.True(decision.Misbehaviour!.Holds([_signer.Verifier]));
        }
    }

    [Fact]
    public void A_checkpoint_of_another_key_is_not_signed()
    {
        using var stranger = NoteSigner.FromSeed(Origin, [.. Enumerable.Repeat((byte)7, 32)]);
        Assert.Equal(WitnessVerdict.NotSigned, Rule(new AddCheckpoint(0, [], new Checkpoint(Origin, _tree.Head(3)).Sign(stranger)), null).Verdict);
    }

    [Fact]
    public void A_request_survives_its_bytes()
    {
        var request = new AddCheckpoint(5, MerkleTree.ConsistencyProof(_tree, 5, 13), Signed(13));
        Assert.True(AddCheckpoint.TryParse(request.ToBytes(), out var read));
        Assert.Equal(request.OldSize, read!.OldSize);
        Assert.Equal(request.Proof, read.Proof);
        Assert.Equal(request.Checkpoint, read.Checkpoint);
    }

    [Fact]
    public void Sixty_three_hashes_are_read_and_one_more_is_not()
    {
        Assert.True(AddCheckpoint.TryParse(new AddCheckpoint(5, [.. Enumerable.Repeat(TreeHash.Empty, 63)], Signed(13)).ToBytes(), out _));
        Assert.False(AddCheckpoint.TryParse(new AddCheckpoint(5, [.. Enumerable.Repeat(TreeHash.Empty, 64)], Signed(13)).ToBytes(), out _));
        Assert.False(AddCheckpoint.TryParse(new byte[AddCheckpoint.BytesMax + 1], out _));
    }

    private WitnessDecision Decide(int old, int size, byte[]? known) =>
        Rule(new AddCheckpoint(old, old == 0 ? [] : MerkleTree.ConsistencyProof(_tree, old, size), Signed(size)), known);

    private WitnessDecision Rule(AddCheckpoint request, byte[]? known) => WitnessRule.Decide(request, [_signer.Verifier], known);

    private byte[] Signed(int size) => new Checkpoint(Origin, _tree.Head(size)).Sign(_signer);
}
