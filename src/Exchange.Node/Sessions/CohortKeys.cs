using System.Security.Cryptography;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Google.Protobuf;

namespace Exchange.Node.Sessions;

/// <summary>
/// A cohort with its members' signing keys, both as the register of this node has them: what the relay says of either counts for nothing.
/// </summary>
internal sealed class CohortKeys
{
    private readonly Dictionary<string, byte[][]> _keys;

    private CohortKeys(Cohort cohort, Dictionary<string, byte[][]> keys)
    {
        (Cohort, _keys) = (cohort, keys);
        Digest = SHA256.HashData([.. cohort.Participants.SelectMany(member => keys[member]).SelectMany(key => key)]);
    }

    /// <summary>The cohort.</summary>
    public Cohort Cohort { get; }

    /// <summary>SHA-256 of its members' signing keys.</summary>
    public byte[] Digest { get; }

    /// <summary>The cohort of a signed question.</summary>
    /// <param name="query">The question.</param>
    /// <param name="queryHash">SHA-256 of its signed payload: with it id, fragment, roster and asker are in the cohort's id.</param>
    /// <param name="plan">Where values stand.</param>
    /// <param name="register">Who takes part in the exchange now.</param>
    /// <param name="now">Keys that count now.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.CohortInvalid"/>.</exception>
    public static CohortKeys Of(JointQuery query, ReadOnlySpan<byte> queryHash, SumPlan plan, RegisterView register, DateTimeOffset now)
    {
        if (query.Cohort.Participants.Contains(query.Asker))
        {
            throw Reasons.CohortInvalid.Because("The cohort counts its asker as one of its members.", "Ask through a node of this exchange.");
        }

        Cohort cohort;
        try
        {
            cohort = new Cohort(queryHash, query.Cohort.Participants, plan.Layout, query.Cohort.MinNodes, query.Asker, cells: plan.Cells);
            plan.CheckRoom(cohort);
        }
        catch (SecureSumException fault)
        {
            throw SecureFaults.Of(fault);
        }

        return new CohortKeys(cohort, cohort.Participants.ToDictionary(member => member, member => KeysOf(member, register, now), StringComparer.Ordinal));
    }

    /// <summary>Signs as this node.</summary>
    public static RoundSigner Signer(NodeIdentity identity) => payload => identity.SigningKey.Sign(SignedMessage.ToBeSigned(SignedMessage.Session, payload));

    /// <summary>Whether a member signed it, with a key that counted when the cohort was read.</summary>
    public bool Verify(string member, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> signature)
    {
        var signed = SignedMessage.ToBeSigned(SignedMessage.Session, payload);
        foreach (var key in _keys[member])
        {
            if (SigningKey.Verify(key, signed, signature))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A message as it travels.</summary>
    public static SessionMessage ToWire(RoundMessage message) => new()
    {
        Payload = UnsafeByteOperations.UnsafeWrap(message.Payload),
        Signature = UnsafeByteOperations.UnsafeWrap(message.Signature),
    };

    /// <summary>A message as it came.</summary>
    public static RoundMessage FromWire(SessionMessage? message) => message is null
        ? throw Reasons.SessionMessageInvalid.Because("A message of the secure sum is absent.", "Ask again under a new id.")
        : new RoundMessage(message.Payload.Memory, message.Signature.Memory);

    private static byte[][] KeysOf(string member, RegisterView register, DateTimeOffset now)
    {
        var listed = register.Find(member);
        byte[][] keys = listed is not { Status: ParticipantStatus.Active } ? [] :
            [.. listed.Keys.Where(key => key.Use == KeyUse.Signing && (key.ToTime is null || key.ToTime.ToDateTimeOffset() > now)).Select(key => key.PublicKey.ToByteArray())];
        return keys.Length > 0 ? keys : throw Reasons.CohortInvalid.Because(
            "The cohort has a member that is not an active participant of the exchange.", "Ask again once the asker's node has fetched the register.");
    }
}
