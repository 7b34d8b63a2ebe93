using Exchange.Privacy.SecureSums;
using Exchange.Privacy.Tests.Noise;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>A relay or a participant that does not keep to the rounds learns nothing and falsifies nothing.</summary>
public sealed class SecureSumAttackTests
{
    private static readonly SumLayout Layout = new(2, 1);

    [Fact]
    public void The_relay_with_a_colluder_tells_unmasked_transcripts_apart_and_masked_ones_not()
    {
        // Equal sums from other figures. The colluder is the last node, whose figure is the same in both.
        long[][] worlds = [[100, 900, 300, 7], [900, 100, 300, 7]];
        const int Games = 100;
        var (wonUnmasked, wonMasked) = (0, 0);
        for (var game = 0; game < Games; game++)
        {
            var world = game % 2;
            var session = new SumSession(4, new SumLayout(1, 0), (at, input) => input.SetNarrow(0, worlds[world][at]), seed: $"game {game}");
            Assert.Equal(1307, session.Run().Narrow(0));
            // The control: the same transcript, with nothing left of the masks between the honest.
            wonUnmasked += Guess(WhatIsLeftOfMasks(session, [0, 1, 2, 3]), worlds) == world ? 1 : 0;
            wonMasked += Guess(WhatIsLeftOfMasks(session, [3]), worlds) == world ? 1 : 0;
        }

        Assert.Equal(Games, wonUnmasked);
        Assert.InRange(wonMasked, Games / 2 - 3 * Math.Sqrt(Games) / 2, Games / 2 + 3 * Math.Sqrt(Games) / 2);
    }

    [Fact]
    public void With_the_same_chance_a_transcript_of_other_figures_differs_by_the_figures_differences_alone()
    {
        // The masks do not depend on the figures: what the relay sees is their sum, and one fits as well as the other.
        var one = Masked(at => at);
        var other = Masked(at => at == 0 ? 1 : at == 1 ? 0 : at);
        Assert.Equal([ulong.MaxValue, 1, 0, 0], one.Zip(other, (left, right) => unchecked(left - right)).ToArray());

        static ulong[] Masked(Func<int, long> value)
        {
            var session = new SumSession(4, new SumLayout(1, 0), (at, input) => input.SetNarrow(0, value(at)), seed: "same chance");
            session.Run();
            return [.. Enumerable.Range(0, 4).Select(at => Values(session, at)[0])];
        }
    }

    [Fact]
    public void Survivors_told_differently_to_two_halves_open_nothing()
    {
        var session = Started(6);
        var all = session.Relay.CloseInputs();
        var without = ParticipantSet.Of(6, [1, 2, 3, 4, 5]);
        var signed = session.Participants.Select(one => one.Confirm(one.Position is 0 or 1 or 2 ? all : without)).ToList();

        Assert.All(session.Participants, one =>
        {
            Assert.Equal(SecureSumFault.ViewsDiffer, Assert.Throws<SecureSumException>(() => one.Open(session.HandedTo(one, signed))).Fault);
            var ofOwnHalf = one.Position < 3 ? signed[..3] : signed[3..];
            Assert.Equal(SecureSumFault.TooFewLeft, Assert.Throws<SecureSumException>(() => one.Open(session.HandedTo(one, ofOwnHalf))).Fault);
            Assert.Equal(SecureSumFault.MessageContradicted, Assert.Throws<SecureSumException>(() => one.Open(session.HandedTo(one, [.. ofOwnHalf, .. ofOwnHalf]))).Fault);
        });
    }

