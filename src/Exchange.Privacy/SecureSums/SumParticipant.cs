using System.Security.Cryptography;
using Exchange.Privacy.Noise;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// One participant of a secure sum by double masking (Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine
/// Learning", CCS 2017, figure 4): a state machine without sockets, clocks or disks. Each method is a round; it checks what the relay
/// passed on and returns the message that answers it. The rounds come in this order and none comes twice:
/// <see cref="Begin"/>, <see cref="Share"/>, <see cref="Mask"/>, <see cref="Confirm"/>, <see cref="Open"/>; of a further question
/// <see cref="ShareAgain"/> in place of the first two. A refused call changes nothing and gives nothing away.
/// <para>
/// What it proves: relay and other participants, fewer of them together than 2·threshold − n, learn of the inputs of the others
/// nothing but the sum over one set of survivors, however the relay behaves, under the assumptions that X25519 and ChaCha20 hold and that
/// signing keys are their owners'. It does not prove that an input is true: a participant can put any value in the sum.
/// </para>
/// <para>
/// For one participant either the share of its seed or that of the key to its other masks is given, never both: survivors are confirmed
/// once, and given is what they demand. Both are drawn for one question and open nothing of another. Whoever hosts this keeps no copy of it and starts no second one for the same cohort, but by
/// <see cref="WithoutAgreedKeys"/>.
/// </para>
/// Not for several threads at once.
/// </summary>
public sealed partial class SumParticipant : IDisposable
{
    private readonly Cohort _cohort;
    private readonly RoundSigner _sign;
    private readonly RoundVerifier _verify;
    private readonly RandomBits _bits;
    private readonly int _self;
    private readonly FieldElement _seed;
    private readonly FieldElement _lockingKey;
    private readonly AgreementKey? _key;
    private AgreedKeys? _agreed;
    private bool _keepsAgreed;
    private readonly RosterAtoms _earlier;
    private readonly ToldData _data;
    private Dictionary<int, RosterAtoms>? _told;
    private Dictionary<int, ToldData>? _dataOfAll;
    private RosterAtoms? _atoms;
    private Dictionary<int, PairKeys> _pairs = [];
    private Dictionary<int, HeldShares> _held = [];
    private Round? _last;
    private RoundMessage? _keys;
    private CellContributors? _contributors;
    private ParticipantSet? _dealers;
    private ParticipantSet? _survivors;

    /// <summary>Draws the keys of a participant.</summary>
    /// <param name="cohort">What all agreed on.</param>
    /// <param name="participant">Who this is.</param>
    /// <param name="sign">Its signature.</param>
    /// <param name="verify">Checks the others' signatures.</param>
    /// <param name="bits">The system's generator, but in tests.</param>
    /// <param name="agreed">Keys kept of an earlier question, which stay the host's. It begins with <see cref="ShareAgain"/> then.</param>
    /// <param name="earlier">The largest roster within the cohort that it was in, in sums of the same data (<see cref="RosterRule"/>); absent for none.</param>
    /// <param name="data">What it says of its data.</param>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.CohortInvalid"/> when the participant is not of the cohort, or keys that were kept do not <see cref="AgreedKeys.Fit"/>.</exception>
    public SumParticipant(
        Cohort cohort, string participant, RoundSigner sign, RoundVerifier verify, RandomBits bits, AgreedKeys? agreed = null, RosterAtoms? earlier = null,
        ToldData data = default)
    {
        (_cohort, _sign, _verify, _bits, _earlier, _data) = (cohort, sign, verify, bits, earlier ?? RosterAtoms.None(cohort.Count), data);
        _self = cohort.IndexOf(participant);
        if (_self < 0)
        {
            throw new SecureSumException(SecureSumFault.CohortInvalid, "The participant is not of the cohort.");
        }

        if (agreed is not null && (agreed.Participant != participant || !agreed.Fit(cohort, _earlier)))
        {
            throw new SecureSumException(SecureSumFault.CohortInvalid, "The cohort, or what there was of earlier sums, is not as when the participant agreed on keys.");
        }

        _seed = FieldElement.Random(bits);
        _lockingKey = FieldElement.Random(bits);
        (_agreed, _keepsAgreed) = (agreed, agreed is not null);
        _key = agreed is null ? new AgreementKey(FieldElement.Random(bits).ToBytes()) : null;
    }

