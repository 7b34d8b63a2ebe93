using Exchange.Protocol.Identity.V1;

namespace Exchange.Client.Verification;

/// <summary>The keys of a register whose signature held.</summary>
internal sealed class VerifiedRegister
{
    private readonly Dictionary<(string Participant, KeyUse Use, string KeyId), ParticipantKey> _keys = [];

    /// <summary>Indexes the keys of a snapshot.</summary>
    public VerifiedRegister(RegisterSnapshot snapshot)
    {
        Version = snapshot.Version;
        Snapshot = snapshot;
        foreach (var participant in snapshot.Participants)
        {
            foreach (var key in participant.Keys)
            {
                _keys[(participant.Id, key.Use, key.KeyId)] = key;
            }
        }
    }

    /// <summary>Version of the snapshot.</summary>
    public long Version { get; }

    /// <summary>The register itself.</summary>
    public RegisterSnapshot Snapshot { get; }

    /// <summary>That participant's key, also one it no longer uses; null when it never had it.</summary>
    public ParticipantKey? KeyOf(string participant, KeyUse use, string keyId) => _keys.GetValueOrDefault((participant, use, keyId));
}
