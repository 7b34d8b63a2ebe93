namespace Exchange.Privacy.SecureSums;

/// <summary>
/// The asker's side of a secure sum: it passes the participants' messages on and opens the sum. A state machine without sockets,
/// clocks or disks. In each round messages come in through <see cref="Accept"/>, in any order, until the host closes the round; who has
/// not spoken by then has dropped out. The sum is over the survivors, or there is none: every share is held against what its dealer
/// committed to, and every opened secret against the dealer's own word, before it goes into the sum.
/// <para>
/// A refused message changes nothing. A refusal of a closing call for want of participants or true shares ends the sum: there is no
/// second try under the same cohort. Not for several threads at once.
/// </para>
/// </summary>
/// <param name="cohort">What all agreed on.</param>
/// <param name="verify">Checks signatures.</param>
/// <param name="keysAreAgreed">Whether everybody keeps keys of an earlier question (<see cref="AgreedKeys"/>), so that it begins with round 2.</param>
public sealed class SumRelay(Cohort cohort, RoundVerifier verify, bool keysAreAgreed = false)
{
    private readonly Dictionary<int, RoundMessage> _received = [];
    private readonly Dictionary<int, DealtShares> _dealt = [];
    private readonly Dictionary<int, Dictionary<int, FieldElement>> _opened = [];
    private readonly List<(int Dealer, int Holder)> _false = [];
    private readonly ulong[] _sum = new ulong[cohort.Layout.Words];
    private Round? _round = keysAreAgreed ? Round.Shares : Round.Keys;
    private ParticipantSet _holders = cohort.Everybody();
    private ParticipantSet? _dealers;
    private byte[]? _dealersDigest;
    private ParticipantSet? _survivors;

    /// <summary>The round under way; null when the sum is open or given up.</summary>
    public Round? Current => _round;

    /// <summary>Who has been heard in the round under way.</summary>
    public ParticipantSet Heard => ParticipantSet.Of(cohort.Count, _received.Keys);

    /// <summary>Who can still be heard in the round under way.</summary>
    public ParticipantSet Awaited => _round switch
    {
        Round.Keys or Round.Shares => _holders,
        Round.Input => _dealers!,
        null => ParticipantSet.Of(cohort.Count, []),
        _ => _survivors!,
    };

    /// <summary>Takes a message in. The same one twice is once.</summary>
    /// <returns>The sender's position.</returns>
    /// <exception cref="SecureSumException">What is wrong with it.</exception>
    public int Accept(RoundMessage message)
    {
        var round = _round ?? throw new SecureSumException(SecureSumFault.OutOfTurn, "The secure sum is over.");
        var sender = message.Check(cohort, round, verify);
        if (_received.TryGetValue(sender, out var first))
        {
            return first.IsSame(message)
                ? sender
                : throw new SecureSumException(SecureSumFault.MessageContradicted, $"{cohort.Participants[sender]} said two things in one round of the secure sum.");
        }

        if (!Awaited.Contains(sender))
        {
            throw new SecureSumException(SecureSumFault.OutOfTurn, $"{cohort.Participants[sender]} dropped out of the secure sum before.");
        }

        Read(round, sender, message);
        _received.Add(sender, message);
        return sender;
    }

    /// <summary>Closes round 1.</summary>
    /// <returns>What every participant that sent keys is handed.</returns>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.TooFewLeft"/>.</exception>
    public IReadOnlyList<RoundMessage> CloseKeys()
    {
        Close(Round.Keys, Round.Shares);
        _holders = Heard;
        return TakeReceived();
    }

    /// <summary>Closes round 2.</summary>
    /// <returns>What each dealer is handed of the others, by its position.</returns>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.TooFewLeft"/>.</exception>
    public IReadOnlyDictionary<int, IReadOnlyList<SealedShares>> CloseShares()
    {
        Close(Round.Shares, Round.Input);
        _dealers = Heard;
        _dealersDigest = DealersView.DigestOf(cohort, _dealers, dealer => _dealt[dealer].CellsCommitment);
        TakeReceived();
        return _dealers.ToDictionary(
            holder => holder,
            holder => (IReadOnlyList<SealedShares>)[.. _dealers.Where(dealer => dealer != holder).Select(dealer => new SealedShares(dealer, _dealt[dealer].Sealed(holder)))]);
    }