    /// <summary>Its position in the cohort.</summary>
    public int Position => _self;

    /// <summary>What each said of its data with its keys; null before round 2, and in a further question.</summary>
    public IReadOnlyDictionary<int, ToldData>? DataOfAll => _dataOfAll;

    /// <summary>Whether it takes part no more.</summary>
    public bool IsOver => _last is Round.Unmasking;

    /// <summary>Round 1: its public key, the earlier roster, and whether its data are new.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.OutOfTurn"/>.</exception>
    public RoundMessage Begin()
    {
        Expect(null, needsKeys: true);
        _keys = Say(Round.Keys, body =>
        {
            body.Bytes(_key!.Public);
            _data.Write(body);
            body.Bytes(_earlier.Bytes.Span);
        });
        return _keys;
    }

    /// <summary>Round 2: deals shares of its two secrets to everybody who sent keys.</summary>
    /// <param name="keys">The messages of round 1, its own among them.</param>
    /// <param name="contributesTo">In a cohort with cells, those that this participant's values go into; told to the other participants, not to the relay.</param>
    /// <exception cref="SecureSumException">
    /// A message is not what it should be; <see cref="SecureSumFault.TooFewLeft"/>; <see cref="SecureSumFault.RosterTooClose"/> by what the senders tell.
    /// </exception>
    public RoundMessage Share(IReadOnlyCollection<RoundMessage> keys, IEnumerable<int>? contributesTo = null)
    {
        Expect(Round.Keys);
        CheckCells(contributesTo);
        var view = new KeysView(_cohort, Collect(keys, Round.Keys, (_, message) => KeysView.CheckBody(_cohort, message)));
        CheckEnough(view.Senders);
        if (!view.Senders.Contains(_self) || !keys.Any(_keys!.IsSame))
        {
            throw new SecureSumException(SecureSumFault.ViewsDiffer, "The participant's own keys are not among those that were passed on.");
        }

        var (told, data) = (view.Told(_cohort), view.Data());
        var atoms = RosterRule.Join(_cohort, told, view.Senders, data);
        var agreed = new AgreedKeys(_cohort, _self, _key!, view, atoms);
        var message = Deal(agreed, view.Senders, contributesTo);
        (_agreed, _told, _dataOfAll, _atoms) = (agreed, told, data, atoms);
        return message;
    }

    /// <summary>
    /// Round 2 of a further question, the first that the participant is asked for: nobody sends keys, or tells of earlier rosters. That the
    /// survivors are those of the earlier question, the host sees to before <see cref="Confirm"/>.
    /// </summary>
    /// <param name="contributesTo">As of <see cref="Share"/>.</param>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.OutOfTurn"/>, also where the keys were used for this cohort before.</exception>
    public RoundMessage ShareAgain(IEnumerable<int>? contributesTo = null)
    {
        Expect(null, needsKeys: false);
        CheckCells(contributesTo);
        _atoms = _agreed!.Atoms;
        return Deal(_agreed, _cohort.Everybody(), contributesTo);
    }

    /// <summary>
    /// After <see cref="ShareAgain"/>, where not everybody of the cohort keeps keys: forgets this participant, whose values have not left and never will, for one
    /// that begins with <see cref="Begin"/>.
    /// </summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.OutOfTurn"/>, also once its values have left.</exception>
    public SumParticipant WithoutAgreedKeys()
    {
        Expect(Round.Shares);
        if (_keys is not null)
        {
            throw OutOfTurn();
        }

        Dispose();
        return new SumParticipant(_cohort, _cohort.Participants[_self], _sign, _verify, _bits, earlier: _earlier, data: _data);
    }

