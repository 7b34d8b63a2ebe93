using System.Security.Cryptography;
using Exchange.Privacy.SecureSums;
using Exchange.Privacy.Tests.Noise;
using NSec.Cryptography;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>A cohort in one process, with a network that loses and changes what it is told to.</summary>
internal sealed class SumSession
{
    private readonly Key[] _keys;
    private readonly Action<int, SumInput> _fill;
    private readonly Func<int, IEnumerable<int>>? _contributesTo;

    public SumSession(
        int count, SumLayout layout, Action<int, SumInput> fill, string seed = "sum", int survivorsMin = 3, string asker = "asker", int? threshold = null,
        SumCells? cells = null, Func<int, IEnumerable<int>>? contributesTo = null, string question = "question", IReadOnlyList<AgreedKeys>? agreed = null,
        Func<int, RosterAtoms>? earlier = null)
    {
        var names = agreed?.Select(one => one.Participant).ToArray() ?? [.. Enumerable.Range(0, count).Select(NameOf)];
        Cohort = new Cohort(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(question)), names, layout, survivorsMin, asker, threshold, cells);
        _keys = [.. names.Select(name => Key.Import(SignatureAlgorithm.Ed25519, SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name)), KeyBlobFormat.RawPrivateKey))];
        Participants = [.. names.Select((name, at) => new SumParticipant(Cohort, name, Signer(at), Verify, new SeededBits($"{seed}/{name}"), agreed?[at], earlier?.Invoke(at) ?? agreed?[at].Atoms))];
        Relay = new SumRelay(Cohort, Verify, agreed is not null);
        _fill = fill;
        _contributesTo = contributesTo;
        Seed = seed;
    }

    public Cohort Cohort { get; }

    public string Seed { get; }

    public SumParticipant[] Participants { get; }

    public SumRelay Relay { get; }

    /// <summary>Everything the relay received, in its order.</summary>
    public List<RoundMessage> Transcript { get; } = [];

    /// <summary>The round whose message of a participant is the first that does not arrive.</summary>
    public Dictionary<int, Round> LostFrom { get; } = [];

    /// <summary>Changes a message on its way; null loses it.</summary>
    public Func<Round, int, RoundMessage, RoundMessage?> Transit { get; set; } = (_, _, message) => message;

    /// <summary>Messages that the relay refused.</summary>
    public List<SecureSumFault> Refused { get; } = [];

    public static string NameOf(int at) => $"node-{at:d4}";

    public RoundSigner Signer(int at) => payload => SignatureAlgorithm.Ed25519.Sign(_keys[at], payload);

    public bool Verify(string participant, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature) =>
        SignatureAlgorithm.Ed25519.Verify(_keys[Cohort.IndexOf(participant)].PublicKey, payload, signature);

    public SecureSum Run()
    {
        RunUntilMasked();
        var survivors = Relay.CloseInputs();
        Deliver(Round.Survivors, survivors, one => one.Confirm(survivors));
        return Open();
    }

    public void RunUntilMasked()
    {
        if (Relay.Current == Round.Keys)
        {
            Deliver(Round.Keys, Cohort.Everybody(), one => one.Begin());
            var keys = Relay.CloseKeys();
            Deliver(Round.Shares, Relay.Awaited, one => Share(one, keys));
        }
        else
        {
            Deliver(Round.Shares, Relay.Awaited, one => one.ShareAgain(_contributesTo?.Invoke(one.Position)));
        }

        var shares = Relay.CloseShares();
        Deliver(Round.Input, Relay.Awaited, one => one.Mask(shares[one.Position], InputOf(one.Position)));
    }

    public SecureSum Open()
    {
        var confirmations = Relay.CloseSurvivors();
        Deliver(Round.Unmasking, Relay.Awaited, one => one.Open(confirmations[one.Position]));
        return Relay.CloseUnmasking();
    }

    /// <summary>What a participant is handed of these messages of round 4.</summary>
    public IReadOnlyList<RoundMessage> HandedTo(SumParticipant one, params IEnumerable<RoundMessage> confirmations) =>
        [.. confirmations.Where(message => message.Payload.Span[36] != one.Position).Select(message => Relay.Vouching(message, one.Position))];

    public RoundMessage Share(SumParticipant one, IReadOnlyCollection<RoundMessage> keys) => one.Share(keys, _contributesTo?.Invoke(one.Position));

    public SumInput InputOf(int at)
    {
        var input = new SumInput(Cohort);
        _fill(at, input);
        return input;
    }

    public void Deliver(Round round, ParticipantSet speakers, Func<SumParticipant, RoundMessage> speak)
    {
        foreach (var at in speakers)
        {
            if (LostFrom.TryGetValue(at, out var from) && from < round)
            {
                continue;
            }

            // The participant speaks even where its message is lost: it went down after sending, or the line did.
            var message = speak(Participants[at]);
            if (LostFrom.TryGetValue(at, out from) && from == round || Transit(round, at, message) is not { } arrived)
            {
                continue;
            }

            Transcript.Add(arrived);
            try
            {
                Relay.Accept(arrived);
            }
            catch (SecureSumException refusal)
            {
                Refused.Add(refusal.Fault);
            }
        }
    }

    /// <summary>What masks are derived under when all of these dealt, in a cohort without cells.</summary>
    public byte[] DigestOf(ParticipantSet dealers) => DealersView.DigestOf(Cohort, dealers, _ => []);

    /// <summary>The message with another body, signed again by its sender.</summary>
    public RoundMessage Forge(Round round, int sender, ReadOnlySpan<byte> body) => RoundMessage.Sign(Cohort, round, sender, body, Signer(sender));
}