    /// <summary>Closes round 3.</summary>
    /// <returns>The survivors, which each of them is told.</returns>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.TooFewLeft"/>.</exception>
    public ParticipantSet CloseInputs()
    {
        Close(Round.Input, Round.Survivors);
        _survivors = Heard;
        var words = new ulong[cohort.Layout.Words];
        foreach (var message in TakeReceived())
        {
            SumLayout.Read(message.Body[DealersView.DigestLength..], words);
            cohort.Layout.Add(_sum, words);
        }

        return _survivors;
    }

    /// <summary>Closes round 4.</summary>
    /// <returns>What each survivor is handed, by its position: of so many others, with itself the threshold's number, what they vouch for to it.</returns>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.TooFewLeft"/>.</exception>
    public IReadOnlyDictionary<int, IReadOnlyList<RoundMessage>> CloseSurvivors()
    {
        Close(Round.Survivors, Round.Unmasking);
        var confirmations = Heard.Zip(TakeReceived()).ToList();
        return _survivors!.ToDictionary(
            holder => holder,
            holder => (IReadOnlyList<RoundMessage>)[.. confirmations.Where(one => one.First != holder).Take(cohort.Threshold - 1).Select(one => Vouching(one.Second, holder))]);
    }

    /// <summary>What one holder is handed of a message of round 4: who is in the sum, and the tag that it alone can check. The others' tags, and the signature, are of no use to it.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.OutOfTurn"/> before round 4.</exception>
    public RoundMessage Vouching(RoundMessage confirmation, int holder)
    {
        return _survivors is not null
            ? Vouching(confirmation, _dealers!, holder)
            : throw new SecureSumException(SecureSumFault.OutOfTurn, "The secure sum has no survivors yet.");
    }

    internal static RoundMessage Vouching(RoundMessage confirmation, ParticipantSet dealers, int holder)
    {
        var set = dealers.Bytes.Length;
        var tag = set + PairKeys.TagLength * dealers.CountBefore(holder);
        return confirmation.Shortened([.. confirmation.Body[..set], .. confirmation.Body.Slice(tag, PairKeys.TagLength)]);
    }

    /// <summary>Closes round 5 and opens the sum.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.TooFewLeft"/>; <see cref="SecureSumFault.ShareInvalid"/>, naming whose secret could not be opened.</exception>
    public SecureSum CloseUnmasking()
    {
        Close(Round.Unmasking, null);
        var weights = new Dictionary<ParticipantSet, FieldElement[]>();
        foreach (var dealer in _dealers!)
        {
            var secret = Join(dealer, weights);
            if (_survivors!.Contains(dealer))
            {
                RemoveSelfMask(dealer, secret);
            }
            else
            {
                RemovePairMasks(dealer, secret);
            }
        }

        return new SecureSum(cohort, _sum, _survivors!);
    }

    private void Read(Round round, int sender, RoundMessage message)
    {
        switch (round)
        {
            case Round.Keys:
                KeysView.CheckBody(cohort, message);
                break;
            case Round.Shares:
                _dealt[sender] = new DealtShares(cohort, message, _holders);
                break;
            case Round.Input:
                ReadRest(sender, message, _dealersDigest, 8 * cohort.Layout.Words);
                break;
            case Round.Survivors:
                ReadRest(sender, message, _survivors!.Bytes.Span, PairKeys.TagLength * _dealers!.Count);
                break;
            default:
                ReadShares(sender, ReadRest(sender, message, _survivors!.Bytes.Span, FieldElement.ByteLength * _dealers!.Count));
                break;
        }
    }

    // What follows the sender's view, which is this side's.
    private ReadOnlySpan<byte> ReadRest(int sender, RoundMessage message, ReadOnlySpan<byte> view, int restLength)
    {
        var reader = new MessageReader(message.Body);
        var isSame = reader.Bytes(view.Length).SequenceEqual(view);
        var rest = reader.Bytes(restLength);
        reader.End();
        return isSame
            ? rest
            : throw new SecureSumException(SecureSumFault.ViewsDiffer, $"{cohort.Participants[sender]} was told other things of the participants of the secure sum.");
    }