    [Fact]
    public void Survivors_that_the_relay_vouches_for_in_a_participant_s_name_open_nothing()
    {
        var session = Started(4);
        var all = session.Relay.CloseInputs();
        var signed = session.Participants.Select(one => one.Confirm(all)).ToList();
        // The relay knows what was signed, and even has the signing keys; it has none of the keys between participants.
        var forged = session.Forge(Round.Survivors, 2, [.. signed[2].Body[..1], .. new byte[4 * PairKeys.TagLength]]);
        AssertFault(SecureSumFault.SignatureInvalid, () => Open(signed[1], forged, signed[3]));
        // Nor does a tag for one participant pass with another, or in another's name.
        var moved = session.Forge(Round.Survivors, 2, signed[3].Body);
        AssertFault(SecureSumFault.SignatureInvalid, () => Open(signed[1], moved, signed[3]));
        // Or with what another is handed.
        AssertFault(SecureSumFault.SignatureInvalid, () => session.Participants[0].Open(session.HandedTo(session.Participants[1], signed[2], signed[3])));
        // Its own word counts without being handed to it, and not twice.
        AssertFault(SecureSumFault.SignatureInvalid, () => session.Participants[0].Open([session.Relay.Vouching(signed[0], 0), .. session.HandedTo(session.Participants[0], signed[1])]));
        AssertFault(SecureSumFault.TooFewLeft, () => Open(signed[1]));
        // Nor does it read more than it needs.
        AssertFault(SecureSumFault.MessageMalformed, () => session.Participants[0].Open(signed));
        Assert.NotNull(Open(signed[1], signed[2], signed[3]));

        RoundMessage Open(params IEnumerable<RoundMessage> confirmations) => session.Participants[0].Open(session.HandedTo(session.Participants[0], confirmations));
    }

    [Fact]
    public void A_dealer_that_locks_up_other_roots_than_it_masks_with_ends_the_sum_instead_of_falsifying_it()
    {
        var session = new SumSession(5, Layout, Fill, threshold: 3) { LostFrom = { [2] = Round.Input } };
        session.Transit = (round, at, message) =>
        {
            if (round != Round.Shares || at != 2)
            {
                return message;
            }

            // The locked root for holder 0: behind the seed's hash, its two hashes of shares and the hash of the root.
            var body = message.Body.ToArray();
            body[4 * ShareCommitment.Length] ^= 1;
            return session.Forge(round, at, body);
        };
        AssertFault(SecureSumFault.ShareInvalid, () => session.Run());
    }

    [Fact]
    public void A_participant_confirms_and_opens_once()
    {
        var session = Started(5);
        var all = session.Relay.CloseInputs();
        var confirmations = session.Participants.Select(one => one.Confirm(all)).ToList();
        var less = ParticipantSet.Of(5, [0, 1, 2, 3]);
        AssertFault(SecureSumFault.OutOfTurn, () => session.Participants[0].Confirm(less));
        AssertFault(SecureSumFault.OutOfTurn, () => session.Participants[0].Confirm(all));
        var handed = session.HandedTo(session.Participants[0], confirmations);
        session.Participants[0].Open(handed);
        AssertFault(SecureSumFault.OutOfTurn, () => session.Participants[0].Open(handed));
        AssertFault(SecureSumFault.OutOfTurn, () => session.Participants[0].Confirm(less));
        AssertFault(SecureSumFault.OutOfTurn, () => session.Participants[0].Begin());
    }

    [Fact]
    public void For_no_participant_both_secrets_are_opened()
    {
        var session = new SumSession(7, Layout, Fill, threshold: 4) { LostFrom = { [2] = Round.Input, [5] = Round.Input } };
        var sum = session.Run();
        // One share for each dealer stands in each message, of the kind that the survivors demand.
        foreach (var message in session.Transcript.Where(message => message.Payload.Span[32] == (byte)Round.Unmasking))
        {
            Assert.Equal(sum.Survivors, ParticipantSet.Parse(7, message.Body[..1]));
            Assert.Equal(1 + 7 * FieldElement.ByteLength, message.Body.Length);
        }
    }

    [Fact]
    public void Survivors_without_the_participant_or_too_few_are_not_confirmed()
    {
        var session = Started(6);
        var one = session.Participants[0];
        AssertFault(SecureSumFault.ViewsDiffer, () => one.Confirm(ParticipantSet.Of(6, [1, 2, 3, 4, 5])));
        AssertFault(SecureSumFault.TooFewLeft, () => one.Confirm(ParticipantSet.Of(6, [0, 1, 2])));
        AssertFault(SecureSumFault.ViewsDiffer, () => one.Confirm(ParticipantSet.Of(7, [0, 1, 2, 3, 4, 5])));
        Assert.NotNull(one.Confirm(ParticipantSet.Of(6, [0, 1, 2, 3, 4])));
    }

