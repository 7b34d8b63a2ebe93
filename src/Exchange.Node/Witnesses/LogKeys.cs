using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Transparency.Notes;

namespace Exchange.Node.Witnesses;

/// <summary>A participant's log keys out of the register, as signed notes need them.</summary>
internal static class LogKeys
{
    /// <summary>Those of its log: every one it ever had.</summary>
    public static IReadOnlyList<NoteVerifier> Of(Participant participant) => All(participant, Identifiers.LogOriginOf(participant.Id), NoteAlgorithm.Ed25519);

    /// <summary>Those of its witness.</summary>
    public static IReadOnlyList<NoteVerifier> OfWitness(Participant participant) => All(participant, Identifiers.WitnessNameOf(participant.Id), NoteAlgorithm.CosignatureV1);

    private static IReadOnlyList<NoteVerifier> All(Participant participant, string name, NoteAlgorithm algorithm) =>
        [.. participant.Keys.Where(key => key.Use == KeyUse.Log && key.PublicKey.Length == 32).Select(key => new NoteVerifier(name, key.PublicKey.Span, algorithm))];
}
