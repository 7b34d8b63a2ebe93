using Exchange.Node.Peers;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Transparency.Witnesses;

namespace Exchange.Node.Witnesses;

/// <summary>How many members have cosigned the checkpoint of a receipt.</summary>
internal static class WitnessCount
{
    /// <summary>Counts each active member but the owner once; 0 when there is no receipt.</summary>
    public static int Of(Receipt? receipt, string owner, RegisterView register) => receipt is null ? 0 : Cosigners.CountOf(receipt.Checkpoint.Span, name =>
        register.Find(name.Split('.')[0]) is { Status: ParticipantStatus.Active } witness && witness.Id != owner && name == Identifiers.WitnessNameOf(witness.Id) ? LogKeys.OfWitness(witness) : []);
}
