using Exchange.Privacy.SecureSums;
using Exchange.Privacy.Tests.Noise;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>Further questions with keys agreed for the first: right sums, and nothing that one question opens opens another.</summary>
public sealed class SessionTests
{
    private static readonly SumLayout Layout = new(2, 1);

    [Fact]
    public void Further_questions_need_no_keys_and_give_the_right_sums()
    {
        var agreed = Agree(6, out _);
        for (var time = 0; time < 3; time++)
        {
            var further = Further(agreed, $"further {time}");
            Assert.Equal(63, further.Run().Narrow(0));
            Assert.DoesNotContain(further.Transcript, message => message.Payload.Span[32] == (byte)Round.Keys);
        }
    }

    [Fact]
    public void Who_drops_out_of_one_question_takes_part_in_the_next()
    {
        var agreed = Agree(6, out _);
        foreach (var round in (Round[])[Round.Shares, Round.Input, Round.Survivors, Round.Unmasking])
        {
            var further = Further(agreed, $"{round}");
            further.LostFrom[4] = round;
            Assert.Equal(round <= Round.Input ? 47 : 63, further.Run().Narrow(0));
        }

        Assert.Equal(63, Further(agreed, "last").Run().Narrow(0));
    }

    [Fact]
    public void Some_of_those_who_agreed_are_not_asked_without_the_others()
    {
        // What was told of earlier sums was held against all of them.
        var agreed = Agree(6, out _);
        AssertFault(SecureSumFault.CohortInvalid, () => Further(agreed[1..], "fewer"));
    }

    [Fact]
    public void Keys_serve_only_where_earlier_sums_were_as_when_they_were_agreed_on()
    {
        // Of other data, of which there was no sum; and where it was in another one since.
        var agreed = Agree(6, out var first);
        Assert.True(agreed[0].Fit(first.Cohort, RosterAtoms.Of([1, 1, 1, 1, 1, 1])));
        foreach (var other in (RosterAtoms[])[RosterAtoms.None(6), RosterAtoms.Of([1, 1, 1, 0, 0, 0]), RosterAtoms.Of([1, 1, 1, 2, 2, 2])])
        {
            Assert.False(agreed[0].Fit(first.Cohort, other));
            AssertFault(SecureSumFault.CohortInvalid, () => new SumParticipant(first.Cohort, SumSession.NameOf(0), first.Signer(0), first.Verify, new SeededBits("x"), agreed[0], other));
        }
    }

    [Fact]
    public void Keys_do_not_serve_a_question_that_asks_more_participants_of_each_atom_than_there_are()
    {
        // Without a round of keys nobody would hold the atoms against it.
        var first = new SumSession(6, Layout, Fill, earlier: at => RosterAtoms.Of(at < 3 ? [1, 1, 1, 0, 0, 0] : [0, 0, 0, 1, 1, 1]));
        first.RunUntilMasked();
        using var agreed = first.Participants[0].KeepKeys();
        var atoms = RosterAtoms.Of([1, 1, 1, 2, 2, 2]);
        Assert.True(agreed.Fit(new SumSession(6, Layout, Fill, question: "three").Cohort, atoms));
        Assert.False(agreed.Fit(new SumSession(6, Layout, Fill, question: "four", survivorsMin: 4).Cohort, atoms));
    }

    [Fact]
    public void Where_somebody_keeps_no_keys_the_others_begin_anew_before_their_values_leave_and_not_after()
    {
        var agreed = Agree(4, out _);
        var further = Further(agreed, "renewed");
        Assert.All(further.Participants, one => one.ShareAgain());
        var renewed = further.Participants.Select(one => one.WithoutAgreedKeys()).ToArray();
        Assert.All(further.Participants, one => AssertFault(SecureSumFault.OutOfTurn, () => one.WithoutAgreedKeys()));
        Assert.All(further.Participants, one => AssertFault(SecureSumFault.OutOfTurn, () => one.Mask([], further.InputOf(one.Position))));

        var relay = new SumRelay(further.Cohort, further.Verify);
        Say(one => one.Begin());
        var keys = relay.CloseKeys();
        Say(one => one.Share(keys));
        Assert.All(renewed, one => AssertFault(SecureSumFault.OutOfTurn, () => one.WithoutAgreedKeys()));
        var shares = relay.CloseShares();
        Say(one => one.Mask(shares[one.Position], further.InputOf(one.Position)));
        var survivors = relay.CloseInputs();
        Say(one => one.Confirm(survivors));
        var confirmations = relay.CloseSurvivors();
        Say(one => one.Open(confirmations[one.Position]));
        Assert.Equal(15, relay.CloseUnmasking().Narrow(0));

        // And a further question that went on cannot begin anew.
        var last = Further(agreed, "masked");
        last.RunUntilMasked();
        Assert.All(last.Participants, one => AssertFault(SecureSumFault.OutOfTurn, () => one.WithoutAgreedKeys()));

        void Say(Func<SumParticipant, RoundMessage> speak) => Assert.All(renewed, one => relay.Accept(speak(one)));
    }

