using System.Security.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <summary>The public keys of everybody who sent some, and what each told with it of earlier sums, as one side sees them.</summary>
internal sealed class KeysView
{
    private readonly Dictionary<int, RoundMessage> _messages;

    public KeysView(Cohort cohort, IEnumerable<KeyValuePair<int, RoundMessage>> messages)
    {
        _messages = new Dictionary<int, RoundMessage>(messages);
        Senders = ParticipantSet.Of(cohort.Count, _messages.Keys);
        var all = new MessageWriter();
        foreach (var sender in Senders)
        {
            all.Bytes(_messages[sender].Payload.Span);
        }

        Digest = SHA256.HashData(all.ToArray());
    }

    /// <summary>Who sent keys.</summary>
    public ParticipantSet Senders { get; }

    /// <summary>SHA-256 of their messages: equal views have equal digests.</summary>
    public byte[] Digest { get; }

    public ReadOnlySpan<byte> Key(int participant) => _messages[participant].Body[..AgreementKey.PublicLength];

    /// <summary>By sender, the largest roster within the cohort that it was in before.</summary>
    public Dictionary<int, RosterAtoms> Told(Cohort cohort) => _messages.ToDictionary(one => one.Key, one => Told(cohort, one.Value));

    /// <summary>By sender, what it says of its data.</summary>
    public Dictionary<int, ToldData> Data() => _messages.ToDictionary(one => one.Key, one => ToldData.Read(one.Value.Body[AgreementKey.PublicLength..]));

    public static void CheckBody(Cohort cohort, RoundMessage message) => Told(cohort, message);

    private static RosterAtoms Told(Cohort cohort, RoundMessage message)
    {
        var body = new MessageReader(message.Body);
        body.Bytes(AgreementKey.PublicLength);
        var data = ToldData.Read(body.Bytes(ToldData.Length));
        var told = RosterAtoms.Parse(cohort.Count, body.Bytes(cohort.Count));
        body.End();
        return Enum.IsDefined(data.State) ? told : throw MessageReader.Malformed();
    }
}
