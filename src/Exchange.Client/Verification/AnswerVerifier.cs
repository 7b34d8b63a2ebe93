using System.Globalization;
using System.Security.Cryptography;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Google.Protobuf;

namespace Exchange.Client.Verification;

/// <summary>
/// Checks that an answer is backed by evidence: this participant signed the question, and every owner that answered logged its
/// decision on exactly that question. It proves who decided what; it cannot prove that an owner computed rightly.
/// </summary>
internal static class AnswerVerifier
{
    private const string Distrust = "Do not use this answer; ask again, and report it to the operator if it happens again.";

    /// <summary>Throws unless all of it holds.</summary>
    /// <param name="answer">As the node returned it.</param>
    /// <param name="asker">This participant.</param>
    /// <param name="register">Gives the keys.</param>
    /// <param name="stored">An earlier answer out of the node's store, which may have receipts of before logs had checkpoints.</param>
    /// <exception cref="ExchangeException"><c>VERIFICATION_FAILED</c> naming the participant whose evidence fails.</exception>
    public static void Verify(RunQueryResponse answer, string asker, VerifiedRegister register, bool stored = false)
    {
        if (IsUnasked(answer))
        {
            return;
        }

        VerifyQuery(answer, asker, register);
        var queryHash = Convert.ToHexStringLower(SHA256.HashData(answer.Query.Payload.Span));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        if (answer.Coverage.FirstOrDefault(part => !seen.Add(part.ParticipantId)) is { } twice)
        {
            throw Failed($"The participant {twice.ParticipantId} stands twice in the coverage.");
        }

        // An owner without a receipt may have refused only because it was never asked (no agreement, another class);
        // what an unreachable one sent is not part of the answer.
        var claims = answer.Coverage.Where(part => part.Status == CoverageStatus.Answered || (part.Status == CoverageStatus.Refused && part.Receipt is not null)).ToList();
        var failures = new ExchangeException?[claims.Count];
        Parallel.For(0, claims.Count, index => failures[index] = ReceiptVerifier.FailureOf(claims[index], answer.QueryId, queryHash, register, stored));
        if (failures.FirstOrDefault(failure => failure is not null) is { } first)
        {
            throw first;
        }
    }

    // Nobody could be asked, so nothing was signed and nothing is claimed.
    private static bool IsUnasked(RunQueryResponse answer) =>
        answer.Query is null && answer.Error is not null && answer.Rows.Count == 0
        && answer.Coverage.All(part => part.Status != CoverageStatus.Answered && part.Receipt is null);

    /// <summary>Throws unless so many witnesses cosigned the log of each owner that answered, by the register's keys and not by the node's word.</summary>
    /// <exception cref="ExchangeException"><c>VERIFICATION_FAILED</c> naming the first owner with fewer.</exception>
    public static void VerifyWitnesses(RunQueryResponse answer, int witnesses, VerifiedRegister register)
    {
        if (AnsweredWithFewer(answer, witnesses, register) is { } part)
        {
            throw Failed(string.Create(CultureInfo.InvariantCulture, $"The receipt of {part.ParticipantId} is cosigned by {register.CosignersOf(part)} witnesses of the register, and {witnesses} were demanded."));
        }
    }

    /// <summary>The first owner that answered with fewer cosignatures than were demanded; null for none.</summary>
    public static ParticipantCoverage? AnsweredWithFewer(RunQueryResponse answer, int witnesses, VerifiedRegister register) =>
        witnesses <= 0 ? null : answer.Coverage.FirstOrDefault(part => part.Status == CoverageStatus.Answered && register.CosignersOf(part) < witnesses);

    /// <summary>Whether the register lacks a key that this answer names: a newer register may have it.</summary>
    public static bool NamesUnknownKey(RunQueryResponse answer, string asker, VerifiedRegister register) =>
        register.KeyOf(asker, KeyUse.Signing, answer.Query?.KeyId ?? "") is null
        || answer.Coverage.Any(part => part.Receipt is not null && register.KeyOf(part.ParticipantId, KeyUse.Log, part.Receipt.KeyId) is null);

    /// <summary>The refusal of evidence, with what to do.</summary>
    internal static ExchangeException Failed(string message) => Reasons.VerificationFailed.Because(message, Distrust);

    private static void VerifyQuery(RunQueryResponse answer, string asker, VerifiedRegister register)
    {
        var key = register.KeyOf(asker, KeyUse.Signing, answer.Query?.KeyId ?? "");
        if (key is null || !SignedMessage.Verify(SignedMessage.Query, answer.Query, key.PublicKey.Span))
        {
            throw Failed($"The question is not signed by {asker}.");
        }

        JointQuery query;
        try
        {
            query = JointQuery.Parser.ParseFrom(answer.Query!.Payload);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Failed($"The question that {asker} signed cannot be read.");
        }

        if (query.QueryId != answer.QueryId || query.Asker != asker)
        {
            throw Failed($"The question that {asker} signed is not the one that was answered.");
        }
    }
}
