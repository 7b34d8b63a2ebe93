using System.Security.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <content>What it checks of what it is handed.</content>
public sealed partial class SumParticipant
{
    private void CheckHeld(ParticipantSet survivors)
    {
        if (!survivors.IsWithin(_dealers!) || !survivors.Contains(_self))
        {
            throw new SecureSumException(SecureSumFault.ViewsDiffer, "The survivors are not those whose shares this participant holds.");
        }
    }

    private void CheckCells(IEnumerable<int>? contributesTo)
    {
        if (_cohort.Cells is null != contributesTo is null)
        {
            throw new SecureSumException(SecureSumFault.CohortInvalid, "Cells are told in a cohort that has cells, and only there.");
        }
    }

    private Dictionary<int, HeldShares> OpenSealed(IReadOnlyCollection<SealedShares> shares)
    {
        var opened = new Dictionary<int, HeldShares>();
        foreach (var (dealer, ciphertext) in shares)
        {
            if (!_pairs.TryGetValue(dealer, out var pair) || ciphertext.Length != SealedShares.LengthOf(_cohort))
            {
                throw MessageReader.Malformed();
            }

            if (!HeldShares.TryOpen(ciphertext.Span, pair.FromOther, _agreed!.Digest, out var held) || !opened.TryAdd(dealer, held))
            {
                throw new SecureSumException(SecureSumFault.ShareInvalid, $"The shares that {_cohort.Participants[dealer]} dealt cannot be opened.");
            }
        }

        return opened;
    }

    // That the sender, and not the relay, named these survivors.
    private void CheckVouched(int sender, RoundMessage message)
    {
        var body = new MessageReader(message.Body);
        if (!body.Bytes(_survivors!.Bytes.Length).SequenceEqual(_survivors.Bytes.Span))
        {
            throw new SecureSumException(SecureSumFault.ViewsDiffer, "Participants were told different survivors: nothing is opened.");
        }

        var tag = body.Bytes(PairKeys.TagLength);
        body.End();
        if (!_pairs.TryGetValue(sender, out var pair) || !CryptographicOperations.FixedTimeEquals(tag, pair.Tag(sender, _survivors)))
        {
            throw RoundMessage.Unsigned(_cohort, sender);
        }
    }

    private Dictionary<int, RoundMessage> Collect(IReadOnlyCollection<RoundMessage> messages, Round round, Action<int, RoundMessage> check, bool isSigned = true)
    {
        var bySender = new Dictionary<int, RoundMessage>();
        foreach (var message in messages)
        {
            var sender = isSigned ? message.Check(_cohort, round, _verify) : message.SenderIn(_cohort, round);
            check(sender, message);
            if (!bySender.TryAdd(sender, message))
            {
                throw new SecureSumException(SecureSumFault.MessageContradicted, $"{_cohort.Participants[sender]} stands twice in a round of the secure sum.");
            }
        }

        return bySender;
    }

    private void Expect(Round? last)
    {
        if (_last != last)
        {
            throw OutOfTurn();
        }
    }

    private void Expect(Round? last, bool needsKeys)
    {
        Expect(last);
        if (_agreed is null != needsKeys)
        {
            throw OutOfTurn();
        }
    }

    private static SecureSumException OutOfTurn() =>
        new(SecureSumFault.OutOfTurn, "The participant is in another round of the secure sum, or done with it.");

    private void CheckEnough(ParticipantSet left)
    {
        if (!_cohort.IsEnough(left))
        {
            throw TooFew(left.Count);
        }
    }

    private SecureSumException TooFew(int left) => new(
        SecureSumFault.TooFewLeft,
        $"{left} of {_cohort.Count} participants are left; the sum needs {_cohort.Threshold}, and {_cohort.SurvivorsMin} besides the asker.");
}
