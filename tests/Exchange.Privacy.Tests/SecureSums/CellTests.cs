using CsCheck;
using Exchange.Privacy.SecureSums;
using Exchange.Privacy.Tests.Noise;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>A cell of the answer is over at least the least number of participants, or its values are zeros, or nothing is opened.</summary>
public sealed class CellTests
{
    // Two cells, each with a count and a sum. In the second, participants 0 to 2 have rows.
    private static readonly SumLayout Layout = new(2, 2);
    private static readonly SumCells Cells = new(2, [0, 1], [0, 1]);

    [Fact]
    public void A_cell_that_enough_contribute_to_is_told()
    {
        var sum = Session(6, at => at < 3 ? [0, 1] : [0]).Run();
        Assert.Equal((63, 7), (sum.Narrow(0), sum.Narrow(1)));
        Assert.Equal(((Int128)63 << 70, (Int128)7 << 70), (sum.Wide(0), sum.Wide(1)));
    }

    [Fact]
    public void A_cell_that_too_few_contribute_to_is_zero_for_everybody()
    {
        var sum = Session(6, at => at < 2 ? [0, 1] : [0]).Run();
        Assert.Equal((63, 0), (sum.Narrow(0), sum.Narrow(1)));
        Assert.Equal(((Int128)63 << 70, 0), (sum.Wide(0), sum.Wide(1)));
    }

    [Fact]
    public void Without_cells_the_same_question_tells_one_participant_s_figure()
    {
        // The naive reading: enough are in the roster, though one alone has rows in the second cell.
        var session = new SumSession(6, Layout, (at, input) => input.SetNarrow(1, at == 4 ? 17 : 0));
        Assert.Equal(17, session.Run().Narrow(1));
        var withCells = new SumSession(6, Layout, (at, input) => input.SetNarrow(1, at == 4 ? 17 : 0), cells: Cells, contributesTo: at => at == 4 ? [0, 1] : [0]);
        Assert.Equal(0, withCells.Run().Narrow(1));
    }

    [Fact]
    public void Values_in_a_cell_that_the_participant_did_not_name_count_as_zeros()
    {
        var sum = Session(6, at => at == 5 ? [1] : [0, 1]).Run();
        Assert.Equal((31, 63), (sum.Narrow(0), sum.Narrow(1)));
    }

    [Fact]
    public void The_asker_s_own_rows_do_not_make_a_cell_wide_enough()
    {
        var sum = Session(6, at => at < 3 ? [0, 1] : [0], asker: SumSession.NameOf(1)).Run();
        Assert.Equal((63, 0), (sum.Narrow(0), sum.Narrow(1)));
    }

    [Fact]
    public void A_cell_that_drop_outs_leave_too_few_in_ends_the_sum_at_everybody()
    {
        var session = Session(6, at => at < 3 ? [0, 1] : [0], threshold: 4);
        session.LostFrom[2] = Round.Input;
        session.RunUntilMasked();
        var survivors = session.Relay.CloseInputs();
        foreach (var at in survivors)
        {
            AssertFault(SecureSumFault.CellTooThin, () => session.Participants[at].Confirm(survivors));
            // It is not asked about one set after the other.
            AssertFault(SecureSumFault.OutOfTurn, () => session.Participants[at].Confirm(survivors));
        }
    }

    [Fact]
    public void A_cell_is_told_where_of_the_new_participants_nobody_or_enough_contribute_and_the_very_roster_asked_again_tells_no_more()
    {
        // Participants 0 to 2 had both cells told; of 3 to 5 all have rows in the first and one in the second.
        IEnumerable<int> Of(int at) => at < 4 ? [0, 1] : [0];
        Assert.Equal(7, Session(3, Of).Run().Narrow(1));
        RosterAtoms[] three = [.. Enumerable.Repeat(RosterAtoms.Of([1, 1, 1, 0, 0, 0]), 3), .. Enumerable.Repeat(RosterAtoms.None(6), 3)];
        var grown = Session(6, Of, earlier: at => three[at]);
        grown.RunUntilMasked();
        var atoms = grown.Participants[5].AtomsOf(grown.Cohort.Everybody());
        Assert.Equal(RosterAtoms.Of([1, 1, 1, 2, 2, 2]), atoms);
        var sum = Session(6, Of, earlier: at => three[at]).Run();
        Assert.Equal((63, 0), (sum.Narrow(0), sum.Narrow(1)));

        // The naive reading: nobody is new when it is asked again, so the cell would be told, and less the first one it is participant 3's.
        var again = Session(6, Of, earlier: _ => atoms).Run();
        Assert.Equal((63, 0), (again.Narrow(0), again.Narrow(1)));
        var naive = Session(6, Of, earlier: _ => RosterAtoms.Of([1, 1, 1, 1, 1, 1])).Run();
        Assert.Equal(1 << 3, naive.Narrow(1) - 7);
    }

    [Fact]
    public void Drop_outs_that_leave_too_few_new_contributors_in_a_cell_end_the_sum()
    {
        var session = Session(8, at => at < 7 ? [0, 1] : [0], threshold: 5, earlier: at => at < 4 ? RosterAtoms.Of([1, 1, 1, 1, 0, 0, 0, 0]) : RosterAtoms.None(8));
        session.LostFrom[6] = Round.Input;
        session.RunUntilMasked();
        var survivors = session.Relay.CloseInputs();
        Assert.All(survivors, at => AssertFault(SecureSumFault.CellTooThin, () => session.Participants[at].Confirm(survivors)));
    }

