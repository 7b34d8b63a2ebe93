using System.Security.Cryptography;
using System.Text;
using Exchange.Privacy.Noise;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Signing;

namespace Exchange.Benchmarks;

/// <summary>Members of a cohort that add up a thousand counts in one process, again and again.</summary>
internal sealed class SecureMembers : IDisposable
{
    public const int Values = 1000;

    private readonly string[] _names;
    private readonly SigningKey[] _keys;
    private readonly List<AgreedKeys> _agreed = [];
    private int _questions;

    public SecureMembers(int count)
    {
        _names = [.. Enumerable.Range(0, count).Select(at => $"node-{at:d4}")];
        _keys = [.. _names.Select(_ => SigningKey.Create())];
    }

    public int Count => _names.Length;

    /// <summary>A first question: keys, shares and the sum.</summary>
    public Task FirstAsync(int dropOuts)
    {
        Forget();
        return AskAsync(dropOuts, isFirst: true);
    }

    /// <summary>A question with the keys of the last first one.</summary>
    public Task FurtherAsync() => AskAsync(dropOuts: 0, isFirst: false);

    public void Dispose()
    {
        Forget();
        foreach (var key in _keys)
        {
            key.Dispose();
        }
    }

    private Task AskAsync(int dropOuts, bool isFirst)
    {
        var question = SHA256.HashData(Encoding.UTF8.GetBytes($"benchmark {_questions++}"));
        var cohort = new Cohort(question, _names, new SumLayout(Values, 0), survivorsMin: 3, "asker");
        bool Verify(string participant, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature) =>
            SigningKey.Verify(_keys[cohort.IndexOf(participant)].PublicKey, payload, signature);
        var participants = _names.Select((name, at) =>
            new SumParticipant(cohort, name, payload => _keys[at].Sign(payload), Verify, new SystemRandomBits(), isFirst ? null : _agreed[at], isFirst ? null : RosterAtoms.Of(_names.Select(_ => 1)))).ToArray();
        var relay = new SumRelay(cohort, Verify, keysAreAgreed: !isFirst);

        if (isFirst)
        {
            Speak(relay, participants, one => one.Begin());
            var heard = relay.CloseKeys();
            Speak(relay, participants, one => one.Share(heard));
            _agreed.AddRange(participants.Select(one => one.KeepKeys()));
        }
        else
        {
            Speak(relay, participants, one => one.ShareAgain());
        }

        var shares = relay.CloseShares();
        var left = participants[dropOuts..];
        Speak(relay, left, one => one.Mask(shares[one.Position], Input(cohort)));
        var survivors = relay.CloseInputs();
        Speak(relay, left, one => one.Confirm(survivors));
        var confirmations = relay.CloseSurvivors();
        Speak(relay, left, one => one.Open(confirmations[one.Position]));
        var sum = relay.CloseUnmasking();
        if (sum.Narrow(0) != left.Length || sum.Narrow(Values - 1) != (long)left.Length * Values)
        {
            throw new InvalidOperationException("The secure sum is wrong.");
        }

        foreach (var one in participants)
        {
            one.Dispose();
        }

        return Task.CompletedTask;
    }

    private void Forget()
    {
        _agreed.ForEach(one => one.Dispose());
        _agreed.Clear();
    }

    // Participants work side by side, as they would on machines of their own; the relay takes one message after the other.
    private static void Speak(SumRelay relay, SumParticipant[] participants, Func<SumParticipant, RoundMessage> speak)
    {
        var messages = new RoundMessage[participants.Length];
        Parallel.For(0, participants.Length, at => messages[at] = speak(participants[at]));
        foreach (var message in messages)
        {
            relay.Accept(message);
        }
    }

    private static SumInput Input(Cohort cohort)
    {
        var input = new SumInput(cohort);
        for (var position = 0; position < Values; position++)
        {
            input.SetNarrow(position, position + 1);
        }

        return input;
    }
}
