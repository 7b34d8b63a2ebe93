using System.Security.Cryptography;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;

namespace Exchange.Node.Queries;

/// <summary>A peer's query whose signature, asker and age were checked. Only <see cref="Check"/> makes one.</summary>
internal sealed class IncomingQuery
{
    private static readonly TimeSpan ClockSkewMax = TimeSpan.FromSeconds(60);

    private IncomingQuery(JointQuery query, ByteString payload)
    {
        Query = query;
        Payload = payload;
        Hash = SHA256.HashData(payload.Span);
    }

    /// <summary>What is asked.</summary>
    public JointQuery Query { get; }

    /// <summary>What its asker signed.</summary>
    public ByteString Payload { get; }

    /// <summary>SHA-256 of the signed payload.</summary>
    public byte[] Hash { get; }

    /// <summary>Checks what a caller sent; trusts nothing in it.</summary>
    /// <exception cref="ExchangeException">The refusal.</exception>
    public static IncomingQuery Check(SignedBytes? signed, CallerIdentity caller, RegisterView register, DateTimeOffset now)
    {
        if (signed is null || signed.Payload.IsEmpty)
        {
            throw Malformed();
        }

        var key = register.KeyOf(caller.ParticipantId, signed.KeyId, KeyUse.Signing, now);
        if (key is null || !SignedMessage.Verify(SignedMessage.Query, signed, key))
        {
            throw Reasons.QuerySignatureInvalid.Because(
                "The query is not signed with a key that the register holds for its asker.", "Sign it with the participant's own key.");
        }

        var query = Parse(signed.Payload);
        if (query.Asker != caller.ParticipantId)
        {
            throw Reasons.QueryAskerMismatch.Because("The query names another asker than the caller.", "Ask in your own name.");
        }

        var created = query.CreateTime.ToDateTimeOffset();
        if (created > now + ClockSkewMax || created < now - AnsweredQueries.RepeatWindow - ClockSkewMax)
        {
            throw Reasons.QueryStale.Because(
                "The query was signed more than ten minutes ago, or by a clock that is ahead by more than a minute.", "Check both clocks and ask again.");
        }

        return new IncomingQuery(query, signed.Payload);
    }

    private static JointQuery Parse(ByteString payload)
    {
        JointQuery query;
        try
        {
            query = JointQuery.Parser.ParseFrom(payload);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Malformed();
        }

        var timeIsValid = query.CreateTime is { Seconds: > 0 and < 253_402_300_800, Nanos: >= 0 and < 1_000_000_000 };
        return Identifiers.IsId(query.QueryId) && query.Fragment is not null && query.Purpose.Length is > 0 and <= 100 && timeIsValid ? query : throw Malformed();
    }

    private static ExchangeException Malformed() =>
        Reasons.QueryMalformed.Because("The query cannot be read: a field is absent or not of its form.", "Ask through a node of this exchange.");
}
