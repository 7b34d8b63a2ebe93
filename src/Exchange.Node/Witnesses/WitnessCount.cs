using Exchange.Node.Peers;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Transparency.Notes;

namespace Exchange.Node.Witnesses;

/// <summary>How many members have cosigned the checkpoint of a receipt.</summary>
internal static class WitnessCount
{
    /// <summary>Counts each active member but the owner once; 0 when there is no receipt. The owner's own signature is for others to check.</summary>
    public static int Of(Receipt? receipt, string owner, RegisterView register)
    {
        if (receipt is null || receipt.Checkpoint.Length > Checkpoint.NoteBytesMax)
        {
            return 0;
        }

        _ = SignedNote.Open(receipt.Checkpoint.Span, [], out var note);
        return note?.Unverified.Select(signature => signature.Key.Name).Distinct(StringComparer.Ordinal)
            .Select(name => register.Find(name.Split('.')[0]))
            .Count(witness => witness is { Status: ParticipantStatus.Active } && witness.Id != owner && HasSigned(receipt, witness)) ?? 0;
    }

    private static bool HasSigned(Receipt receipt, Participant witness) =>
        SignedNote.Open(receipt.Checkpoint.Span, LogKeys.OfWitness(witness), out var note) == NoteFault.None
        && note!.Signatures.Any(signature => signature.Key.Name == Identifiers.WitnessNameOf(witness.Id));
}