    [Fact]
    public void What_a_participant_dealt_before_it_began_anew_opens_nothing_after()
    {
        // The relay hands one, who began anew, what another sealed under the keys of the session.
        var agreed = Agree(4, out _);
        var further = Further(agreed, "old shares");
        Assert.All(further.Participants, one => further.Relay.Accept(one.ShareAgain()));
        var old = further.Relay.CloseShares();
        var renewed = further.Participants.Select(one => one.WithoutAgreedKeys()).ToArray();
        RoundMessage[] keys = [.. renewed.Select(one => one.Begin())];
        Assert.All(renewed, one => one.Share(keys));
        Assert.All(renewed, one => AssertFault(SecureSumFault.ShareInvalid, () => one.Mask(old[one.Position], further.InputOf(one.Position))));
    }

    [Fact]
    public void A_further_question_tells_cells_by_the_atoms_of_the_first()
    {
        var first = new SumSession(
            6, Layout, Fill, earlier: at => at < 3 ? RosterAtoms.Of([1, 1, 1, 0, 0, 0]) : RosterAtoms.None(6));
        first.RunUntilMasked();
        var further = new SumSession(
            6, Layout, (at, input) => input.SetNarrow(1, 1 << at), question: "cells", agreed: [.. first.Participants.Select(one => one.KeepKeys())],
            cells: new SumCells(2, [0, 1], [0]), contributesTo: at => at < 4 ? [0, 1] : [0]);
        Assert.Equal(0, further.Run().Narrow(1));
    }

    [Fact]
    public void Cells_are_told_over_enough_in_further_questions_too()
    {
        var agreed = Agree(5, out _);
        var further = new SumSession(
            5, Layout, (at, input) => input.SetNarrow(1, 1 << at), seed: "cells", question: "cells", agreed: agreed,
            cells: new SumCells(2, [0, 1], [0]), contributesTo: at => at < 2 ? [0, 1] : [0]);
        Assert.Equal(0, further.Run().Narrow(1));
    }

    [Fact]
    public void A_question_s_keys_are_used_once_for_it()
    {
        // With the same masks twice, the difference of two messages is the difference of the values.
        var agreed = Agree(4, out var first);
        var further = Further(agreed, "once");
        further.Run();
        AssertFault(SecureSumFault.OutOfTurn, () => Further(agreed, "once").Participants[0].ShareAgain());
        var asFirst = new SumParticipant(first.Cohort, SumSession.NameOf(0), first.Signer(0), first.Verify, new SeededBits("again"), agreed[0], agreed[0].Atoms);
        AssertFault(SecureSumFault.OutOfTurn, () => asFirst.ShareAgain());
    }

    [Fact]
    public void A_session_has_only_so_many_questions()
    {
        var agreed = Agree(3, out _);
        // The first took one.
        for (var question = 1; question < AgreedKeys.QuestionsMax; question++)
        {
            agreed[0].Use(Further(agreed, $"{question}").Cohort, 0, ParticipantSet.Of(3, []));
        }

        AssertFault(SecureSumFault.CohortInvalid, () => Further(agreed, "one more"));
    }

    [Fact]
    public void Keys_open_only_between_those_who_agreed_in_the_same_round()
    {
        var (agreed, other) = (Agree(4, out _), Agree(4, out _, seed: "another session"));
        var further = Further([other[0], .. agreed[1..]], "mixed");
        Assert.All(further.Participants, one => further.Relay.Accept(one.ShareAgain()));
        var shares = further.Relay.CloseShares();
        Assert.All(further.Participants, one => AssertFault(SecureSumFault.ShareInvalid, () => one.Mask(shares[one.Position], further.InputOf(one.Position))));
    }

    [Fact]
    public void Rounds_of_a_first_and_of_a_further_question_are_not_mixed()
    {
        var agreed = Agree(4, out var first);
        var further = Further(agreed, "rounds").Participants[0];
        AssertFault(SecureSumFault.OutOfTurn, () => further.Begin());
        AssertFault(SecureSumFault.OutOfTurn, () => further.Share(first.Transcript[..4]));
        AssertFault(SecureSumFault.OutOfTurn, () => new SumSession(4, Layout, Fill).Participants[0].ShareAgain());
        AssertFault(SecureSumFault.OutOfTurn, () => new SumSession(4, Layout, Fill).Participants[0].KeepKeys());
        // Another participant's keys, or a cohort with somebody who did not agree.
        AssertFault(SecureSumFault.CohortInvalid, () => new SumParticipant(first.Cohort, SumSession.NameOf(1), first.Signer(1), first.Verify, new SeededBits("x"), agreed[0]));
        AssertFault(SecureSumFault.CohortInvalid, () =>
        {
            var larger = new SumSession(5, Layout, Fill);
            _ = new SumParticipant(larger.Cohort, SumSession.NameOf(0), larger.Signer(0), larger.Verify, new SeededBits("x"), agreed[0]);
        });
    }

    [Fact]
    public void Keys_that_are_not_kept_are_wiped_when_the_sum_is_open()
    {
        var session = new SumSession(3, Layout, Fill);
        session.Run();
        Assert.All(session.Participants, one => AssertFault(SecureSumFault.OutOfTurn, () => one.KeepKeys()));
    }