    /// <summary>From round 2 on: what it keeps for further questions. It is the caller's to dispose of then.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.OutOfTurn"/>.</exception>
    public AgreedKeys KeepKeys()
    {
        if (_agreed is null || (_last is Round.Unmasking && !_keepsAgreed))
        {
            throw OutOfTurn();
        }

        _keepsAgreed = true;
        return _agreed;
    }

    /// <summary>Round 3: its values, masked.</summary>
    /// <param name="shares">What the others sealed for it. Who dealt none has dropped out.</param>
    /// <param name="input">Its values. In a cohort with cells they count as zeros in cells that it did not name, or that too few contribute to.</param>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.ShareInvalid"/>, which also shows that views of the keys differ; <see cref="SecureSumFault.TooFewLeft"/>.</exception>
    public RoundMessage Mask(IReadOnlyCollection<SealedShares> shares, SumInput input)
    {
        Expect(Round.Shares);
        var held = OpenSealed(shares);
        held.Add(_self, _held[_self]);
        var dealers = ParticipantSet.Of(_cohort.Count, held.Keys);
        CheckEnough(dealers);
        if (!input.Cohort.Id.SequenceEqual(_cohort.Id))
        {
            throw new SecureSumException(SecureSumFault.CohortInvalid, "The values are for another cohort.");
        }

        var words = input.Words.ToArray();
        var contributors = _cohort.Cells is null ? null : new CellContributors(_cohort, held.Select(one => (one.Key, one.Value.Cells)), _atoms!);
        _cohort.Cells?.Clear(_cohort.Layout, words, contributors!.ToldBy(_self));
        var digest = DealersView.DigestOf(_cohort, dealers, dealer => CellContributors.CommitmentOf(_cohort, dealer, held[dealer].Cells));
        MaskStream.Add(_cohort.Layout, words, _seed.ToBytes());
        foreach (var other in dealers.Where(other => other != _self))
        {
            var key = PairKeys.MaskKey(_pairs[other].Root, digest);
            if (_self < other)
            {
                MaskStream.Add(_cohort.Layout, words, key);
            }
            else
            {
                MaskStream.Subtract(_cohort.Layout, words, key);
            }
        }

        var message = Say(Round.Input, body =>
        {
            body.Bytes(digest);
            body.Words(words);
        });
        _held = held;
        _contributors = contributors;
        _dealers = dealers;
        return message;
    }

    /// <summary>The atoms of the survivors, were they these, which a host records with the roster.</summary>
    /// <param name="survivors">Whose values arrived, by the relay's word.</param>
    /// <exception cref="SecureSumException">
    /// <see cref="SecureSumFault.OutOfTurn"/> but between rounds 3 and 5; <see cref="SecureSumFault.ViewsDiffer"/>; <see cref="SecureSumFault.RosterTooClose"/>.
    /// </exception>
    public RosterAtoms AtomsOf(ParticipantSet survivors)
    {
        if (_last is not (Round.Input or Round.Survivors))
        {
            throw OutOfTurn();
        }

        CheckHeld(survivors);
        return _told is null ? _atoms!.Within(survivors) : RosterRule.Join(_cohort, _told, survivors, _dataOfAll);
    }

    /// <summary>Round 4: signs who is in the sum, once.</summary>
    /// <param name="survivors">Whose values arrived, by the relay's word.</param>
    /// <exception cref="SecureSumException">
    /// <see cref="SecureSumFault.ViewsDiffer"/>; <see cref="SecureSumFault.TooFewLeft"/>; <see cref="SecureSumFault.RosterTooClose"/>; <see cref="SecureSumFault.CellTooThin"/>, after
    /// which the participant takes part no more: asked about one set after the other, it would tell who contributes where.
    /// </exception>
    public RoundMessage Confirm(ParticipantSet survivors)
    {
        Expect(Round.Input);
        CheckHeld(survivors);
        CheckEnough(survivors);
        AtomsOf(survivors);
        if (_contributors?.IsTooThin(survivors) == true)
        {
            Dispose();
            throw new SecureSumException(
                SecureSumFault.CellTooThin, $"Without those that dropped out, a cell is over fewer than {_cohort.SurvivorsMin} participants: nothing is opened.");
        }

        _survivors = survivors;
        // A tag for each other, which it checks faster than a signature.
        return Say(Round.Survivors, body =>
        {
            body.Bytes(survivors.Bytes.Span);
            foreach (var other in _dealers!)
            {
                body.Bytes(other == _self ? new byte[PairKeys.TagLength] : _pairs[other].Tag(_self, survivors));
            }
        });
    }

