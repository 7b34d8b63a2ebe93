using System.Text.Json;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Signing;
using Exchange.Transparency;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Tiles;

namespace Exchange.Client.Verification;

/// <summary>Checks that a receipt is the owner's, and about this question and this decision.</summary>
internal static class ReceiptVerifier
{
    private static readonly TimeSpan ClockSkewMax = TimeSpan.FromSeconds(60);

    /// <summary>Null when the receipt holds, or why it does not.</summary>
    public static ExchangeException? FailureOf(ParticipantCoverage part, string queryId, string queryHash, VerifiedRegister register, bool stored)
    {
        try
        {
            Verify(part, queryId, queryHash, register, stored);
            return null;
        }
        catch (ExchangeException failure)
        {
            return failure;
        }
    }

    private static void Verify(ParticipantCoverage part, string queryId, string queryHash, VerifiedRegister register, bool stored)
    {
        var owner = part.ParticipantId;
        if (part.Receipt is not { } receipt)
        {
            throw AnswerVerifier.Failed($"The participant {owner} gave no receipt for its answer.");
        }

        var key = register.KeyOf(owner, KeyUse.Log, receipt.KeyId)
            ?? throw AnswerVerifier.Failed($"The receipt of {owner} is signed with a key that is not in the register.");
        switch (receipt.Leaf.Length <= EntryBundle.LeafBytesMax ? FaultOf(receipt, owner, key, stored) : LogProofFault.NotIncluded)
        {
            case LogProofFault.None:
                break;
            case LogProofFault.Checkpoint:
                throw AnswerVerifier.Failed($"The signature on the receipt of {owner} does not hold.");
            default:
                throw AnswerVerifier.Failed($"The receipt of {owner} does not prove that its decision is in its log.");
        }

        VerifyLeaf(part, receipt.Leaf.Memory, key, queryId, queryHash);
    }

    private static LogProofFault? FaultOf(Receipt receipt, string owner, ParticipantKey key, bool stored) => stored && receipt is { Checkpoint.IsEmpty: true, Seq: >= 0 }
        ? SigningKey.Verify(key.PublicKey.Span, ReceiptSignature.ToBeSigned(receipt.Seq, receipt.Leaf.Span), receipt.Signature.Span) ? LogProofFault.None : LogProofFault.Checkpoint
        : LogProof.From(receipt.Seq, [.. receipt.InclusionProof.Select(hash => hash.Memory)], receipt.Checkpoint.Span)
            ?.Fault(receipt.Leaf.Span, [new NoteVerifier(Identifiers.LogOriginOf(owner), key.PublicKey.Span)], out _);

    private static void VerifyLeaf(ParticipantCoverage part, ReadOnlyMemory<byte> leaf, ParticipantKey key, string queryId, string queryHash)
    {
        var owner = part.ParticipantId;
        try
        {
            using var document = JsonDocument.Parse(leaf);
            var members = document.RootElement;
            if (Text(members, "participant") != owner)
            {
                throw AnswerVerifier.Failed($"The receipt of {owner} is about another participant's log.");
            }

            // A refusal before the query's signature was checked trusts no id in it, and says so by naming none.
            var loggedId = Text(members, "query_id") ?? (part.Status == CoverageStatus.Answered ? null : queryId);
            if (loggedId != queryId || Text(members, "query_hash") != queryHash)
            {
                throw AnswerVerifier.Failed($"The receipt of {owner} is about another question.");
            }

            if (!Matches(Text(members, "event"), part.Status))
            {
                throw AnswerVerifier.Failed($"The receipt of {owner} records another decision than the answer shows.");
            }

            if (key.ToTime is { } end && (!members.GetProperty("time").TryGetDateTimeOffset(out var time) || time > end.ToDateTimeOffset() + ClockSkewMax))
            {
                throw AnswerVerifier.Failed($"The receipt of {owner} is signed with a key that was no longer in use.");
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw AnswerVerifier.Failed($"The receipt of {owner} cannot be read.");
        }
    }

    private static bool Matches(string? what, CoverageStatus status) => status == CoverageStatus.Answered
        ? what == "query.answered"
        : what is "query.refused" or "query.failed";

    private static string? Text(JsonElement members, string name) =>
        members.ValueKind == JsonValueKind.Object && members.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