    [Fact]
    public void What_a_drop_out_opens_in_one_question_does_not_open_its_values_in_another()
    {
        // In the first question the victim is in the sum, so its seed is open. In the second the relay says it dropped out, and gets the key
        // to the roots of its masks.
        const int Victim = 3;
        var agreed = Agree(5, out var first);
        var further = Further(agreed, "drop-out");
        further.LostFrom[Victim] = Round.Input;
        Assert.Equal(0b10111, further.Run().Narrow(0));

        var all = first.Cohort.Everybody();
        var seed = Join(first, Victim);
        var roots = RootsOf(further, Join(further, Victim));
        Assert.All(roots, one => Assert.Equal(
            DealtOf(further, one.Key).RootCommitment(Victim).ToArray(), PairKeys.CommitmentOf(one.Value)));

        // Everything that both questions opened, applied to the first one's message.
        Assert.NotEqual(1ul << Victim, Unmask(first, seed, roots)[0]);
        // The naive reading: one key for the session, from which the masks of all questions follow, is opened once and opens them all.
        var naive = Enumerable.Range(0, 5).Where(other => other != Victim)
            .ToDictionary(other => other, other => agreed[Victim].With(first.Cohort, Victim, other).Root);
        Assert.Equal(1ul << Victim, Unmask(first, seed, naive)[0]);

        ulong[] Unmask(SumSession session, FieldElement opened, Dictionary<int, byte[]> with)
        {
            var message = session.Transcript.Single(message => message.Payload.Span[32] == (byte)Round.Input && message.Payload.Span[36] == Victim);
            var words = new ulong[Layout.Words];
            SumLayout.Read(message.Body[DealersView.DigestLength..], words);
            MaskStream.Subtract(Layout, words, opened.ToBytes());
            foreach (var (other, root) in with)
            {
                var mask = PairKeys.MaskKey(root, session.DigestOf(all));
                if (Victim < other)
                {
                    MaskStream.Subtract(Layout, words, mask);
                }
                else
                {
                    MaskStream.Add(Layout, words, mask);
                }
            }

            return words;
        }

        Dictionary<int, byte[]> RootsOf(SumSession session, FieldElement key)
        {
            var locked = new LockedRoots(key, 5);
            return Enumerable.Range(0, 5).Where(other => other != Victim).ToDictionary(other => other, other => locked.Open(other, DealtOf(session, Victim).LockedRoot(other)));
        }
    }

    [Fact]
    public void Over_a_whole_session_each_question_opens_one_secret_of_each_participant_and_no_two_are_alike()
    {
        var agreed = Agree(5, out var first);
        var opened = new HashSet<string>();
        var questions = new List<SumSession> { first };
        for (var question = 0; question < 6; question++)
        {
            var further = Further(agreed, $"question {question}");
            further.LostFrom[question % 5] = Round.Input;
            further.Run();
            questions.Add(further);
        }

        foreach (var session in questions)
        {
            for (var dealer = 0; dealer < 5; dealer++)
            {
                Assert.True(opened.Add(Convert.ToHexString(Join(session, dealer).ToBytes())));
            }
        }
    }

    private static AgreedKeys[] Agree(int count, out SumSession first, string seed = "first")
    {
        first = new SumSession(count, Layout, Fill, seed: seed, question: seed);
        first.RunUntilMasked();
        AgreedKeys[] agreed = [.. first.Participants.Select(one => one.KeepKeys())];
        var survivors = first.Relay.CloseInputs();
        first.Deliver(Round.Survivors, survivors, one => one.Confirm(survivors));
        Assert.Equal((1 << count) - 1, first.Open().Narrow(0));
        return agreed;
    }

    private static SumSession Further(AgreedKeys[] agreed, string question, Func<int, long>? value = null) => new(
        agreed.Length, Layout, (at, input) => input.SetNarrow(0, value?.Invoke(at) ?? 1 << at), seed: question, question: question, agreed: agreed);

    private static void Fill(int at, SumInput input) => input.SetNarrow(0, 1 << at);

    private static DealtShares DealtOf(SumSession session, int dealer) => new(
        session.Cohort, session.Transcript.Single(message => message.Payload.Span[32] == (byte)Round.Shares && message.Payload.Span[36] == dealer), session.Cohort.Everybody());

    // What the opened shares of a dealer give: of a survivor its seed, else the key to the roots of its masks.
    private static FieldElement Join(SumSession session, int dealer)
    {
        var messages = session.Transcript.Where(message => message.Payload.Span[32] == (byte)Round.Unmasking).Take(session.Cohort.Threshold).ToList();
        int[] holders = [.. messages.Select(message => (int)message.Payload.Span[36])];
        return SecretSharing.Join(SecretSharing.Weights(holders), [.. messages.Select(message =>
        {
            Assert.True(FieldElement.TryRead(message.Body.Slice(1 + FieldElement.ByteLength * dealer, FieldElement.ByteLength), out var share));
            return share;
        })]);
    }

    private static void AssertFault(SecureSumFault fault, Action act) => Assert.Equal(fault, Assert.Throws<SecureSumException>(act).Fault);
}
