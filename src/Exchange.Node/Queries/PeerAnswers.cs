using System.Security.Cryptography;
using System.Text.Json;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Naming;
using Exchange.Query.Compilation;
using Exchange.Query.Merging;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Tiles;
using Google.Protobuf;

namespace Exchange.Node.Queries;

/// <summary>Checks what a peer sent back before any of it counts: receipt, log entry, hash, form. Trusts nothing in it.</summary>
internal static class PeerAnswers
{
    /// <summary>Reads an answer's cells.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.ReceiptInvalid"/>; <c>ANSWER_INVALID</c>.</exception>
    public static (FragmentAnswer Answer, IReadOnlyList<ReleasedCell> Cells) Read(
        RunFragmentResponse response, string participantId, byte[] queryHash, CompiledQuery compiled, RegisterView register, NodeLimits limits, DateTimeOffset now,
        bool isNoisy = false)
    {
        var answerHash = ReleasedAnswer.HashOf(response.Salt.Span, response.Answer.Span);
        CheckReceipt(response.Receipt, participantId, queryHash, "query.answered", Convert.ToHexStringLower(answerHash), register, now);
        FragmentAnswer answer;
        try
        {
            answer = FragmentAnswer.Parser.ParseFrom(response.Answer);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Reasons.AnswerInvalid.Because("The answer cannot be read.", "Tell that owner.");
        }

        return (answer, AnswerCodec.Decode(answer, compiled.Fragment, compiled.Product, limits.Fragments.CellsMax, isNoisy));
    }

    /// <summary>Whether the receipt of a refusal holds; a refusal without one is not trusted to be logged.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.ReceiptInvalid"/>.</exception>
    public static void CheckRefusal(RunFragmentResponse response, string participantId, byte[] queryHash, RegisterView register, DateTimeOffset now) =>
        CheckReceipt(response.Receipt, participantId, queryHash, null, null, register, now);

    /// <summary>Whether the receipt holds for masked values that went into a secure sum.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.ReceiptInvalid"/>.</exception>
    public static void CheckMasked(InputSessionResponse response, string participantId, byte[] queryHash, RegisterView register, DateTimeOffset now) => CheckReceipt(
        response.Receipt, participantId, queryHash, "query.answered", Convert.ToHexStringLower(ReleasedAnswer.HashOf(response.Salt.Span, response.Message.Payload.Span)), register, now);

    /// <summary>Whether the receipt holds for an owner's partition.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.ReceiptInvalid"/>.</exception>
    public static void CheckDescribed(DescribeTableResponse response, string participantId, byte[] queryHash, RegisterView register, DateTimeOffset now) => CheckReceipt(
        response.Receipt, participantId, queryHash, "query.answered", Convert.ToHexStringLower(ReleasedAnswer.HashOf(response.Salt.Span, response.Partition.Payload.Span)), register, now);

    /// <inheritdoc cref="CheckRefusal(RunFragmentResponse, string, byte[], RegisterView, DateTimeOffset)"/>
    public static void CheckRefusal(Receipt? receipt, string participantId, byte[] queryHash, RegisterView register, DateTimeOffset now) =>
        CheckReceipt(receipt, participantId, queryHash, null, null, register, now);

    /// <summary>Which version of its dataset answered, by a receipt that was checked; 0 where it does not say.</summary>
    public static int VersionOf(Receipt receipt)
    {
        using var document = JsonDocument.Parse(receipt.Leaf.Memory);
        return document.RootElement.TryGetProperty("dataset_version", out var member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out var version) ? version : 0;
    }

    /// <summary>Says in the coverage why an owner's part is missing: what it refused, or why nothing sound came of it.</summary>
    public static void SetAside(ParticipantCoverage coverage, ExchangeException error)
    {
        coverage.Status = error.Reason.Kind is ErrorKind.Refused or ErrorKind.BadInput ? CoverageStatus.Refused : CoverageStatus.Unreachable;
        coverage.Refusal = new Refusal { Reason = error.Reason.Name, Message = error.Message, Action = error.Action };
        coverage.Receipt = null;
    }

    private static void CheckReceipt(
        Receipt? receipt, string participantId, byte[] queryHash, string? eventName, string? answerHash, RegisterView register, DateTimeOffset now)
    {
        if (receipt is null || receipt.Leaf.Length > EntryBundle.LeafBytesMax)
        {
            throw Invalid("is missing");
        }

        var key = register.KeyOf(participantId, receipt.KeyId, KeyUse.Log, now) ?? throw Invalid("is not signed with its log key");
        var proof = LogProof.From(receipt.Seq, [.. receipt.InclusionProof.Select(hash => hash.Memory)], receipt.Checkpoint.Span);
        switch (proof?.Fault(receipt.Leaf.Span, [new NoteVerifier(Identifiers.LogOriginOf(participantId), key)], out _))
        {
            case LogProofFault.None:
                break;
            case LogProofFault.Checkpoint:
                throw Invalid("is not signed with its log key");
            default:
                throw Invalid("does not prove that it is in its log");
        }

        if (!LeafSays(receipt.Leaf, participantId, queryHash, eventName, answerHash))
        {
            throw Invalid("is for another decision");
        }
    }

    private static bool LeafSays(ByteString leaf, string participantId, byte[] queryHash, string? eventName, string? answerHash)
    {
        try
        {
            using var document = JsonDocument.Parse(leaf.Memory);
            var members = document.RootElement;
            return Has(members, "participant", participantId)
                && (eventName is null || Has(members, "event", eventName))
                && Has(members, "query_hash", Convert.ToHexStringLower(queryHash))
                && (answerHash is null || Has(members, "answer_hash", answerHash));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // No JSON, or texts that are no Unicode, which shows only when they are read.
            return false;
        }
    }

    private static bool Has(JsonElement members, string name, string value) =>
        members.ValueKind == JsonValueKind.Object && members.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String
        && CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(member.GetString()!), System.Text.Encoding.UTF8.GetBytes(value));

    private static ExchangeException Invalid(string what) =>
        Reasons.ReceiptInvalid.Because($"The receipt of its decision {what}: no receipt, no answer.", "Tell that owner and the regulator.");
}