    [Fact]
    public void Contributors_that_drop_out_before_they_told_their_cells_leave_a_sum_without_the_cell()
    {
        var session = Session(6, at => at < 3 ? [0, 1] : [0], threshold: 4);
        session.LostFrom[2] = Round.Shares;
        var sum = session.Run();
        Assert.Equal((59, 0), (sum.Narrow(0), sum.Narrow(1)));
    }

    [Fact]
    public void A_cell_whose_contributors_all_drop_out_is_zero_and_the_others_are_told()
    {
        var session = Session(9, at => at < 3 ? [0, 1] : [0], threshold: 6);
        (session.LostFrom[0], session.LostFrom[1], session.LostFrom[2]) = (Round.Input, Round.Input, Round.Input);
        var sum = session.Run();
        Assert.Equal((511 - 7, 0), (sum.Narrow(0), sum.Narrow(1)));
    }

    [Fact]
    public void Cells_are_told_where_the_cohort_has_some_and_only_there()
    {
        var with = Session(3, _ => [0]);
        var keys = with.Participants.Select(one => one.Begin()).ToList();
        AssertFault(SecureSumFault.CohortInvalid, () => with.Participants[0].Share(keys));
        Assert.Throws<ArgumentOutOfRangeException>(() => with.Participants[0].Share(keys, [2]));
        Assert.NotNull(with.Participants[0].Share(keys, []));

        var without = new SumSession(3, Layout, (_, _) => { });
        keys = [.. without.Participants.Select(one => one.Begin())];
        AssertFault(SecureSumFault.CohortInvalid, () => without.Participants[0].Share(keys, [0]));
    }

    [Fact]
    public void Whoever_contributes_and_drops_out_every_cell_is_over_enough_or_zero_or_there_is_no_sum() =>
        Gen.Int[4, 9].Select(Gen.Int[0, int.MaxValue]).Sample((count, seed) =>
        {
            const int CellCount = 5;
            var bits = new SeededBits($"cells {seed}");
            var of = Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, CellCount).Where(_ => bits.NextBit()).ToHashSet()).ToList();
            var session = new SumSession(
                count, new SumLayout(CellCount, 0), (at, input) => of[at].ToList().ForEach(cell => input.SetNarrow(cell, 1 << at)), seed: $"{seed}",
                threshold: count / 2 + 1, cells: new SumCells(CellCount, Enumerable.Range(0, CellCount), []), contributesTo: at => of[at]);
            for (var at = 0; at < count; at++)
            {
                if (bits.NextBelow(5ul) == 0)
                {
                    session.LostFrom[at] = (Round)(1 + bits.NextBelow(5ul));
                }
            }

            try
            {
                var sum = session.Run();
                for (var cell = 0; cell < CellCount; cell++)
                {
                    // Powers of two: the figure is the set of its contributors.
                    var contributors = sum.Survivors.Where(at => of[at].Contains(cell)).Sum(at => 1L << at);
                    Assert.Contains(sum.Narrow(cell), (long[])[0, contributors]);
                    Assert.True(sum.Narrow(cell) == 0 || long.PopCount(sum.Narrow(cell)) >= 3);
                }
            }
            catch (SecureSumException ended)
            {
                Assert.Contains(ended.Fault, (SecureSumFault[])[SecureSumFault.TooFewLeft, SecureSumFault.CellTooThin]);
                Assert.NotEmpty(session.LostFrom);
            }
        }, iter: 150);

    [Fact]
    public void The_relay_sees_hashes_of_cells_that_say_nothing_of_them()
    {
        var (one, other) = (Session(4, _ => [0]), Session(4, _ => [0, 1]));
        one.RunUntilMasked();
        other.RunUntilMasked();
        // With the same chance, other cells change the hash; without the nonce, neither hash can be computed from a guess.
        var (first, second) = (CommitmentIn(one), CommitmentIn(other));
        Assert.NotEqual(first, second);
        Assert.All((byte[])[0, 1, 2, 3], guess => Assert.NotEqual(
            first, CellContributors.CommitmentOf(one.Cohort, 0, [.. new byte[CellContributors.NonceLength], guess])));

        static byte[] CommitmentIn(SumSession session) =>
            session.Transcript.Single(message => message.Payload.Span[32] == (byte)Round.Shares && message.Payload.Span[36] == 0).Body.Slice(32, 32).ToArray();
    }

    private static SumSession Session(int count, Func<int, IEnumerable<int>> contributesTo, string asker = "asker", int? threshold = null, Func<int, RosterAtoms>? earlier = null) =>
        new(count, Layout, Fill, asker: asker, threshold: threshold, cells: Cells, contributesTo: contributesTo, earlier: earlier);

    // Everybody has a value everywhere: what is not told is taken out by the participant, not by the host.
    private static void Fill(int at, SumInput input)
    {
        for (var cell = 0; cell < 2; cell++)
        {
            input.SetNarrow(cell, 1 << at);
            input.SetWide(cell, (Int128)(1 << at) << 70);
        }
    }

    private static void AssertFault(SecureSumFault fault, Action act) => Assert.Equal(fault, Assert.Throws<SecureSumException>(act).Fault);
}