    // A share that is not what its dealer committed to is left out; the others may be enough. What is more than enough is not looked at.
    private void ReadShares(int holder, ReadOnlySpan<byte> shares)
    {
        var at = 0;
        foreach (var dealer in _dealers!)
        {
            var bytes = shares.Slice(FieldElement.ByteLength * at++, FieldElement.ByteLength);
            if (_opened.GetValueOrDefault(dealer)?.Count >= cohort.Threshold)
            {
                continue;
            }

            var isSurvivor = _survivors!.Contains(dealer);
            if (FieldElement.TryRead(bytes, out var share)
                && (isSurvivor
                    ? _dealt[dealer].SeedShareCommitment(holder).SequenceEqual(ShareCommitment.OfSeedShare(cohort, dealer, holder, share))
                    : _dealt[dealer].KeyShareCommitment(holder).SequenceEqual(ShareCommitment.OfKeyShare(cohort, dealer, holder, share))))
            {
                if (!_opened.TryGetValue(dealer, out var opened))
                {
                    _opened[dealer] = opened = [];
                }

                opened[holder] = share;
            }
            else
            {
                _false.Add((dealer, holder));
            }
        }
    }

    private FieldElement Join(int dealer, Dictionary<ParticipantSet, FieldElement[]> weights)
    {
        var shares = _opened.GetValueOrDefault(dealer);
        if (shares is null || shares.Count < cohort.Threshold)
        {
            // Who dealt and who gave them may each be the liar.
            var givers = _false.Where(one => one.Dealer == dealer).Select(one => cohort.Participants[one.Holder]).Order(StringComparer.Ordinal).ToList();
            throw Unopened($"of {cohort.Participants[dealer]}", givers.Count == 0 ? "shares of it are missing" : $"the shares that {string.Join(',', givers)} gave are not those that it vouched for");
        }

        int[] holders = [.. shares.Keys.Order().Take(cohort.Threshold)];
        var set = ParticipantSet.Of(cohort.Count, holders);
        if (!weights.TryGetValue(set, out var ofSet))
        {
            weights[set] = ofSet = SecretSharing.Weights(holders);
        }

        return SecretSharing.Join(ofSet, [.. holders.Select(holder => shares[holder])]);
    }

    private void RemoveSelfMask(int dealer, FieldElement seed)
    {
        if (!_dealt[dealer].SeedCommitment.SequenceEqual(ShareCommitment.OfSeed(cohort, dealer, seed)))
        {
            throw Unopened($"of {cohort.Participants[dealer]}", "its shares are of another secret than it vouched for");
        }

        MaskStream.Subtract(cohort.Layout, _sum, seed.ToBytes());
    }

    // The survivors' values hold a mask with the one that dropped out, which has no counterpart.
    private void RemovePairMasks(int dropped, FieldElement key)
    {
        var roots = new LockedRoots(key, cohort.Count);
        foreach (var survivor in _survivors!)
        {
            var root = roots.Open(survivor, _dealt[dropped].LockedRoot(survivor));
            if (!_dealt[survivor].RootCommitment(dropped).SequenceEqual(PairKeys.CommitmentOf(root)))
            {
                throw Unopened($"between {cohort.Participants[dropped]} and {cohort.Participants[survivor]}", "one of the two vouched for another than they have");
            }

            var mask = PairKeys.MaskKey(root, _dealersDigest);
            if (survivor < dropped)
            {
                MaskStream.Subtract(cohort.Layout, _sum, mask);
            }
            else
            {
                MaskStream.Add(cohort.Layout, _sum, mask);
            }
        }
    }

    private void Close(Round round, Round? next)
    {
        if (_round != round)
        {
            throw new SecureSumException(SecureSumFault.OutOfTurn, "The secure sum is in another round.");
        }

        var heard = Heard;
        // Who confirms or opens need not be everybody whose values are in the sum: shares of the threshold's number are enough.
        var isEnough = round >= Round.Survivors ? heard.Count >= cohort.Threshold : cohort.IsEnough(heard);
        _round = isEnough ? next : null;
        if (!isEnough)
        {
            throw new SecureSumException(
                SecureSumFault.TooFewLeft,
                $"{heard.Count} of {cohort.Count} participants are left; the sum needs {cohort.Threshold}, and {cohort.SurvivorsMin} besides the asker.");
        }
    }

    private List<RoundMessage> TakeReceived()
    {
        var taken = _received.OrderBy(one => one.Key).Select(one => one.Value).ToList();
        _received.Clear();
        return taken;
    }

    private static SecureSumException Unopened(string whose, string why) => new(SecureSumFault.ShareInvalid, $"The masks {whose} cannot be opened: {why}.");
}
