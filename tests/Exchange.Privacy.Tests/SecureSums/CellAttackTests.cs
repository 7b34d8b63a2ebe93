using Exchange.Privacy.SecureSums;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>
/// A relay that shows participants different contributors, or a participant that lies about its cells, against the rule that a cell is
/// over at least three. The victim is participant 0 in the one cell; 1 and 2 are the others with rows in it.
/// </summary>
public sealed class CellAttackTests
{
    private const int Secret = 4711;
    private static readonly SumLayout Layout = new(1, 0);
    private static readonly SumCells OneCell = new(1, [0], []);

    [Fact]
    public void Contributors_withheld_from_all_but_the_victim_leave_its_value_masked()
    {
        // The victim counts three contributors. The others are told of neither 1 nor 2, so to them the cell is a zero of everybody, and
        // they would open the sum over those who are left.
        var session = Session(7);
        var (shares, _) = Shares(session);
        var without = ParticipantSet.Of(7, [0, 3, 4, 5, 6]);
        var inputs = without.Select(at => session.Participants[at].Mask(
            [.. shares[at].Where(one => at == 0 || one.Dealer is not (1 or 2))], session.InputOf(at))).ToList();
        // The victim finds that it would be alone.
        AssertFault(SecureSumFault.CellTooThin, () => session.Participants[0].Confirm(without));
        // The others do not, but the shares that they give open neither 1's key nor 2's, and their masks with the victim have another root.
        var confirmations = without.Where(at => at != 0).Select(at => session.Participants[at].Confirm(without)).ToList();
        Assert.All(without.Where(at => at != 0), at => Assert.Equal(
            1 + 5 * FieldElement.ByteLength, session.Participants[at].Open(
                [.. confirmations.Where(message => message.Payload.Span[36] != at).Select(message => SumRelay.Vouching(message, without, at))]).Body.Length));
        // An honest relay does not take the victim's message in: its view is told apart by its digest.
        Assert.NotEqual(Digest(inputs[0]), Digest(inputs[1]));
        Assert.Single(inputs.Skip(1).Select(Digest).Distinct());
    }

    [Fact]
    public void A_dealer_that_tells_participants_different_cells_is_in_no_common_view()
    {
        // 2 colludes: it tells the victim that it contributes, and the others that it does not, under one hash for the relay.
        var session = Session(5);
        var keys = session.Participants.Select(one => one.Begin()).ToList();
        Assert.All(keys, key => session.Relay.Accept(key));
        session.Relay.CloseKeys();
        var liar = new SumParticipant(session.Cohort, SumSession.NameOf(2), session.Signer(2), session.Verify, new Noise.SeededBits("sum/" + SumSession.NameOf(2)));
        liar.Begin();
        var (told, untold) = (session.Participants[2].Share(keys, [0]), liar.Share(keys, []));
        var view = new KeysView(session.Cohort, keys.Select((key, at) => KeyValuePair.Create(at, key)));
        var (ofTold, ofUntold) = (new DealtShares(session.Cohort, told, view.Senders), new DealtShares(session.Cohort, untold, view.Senders));

        foreach (var at in (int[])[0, 1, 3, 4])
        {
            session.Relay.Accept(session.Share(session.Participants[at], keys));
        }

        session.Relay.Accept(told);
        var shares = session.Relay.CloseShares();
        var victim = session.Participants[0].Mask(shares[0], session.InputOf(0));
        var other = session.Participants[1].Mask(
            [.. shares[1].Select(one => one.Dealer == 2 ? new SealedShares(2, ofUntold.Sealed(1)) : one)], session.InputOf(1));
        Assert.NotEqual(Digest(victim), Digest(other));
        Assert.NotEqual(ofTold.CellsCommitment, ofUntold.CellsCommitment);
        // The relay holds both against the hash that the dealer signed; who was lied to drops out, and the sum is not falsified.
        session.Relay.Accept(victim);
        AssertFault(SecureSumFault.ViewsDiffer, () => session.Relay.Accept(other));
    }

    [Fact]
    public void Between_different_views_masks_do_not_cancel()
    {
        // Two views that differ in a hash alone. Were masks derived from the cohort's id, the two would cancel.
        var session = Session(4);
        var (shares, _) = Shares(session);
        var all = session.Participants.Select(one => one.Mask(shares[one.Position], session.InputOf(one.Position))).ToList();
        Assert.Single(all.Select(Digest).Distinct());
        var root = System.Security.Cryptography.SHA256.HashData("root"u8);
        Assert.Equal(PairKeys.MaskKey(root, Cells(0)), PairKeys.MaskKey(root, Cells(0)));
        Assert.NotEqual(PairKeys.MaskKey(root, Cells(0)), PairKeys.MaskKey(root, Cells(1)));

        byte[] Cells(byte of) => DealersView.DigestOf(session.Cohort, session.Cohort.Everybody(), dealer => [.. new byte[31], dealer == 2 ? of : (byte)0]);
    }

    [Fact]
    public void A_participant_that_claims_cells_it_has_nothing_in_counts_as_one_that_adds_a_zero()
    {
        // What a lie can do: with two others the cell is told, over the two. Whoever fears one such liar asks for one more.
        var told = new SumSession(5, Layout, Two, cells: OneCell, contributesTo: at => at is 0 or 1 or 4 ? [0] : []);
        Assert.Equal(Secret + 1, told.Run().Narrow(0));
        var safe = new SumSession(5, Layout, Two, survivorsMin: 4, cells: OneCell, contributesTo: at => at is 0 or 1 or 4 ? [0] : []);
        Assert.Equal(0, safe.Run().Narrow(0));

        static void Two(int at, SumInput input) => input.SetNarrow(0, at == 0 ? Secret : at == 1 ? 1 : 0);
    }

    [Fact]
    public void A_participant_that_hides_that_it_contributes_takes_a_cell_away_and_learns_nothing_of_it()
    {
        var session = new SumSession(5, Layout, (at, input) => input.SetNarrow(0, at < 3 ? Secret : 0), cells: OneCell, contributesTo: at => at < 2 ? [0] : []);
        Assert.Equal(0, session.Run().Narrow(0));
    }

    private static SumSession Session(int count) => new(
        count, Layout, (at, input) => input.SetNarrow(0, at == 0 ? Secret : 0), threshold: count / 2 + 1, cells: OneCell, contributesTo: at => at < 3 ? [0] : []);

    private static (IReadOnlyDictionary<int, IReadOnlyList<SealedShares>> Shares, List<RoundMessage> Keys) Shares(SumSession session)
    {
        var keys = session.Participants.Select(one => one.Begin()).ToList();
        Assert.All(keys, key => session.Relay.Accept(key));
        session.Relay.CloseKeys();
        Assert.All(session.Participants, one => session.Relay.Accept(session.Share(one, keys)));
        return (session.Relay.CloseShares(), keys);
    }

    private static string Digest(RoundMessage input) => Convert.ToHexString(input.Body[..DealersView.DigestLength]);

    private static void AssertFault(SecureSumFault fault, Action act) => Assert.Equal(fault, Assert.Throws<SecureSumException>(act).Fault);
}
