using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Owner.V1;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Witnesses;

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

    /// <summary>How many active members but the owner have cosigned the checkpoint of its receipt.</summary>
    public int CosignersOf(ParticipantCoverage part) => part.Receipt is null ? 0 : Cosigners.CountOf(part.Receipt.Checkpoint.Span, name =>
        Snapshot.Participants.FirstOrDefault(member => member.Status == ParticipantStatus.Active && member.Id != part.ParticipantId && Identifiers.WitnessNameOf(member.Id) == name) is { } witness
            ? [.. witness.Keys.Where(key => key.Use == KeyUse.Log && key.PublicKey.Length == 32).Select(key => new NoteVerifier(name, key.PublicKey.Span, NoteAlgorithm.CosignatureV1))]
            : []);

    /// <summary>That participant's key, also one it no longer uses; null when it never had it.</summary>
    public ParticipantKey? KeyOf(string participant, KeyUse use, string keyId) => _keys.GetValueOrDefault((participant, use, keyId));
}