    /// <summary>Round 5: gives what opens the sum over the survivors and nothing else.</summary>
    /// <param name="confirmations">
    /// What others vouch for to this participant (<see cref="SumRelay.Vouching"/>), as many as with itself are the threshold's number of survivors, over the same set.
    /// </param>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.ViewsDiffer"/>; <see cref="SecureSumFault.TooFewLeft"/>.</exception>
    public RoundMessage Open(IReadOnlyCollection<RoundMessage> confirmations)
    {
        Expect(Round.Survivors);
        var signers = Collect(confirmations, Round.Survivors, CheckVouched, isSigned: false);
        if (signers.Keys.Count(_survivors!.Contains) + 1 < _cohort.Threshold)
        {
            throw TooFew(signers.Count + 1);
        }

        var message = Say(Round.Unmasking, body =>
        {
            body.Bytes(_survivors!.Bytes.Span);
            foreach (var dealer in _dealers!)
            {
                body.Bytes((_survivors.Contains(dealer) ? _held[dealer].Seed : _held[dealer].Key).ToBytes());
            }
        });
        Dispose();
        return message;
    }

    /// <summary>Forgets the secrets; every later round is refused.</summary>
    public void Dispose()
    {
        _last = Round.Unmasking;
        _held.Clear();
        foreach (var pair in _pairs.Values)
        {
            pair.Clear();
        }

        _pairs.Clear();
        _key?.Dispose();
        if (!_keepsAgreed)
        {
            _agreed?.Dispose();
        }
    }

    private RoundMessage Deal(AgreedKeys agreed, ParticipantSet holders, IEnumerable<int>? contributesTo)
    {
        var cells = _cohort.Cells is null ? [] : CellContributors.Tell(_cohort.Cells, contributesTo!, _bits);
        var pairs = agreed.Use(_cohort, _self, holders);
        var keyShares = SecretSharing.Split(_lockingKey, _cohort.Threshold, _cohort.Count, _bits);
        var seedShares = SecretSharing.Split(_seed, _cohort.Threshold, _cohort.Count, _bits);
        var roots = new LockedRoots(_lockingKey, _cohort.Count);
        var message = Say(Round.Shares, body =>
        {
            body.Bytes(ShareCommitment.OfSeed(_cohort, _self, _seed));
            if (_cohort.Cells is not null)
            {
                body.Bytes(CellContributors.CommitmentOf(_cohort, _self, cells));
            }

            foreach (var holder in holders)
            {
                body.Bytes(ShareCommitment.OfKeyShare(_cohort, _self, holder, keyShares[holder]));
                body.Bytes(ShareCommitment.OfSeedShare(_cohort, _self, holder, seedShares[holder]));
                if (holder == _self)
                {
                    body.Bytes(new byte[2 * Sodium.KeyLength + SealedShares.LengthOf(_cohort)]);
                    continue;
                }

                body.Bytes(PairKeys.CommitmentOf(pairs[holder].Root));
                body.Bytes(roots.Lock(holder, pairs[holder].Root));
                body.Bytes(new HeldShares(keyShares[holder], seedShares[holder], cells).Seal(pairs[holder].ToOther, agreed.Digest));
            }
        });
        roots.Clear();
        _held[_self] = new HeldShares(keyShares[_self], seedShares[_self], cells);
        _pairs = pairs;
        return message;
    }

    private RoundMessage Say(Round round, Action<MessageWriter> write)
    {
        var body = new MessageWriter();
        write(body);
        var message = RoundMessage.Sign(_cohort, round, _self, body.ToArray(), _sign);
        _last = round;
        return message;
    }
}
