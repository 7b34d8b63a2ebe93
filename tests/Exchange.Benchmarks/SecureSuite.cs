using System.Security.Cryptography;
using Exchange.Privacy.Noise;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Signing;

namespace Exchange.Benchmarks;

/// <summary>
/// Secure sums: all five rounds of a cohort in one process, keys and shares included, without sockets and engines, over a thousand counts.
/// Held against what a question to a hundred nodes may take, and with ten drop-outs; of three parties against the plain sum of the same values.
/// </summary>
internal static class SecureSuite
{
    private const int Values = 1000;
    private const double FirstQuestionMsMax = 1500;
    private const double DropOutsMsMax = 2000;

    public static async Task RunAsync(bool quick, Action<Measurement> report, CancellationToken cancellationToken)
    {
        var rounds = quick ? 3 : 9;
        foreach (var count in (int[])[3, 10, 100])
        {
            cancellationToken.ThrowIfCancellationRequested();
            var measured = await Measurement.TakeAsync(
                "secure", "rounds, 1000 counts", count, rounds, () => SumAsync(count, dropOuts: 0), "at most", () => Task.CompletedTask).ConfigureAwait(false);
            report(measured with { BaselineMs = FirstQuestionMsMax });
        }

        var dropped = await Measurement.TakeAsync(
            "secure", "rounds, 10 drop out", 100, rounds, () => SumAsync(100, dropOuts: 10), "at most", () => Task.CompletedTask).ConfigureAwait(false);
        report(dropped with { BaselineMs = DropOutsMsMax });
        await SecureNodes.RunAsync(quick, report, cancellationToken).ConfigureAwait(false);
    }

    private static Task SumAsync(int count, int dropOuts)
    {
        var names = Enumerable.Range(0, count).Select(at => $"node-{at:d4}").ToArray();
        var cohort = new Cohort(SHA256.HashData("benchmark"u8), names, new SumLayout(Values, 0), survivorsMin: 3, "asker");
        var keys = names.Select(_ => SigningKey.Create()).ToArray();
        bool Verify(string participant, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature) =>
            SigningKey.Verify(keys[cohort.IndexOf(participant)].PublicKey, payload, signature);
        var participants = names.Select((name, at) => new SumParticipant(cohort, name, payload => keys[at].Sign(payload), Verify, new SystemRandomBits())).ToArray();
        var relay = new SumRelay(cohort, Verify);

        Speak(relay, participants, one => one.Begin());
        var heard = relay.CloseKeys();
        Speak(relay, participants, one => one.Share(heard));
        var shares = relay.CloseShares();
        Speak(relay, participants[dropOuts..], one => one.Mask(shares[one.Position], Input(cohort)));
        var survivors = relay.CloseInputs();
        Speak(relay, participants[dropOuts..], one => one.Confirm(survivors));
        var confirmations = relay.CloseSurvivors();
        Speak(relay, participants[dropOuts..], one => one.Open(confirmations));
        var sum = relay.CloseUnmasking();
        if (sum.Narrow(0) != count - dropOuts || sum.Narrow(Values - 1) != (long)(count - dropOuts) * Values)
        {
            throw new InvalidOperationException("The secure sum is wrong.");
        }

        foreach (var one in participants)
        {
            one.Dispose();
        }

        foreach (var key in keys)
        {
            key.Dispose();
        }

        return Task.CompletedTask;
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
