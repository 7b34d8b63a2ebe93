using System.Security.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <summary>The public keys of everybody who sent some, as one side sees them.</summary>
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

    public ReadOnlySpan<byte> Key(int participant) => _messages[participant].Body;

    public static void CheckBody(RoundMessage message)
    {
        if (message.Body.Length != AgreementKey.PublicLength)
        {
            throw MessageReader.Malformed();
        }
    }
}