    [Fact]
    public void Messages_of_another_sum_round_or_sender_are_refused_by_relay_and_participants()
    {
        var earlier = new SumSession(4, Layout, Fill, seed: "earlier", survivorsMin: 4);
        earlier.Run();
        var session = new SumSession(4, Layout, Fill, seed: "later");
        AssertFault(SecureSumFault.MessageMalformed, () => session.Relay.Accept(earlier.Transcript[0]));

        var keys = session.Participants.Select(one => one.Begin()).ToList();
        AssertFault(SecureSumFault.MessageMalformed, () => session.Participants[0].Share([keys[0], keys[1], keys[2], earlier.Transcript[3]]));
        // Signed by another than the sender it names.
        var stolen = new RoundMessage(keys[1].Payload, session.Signer(2)(keys[1].Payload.Span));
        AssertFault(SecureSumFault.SignatureInvalid, () => session.Relay.Accept(stolen));
        AssertFault(SecureSumFault.SignatureInvalid, () => session.Participants[0].Share([keys[0], stolen, keys[2], keys[3]]));
        AssertFault(SecureSumFault.OutOfTurn, () => session.Relay.Accept(session.Forge(Round.Input, 1, keys[1].Body)));
        AssertFault(SecureSumFault.MessageMalformed, () => session.Relay.Accept(session.Forge(Round.Keys, 1, keys[1].Body[1..])));

        Assert.All(keys, key => session.Relay.Accept(key));
        Assert.Equal(1, session.Relay.Accept(keys[1]));
        AssertFault(SecureSumFault.MessageContradicted, () => session.Relay.Accept(session.Forge(Round.Keys, 1, keys[2].Body)));
        session.Relay.CloseKeys();
        AssertFault(SecureSumFault.OutOfTurn, () => session.Relay.Accept(keys[1]));
    }

    [Fact]
    public void Keys_put_in_the_place_of_a_participant_s_own_are_noticed_by_it_and_by_the_holders()
    {
        var session = new SumSession(4, Layout, Fill);
        var keys = session.Participants.Select(one => one.Begin()).ToList();
        var forged = session.Forge(Round.Keys, 3, keys[2].Body);
        AssertFault(SecureSumFault.ViewsDiffer, () => session.Participants[3].Share([keys[0], keys[1], keys[2], forged]));

        // One participant is shown other keys than the rest: nothing it deals opens for them.
        Assert.All(keys, key => session.Relay.Accept(key));
        session.Relay.CloseKeys();
        session.Relay.Accept(session.Participants[0].Share([keys[0], keys[1], keys[2], forged]));
        Assert.All(session.Participants[1..], one => session.Relay.Accept(one.Share(keys)));
        var shares = session.Relay.CloseShares();
        AssertFault(SecureSumFault.ShareInvalid, () => session.Participants[1].Mask(shares[1], session.InputOf(1)));
        AssertFault(SecureSumFault.ShareInvalid, () => session.Participants[0].Mask(shares[0], session.InputOf(0)));
    }

    [Fact]
    public void A_lying_share_is_left_out_where_others_are_enough()
    {
        var session = new SumSession(6, Layout, Fill, threshold: 4) { LostFrom = { [5] = Round.Input } };
        session.Transit = (round, at, message) => round == Round.Unmasking && at == 1
            ? session.Forge(round, at, [.. message.Body[..1], .. new byte[message.Body.Length - 1]])
            : message;
        AssertSum(session, session.Run(), [0, 1, 2, 3, 4]);
    }

