using System.Globalization;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Owner.V1;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Trees;
using System.Text.Json;

namespace Exchange.Client.Audit;

/// <summary>A receipt that somebody holds of an owner.</summary>
/// <param name="Owner">Whose log it is for.</param>
/// <param name="Proof">Position, inclusion proof and checkpoint; the leaf is its extra. Untrusted.</param>
public sealed record HeldReceipt(string Owner, LogProof Proof)
{
    /// <summary>Those of a stored answer; those of before logs had checkpoints are left out.</summary>
    internal static IEnumerable<HeldReceipt> Of(RunQueryResponse answer) =>
        from part in answer.Coverage
        where part.Receipt is { Checkpoint.IsEmpty: false }
        let proof = ProofOf(part.Receipt)
        where proof is not null
        select new HeldReceipt(part.ParticipantId, proof);

    /// <summary>Reads a proof in one text (c2sp.org/tlog-proof) that carries the leaf as its extra data.</summary>
    /// <exception cref="ExchangeException"><c>VERIFICATION_FAILED</c> when it is none.</exception>
    public static HeldReceipt Parse(string text)
    {
        if (LogProof.TryParse(text, out var proof) && proof!.Extra is { } leaf && OwnerOf(leaf) is { } owner)
        {
            return new HeldReceipt(owner, proof);
        }

        throw Reasons.VerificationFailed.Because("The file is not a receipt.", "Give one out of the folder `receipts` of an export.");
    }

    /// <summary>As a file carries it.</summary>
    public string ToText() => Proof.ToText();

    /// <summary>Checks it against its owner's log as it was read.</summary>
    internal void Check(AuditedLog log, IReadOnlyCollection<NoteVerifier> keys)
    {
        var seq = Proof.Index;
        if (Proof.Fault(Proof.Extra, keys, out _) != LogProofFault.None)
        {
            log.Find(AuditCheck.Receipts, seq, string.Create(CultureInfo.InvariantCulture, $"A receipt for leaf {seq} does not hold in itself: its checkpoint is not under the log's key, or its proof does not lead there."));
        }
        else if (log.Head is not null && (seq >= log.Hashes.Size || log.Hashes[seq] != TreeHash.OfLeaf(Proof.Extra)))
        {
            log.Find(AuditCheck.Receipts, seq, string.Create(CultureInfo.InvariantCulture, $"A receipt that the log's key signed is for a leaf {seq} that the log does not have there."));
            LogReader.Begins(log, Proof.Checkpoint, keys, "a receipt");
        }
        else if (log.Head is not null)
        {
            LogReader.Begins(log, Proof.Checkpoint, keys, "a receipt");
        }
    }

    private static LogProof? ProofOf(Receipt receipt) =>
        LogProof.From(receipt.Seq, [.. receipt.InclusionProof.Select(hash => hash.Memory)], receipt.Checkpoint.Span) is { } proof ? proof with { Extra = receipt.Leaf.ToByteArray() } : null;

    private static string? OwnerOf(byte[] leaf)
    {
        try
        {
            using var document = JsonDocument.Parse(leaf);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("participant", out var owner)
                && owner.ValueKind == JsonValueKind.String && owner.GetString() is var id && Identifiers.IsSlug(id) ? id : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