    [Fact]
    public void Lying_shares_that_leave_too_few_true_ones_end_the_sum()
    {
        var session = new SumSession(4, Layout, Fill, threshold: 4);
        session.Transit = (round, at, message) => round == Round.Unmasking && at == 1
            ? session.Forge(round, at, [.. message.Body[..33], 1, .. message.Body[34..]])
            : message;
        AssertFault(SecureSumFault.ShareInvalid, () => session.Run());
    }

    [Fact]
    public void A_dealer_whose_shares_do_not_belong_together_ends_the_sum_instead_of_falsifying_it()
    {
        var session = new SumSession(4, Layout, Fill);
        session.Transit = (round, at, message) => round == Round.Shares && at == 2
            // It commits to another seed than the one it dealt shares of.
            ? session.Forge(round, at, [.. new byte[32], .. message.Body[32..]])
            : message;
        AssertFault(SecureSumFault.ShareInvalid, () => session.Run());
    }

    [Fact]
    public void Garbage_in_any_round_costs_its_sender_at_most_and_never_falsifies_the_sum()
    {
        foreach (var round in Enum.GetValues<Round>())
        {
            for (var seed = 0; seed < 8; seed++)
            {
                var bits = new SeededBits($"garbage {round} {seed}");
                var session = new SumSession(6, Layout, Fill, seed: $"{seed}", threshold: 4);
                session.Transit = (current, at, message) => current == round && at == 4 ? Spoil(message, bits) : message;
                var sum = session.Run();
                Assert.Single(session.Refused);
                Assert.Contains(session.Refused[0], (SecureSumFault[])[SecureSumFault.SignatureInvalid, SecureSumFault.MessageMalformed, SecureSumFault.OutOfTurn]);
                AssertSum(session, sum, round <= Round.Input ? [0, 1, 2, 3, 5] : [0, 1, 2, 3, 4, 5]);
            }
        }
    }

    [Fact]
    public void Values_that_arrive_after_their_key_was_opened_stay_masked()
    {
        var session = new SumSession(5, new SumLayout(1, 0), (at, input) => input.SetNarrow(0, at), threshold: 3);
        RoundMessage? late = null;
        session.Transit = (round, at, message) =>
        {
            late = round == Round.Input && at == 4 ? message : late;
            return round == Round.Input && at == 4 ? null : message;
        };
        Assert.Equal(6, session.Run().Narrow(0));
        AssertFault(SecureSumFault.OutOfTurn, () => session.Relay.Accept(late!));

        // What the relay can take off the late values: all masks with others, by the opened key. The self-mask stays.
        var all = session.Cohort.Everybody();
        var dealt = new DealtShares(session.Cohort, session.Transcript.Single(message => IsOf(message, Round.Shares, 4)), all);
        var roots = new LockedRoots(SharesOf(session, dealer: 4), 5);
        ulong[] words = [.. Read(late!)];
        for (var other = 0; other < 4; other++)
        {
            MaskStream.Add(new SumLayout(1, 0), words, PairKeys.MaskKey(roots.Open(other, dealt.LockedRoot(other)), session.DigestOf(all)));
        }

        Assert.NotEqual(4ul, words[0]);
        // Once more without its self-mask, to show that this is all that was left.
        MaskStream.Subtract(new SumLayout(1, 0), words, SeedOf("sum", 4));
        Assert.Equal(4ul, words[0]);
    }

    private static SumSession Started(int count)
    {
        var session = new SumSession(count, Layout, Fill);
        session.RunUntilMasked();
        return session;
    }

    private static void Fill(int at, SumInput input)
    {
        input.SetNarrow(0, 1 << at);
        input.SetNarrow(1, -at);
        input.SetWide(0, (Int128)(at + 1) << 70);
    }

    private static void AssertSum(SumSession session, SecureSum sum, int[] survivors)
    {
        Assert.Equal(ParticipantSet.Of(session.Cohort.Count, survivors), sum.Survivors);
        Assert.Equal((survivors.Sum(at => 1 << at), -survivors.Sum()), (sum.Narrow(0), sum.Narrow(1)));
        Assert.Equal((Int128)survivors.Sum(at => at + 1) << 70, sum.Wide(0));
    }

    private static RoundMessage Spoil(RoundMessage message, SeededBits bits)
    {
        var payload = message.Payload.ToArray();
        switch (bits.NextBelow(3ul))
        {
            case 0:
                payload[bits.NextBelow((ulong)payload.Length)] ^= (byte)(1 + bits.NextBelow(255ul));
                return message with { Payload = payload };
            case 1:
                return message with { Payload = payload[..(int)bits.NextBelow((ulong)payload.Length)] };
            default:
                return message with { Signature = new byte[bits.NextBelow(100ul)] };
        }
    }

    // The world whose figures lie nearer to the words, node by node.
    private static int Guess(ulong[] words, long[][] worlds)
    {
        double DistanceTo(long[] world) => words.Select((word, at) => Math.Abs((double)(long)word - world[at])).Sum();
        var (first, second) = (DistanceTo(worlds[0]), DistanceTo(worlds[1]));
        // What lies equally near is told apart by its lowest bit.
        return first < second ? 0 : first > second ? 1 : (int)(words[0] & 1);
    }

    // The relay takes off the self-masks, whose seeds it opened, and those who show it their keys the masks that they are part of.
    private static ulong[] WhatIsLeftOfMasks(SumSession session, int[] colluders)
    {
        var layout = session.Cohort.Layout;
        return [.. Enumerable.Range(0, 3).Select(at =>
        {
            var words = Values(session, at);
            MaskStream.Subtract(layout, words, SharesOf(session, at).ToBytes());
            foreach (var other in colluders.Where(other => other != at))
            {
                using var key = new AgreementKey(KeySecretOf(session, other));
                var ownerPublic = session.Transcript[at].Body[..AgreementKey.PublicLength].ToArray();
                var pair = AgreementKey.Derive(key.Agree(ownerPublic), session.Cohort.Id, (other, key.Public), (at, ownerPublic));
                var mask = PairKeys.MaskKey(pair.Root, session.DigestOf(session.Cohort.Everybody()));
                if (at < other)
                {
                    MaskStream.Subtract(layout, words, mask);
                }
                else
                {
                    MaskStream.Add(layout, words, mask);
                }
            }

            return words[0];
        })];
    }

    // What the opened shares of a dealer give: of a survivor its seed, else its key.
    private static FieldElement SharesOf(SumSession session, int dealer)
    {
        var messages = session.Transcript.Where(message => message.Payload.Span[32] == (byte)Round.Unmasking).Take(session.Cohort.Threshold).ToList();
        int[] holders = [.. messages.Select(message => (int)message.Payload.Span[36])];
        return SecretSharing.Join(SecretSharing.Weights(holders), [.. messages.Select(message =>
        {
            Assert.True(FieldElement.TryRead(message.Body.Slice(1 + FieldElement.ByteLength * dealer, FieldElement.ByteLength), out var share));
            return share;
        })]);
    }

    private static ulong[] Values(SumSession session, int at) =>
        Read(session.Transcript.Single(message => IsOf(message, Round.Input, at)));

    private static bool IsOf(RoundMessage message, Round round, int sender) => message.Payload.Span[32] == (byte)round && message.Payload.Span[36] == sender;

    private static ulong[] Read(RoundMessage message)
    {
        var body = message.Body[DealersView.DigestLength..];
        var words = new ulong[body.Length / 8];
        SumLayout.Read(body, words);
        return words;
    }

    // A participant draws its seed first, the key to its masks second and its X25519 secret third.
    private static byte[] SeedOf(string seed, int at) => FieldElement.Random(new SeededBits($"{seed}/{SumSession.NameOf(at)}")).ToBytes();

    private static byte[] KeySecretOf(SumSession session, int at)
    {
        var bits = new SeededBits($"{session.Seed}/{SumSession.NameOf(at)}");
        FieldElement.Random(bits);
        FieldElement.Random(bits);
        return FieldElement.Random(bits).ToBytes();
    }

    private static void AssertFault(SecureSumFault fault, Action act) => Assert.Equal(fault, Assert.Throws<SecureSumException>(act).Fault);
}
