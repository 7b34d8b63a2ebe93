using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Exchange.Client.Verification;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Naming;
using Exchange.Transparency;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Trees;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Client.Tests.Verification;

/// <summary>Makes answers with the evidence that honest nodes would give, for tests to tamper with.</summary>
internal sealed class EvidenceMaker
{
    public const string Asker = "uni";
    private readonly SigningKey _askerKey = SigningKey.Create();
    private readonly Dictionary<string, SigningKey> _logKeys = [];
    private readonly RegisterSnapshot _snapshot = new() { Version = 1 };

    public EvidenceMaker(params string[] owners)
    {
        _snapshot.Participants.Add(new Participant { Id = Asker, Keys = { KeyOf(_askerKey, KeyUse.Signing) } });
        foreach (var owner in owners)
        {
            Add(owner);
        }
    }

    /// <summary>One owner more.</summary>
    public void Add(string owner)
    {
        _logKeys[owner] = SigningKey.Create();
        _snapshot.Participants.Add(new Participant { Id = owner, Status = ParticipantStatus.Active, Keys = { KeyOf(_logKeys[owner], KeyUse.Log) } });
    }

    /// <summary>The checkpoint with a cosignature of that participant more: with its own key unless told, over this head unless told.</summary>
    public ByteString Cosign(ByteString checkpoint, string witness, SigningKey? key = null, ByteString? over = null)
    {
        using var signer = NoteSigner.WitnessFromSeed(Identifiers.WitnessNameOf(witness), (key ?? _logKeys[witness]).ExportSeed(), TimeProvider.System);
        _ = SignedNote.Open((over ?? checkpoint).Span, [], out var note);
        _ = SignedNote.Open(SignedNote.Sign(note!.Text, [signer]), [], out var cosigned);
        return ByteString.CopyFromUtf8(checkpoint.ToStringUtf8() + cosigned!.Unverified[0]);
    }

    /// <summary>The checkpoint with the log's own signature alone.</summary>
    public static ByteString WithoutCosignatures(ByteString checkpoint)
    {
        _ = SignedNote.Open(checkpoint.Span, [], out var note);
        return ByteString.CopyFromUtf8(note!.Text + "\n" + note.Unverified[0]);
    }

    public RegisterSnapshot Snapshot => _snapshot;

    public VerifiedRegister Register => new(_snapshot);

    /// <summary>An answer of every owner, all honest.</summary>
    public RunQueryResponse Answer(string queryId = "query-1")
    {
        var query = SignedMessage.Sign(SignedMessage.Query, new JointQuery { QueryId = queryId, Asker = Asker, Purpose = "research" }, _askerKey);
        var answer = new RunQueryResponse { QueryId = queryId, Query = query };
        foreach (var owner in _logKeys.Keys)
        {
            answer.Coverage.Add(new ParticipantCoverage
            {
                ParticipantId = owner,
                Status = CoverageStatus.Answered,
                Receipt = Receipt(owner, Leaf(owner, "query.answered", queryId, query.Payload)),
            });
        }

        return answer;
    }

    /// <summary>A leaf as a node writes it.</summary>
    public static byte[] Leaf(string participant, string what, string queryId, ByteString payload) => CanonicalJson.Serialize(new JsonObject
    {
        ["v"] = 1,
        ["event"] = what,
        ["participant"] = participant,
        ["time"] = "2026-01-02T03:04:05.000000Z",
        ["query_id"] = queryId,
        ["query_hash"] = Convert.ToHexStringLower(SHA256.HashData(payload.Span)),
    });

    /// <summary>A receipt with the owner's log key for any leaf, which is the last of two in the owner's log.</summary>
    public Receipt Receipt(string owner, byte[] leaf)
    {
        var before = TreeHash.OfLeaf("before"u8);
        using var signer = NoteSigner.FromSeed(Identifiers.LogOriginOf(owner), _logKeys[owner].ExportSeed());
        var head = new TreeHead(2, TreeHash.OfNode(before, TreeHash.OfLeaf(leaf)));
        return new Receipt
        {
            Seq = 1,
            Leaf = ByteString.CopyFrom(leaf),
            KeyId = _logKeys[owner].KeyId,
            InclusionProof = { ByteString.CopyFrom(before.ToArray()) },
            Checkpoint = ByteString.CopyFrom(new Checkpoint(Identifiers.LogOriginOf(owner), head).Sign(signer)),
        };
    }

    /// <summary>A receipt as nodes gave it before their logs had checkpoints.</summary>
    public Receipt OldReceipt(string owner, byte[] leaf, long seq = 7) => new()
    {
        Seq = seq,
        Leaf = ByteString.CopyFrom(leaf),
        KeyId = _logKeys[owner].KeyId,
        Signature = ByteString.CopyFrom(_logKeys[owner].Sign(ReceiptSignature.ToBeSigned(seq, leaf))),
    };

    private static ParticipantKey KeyOf(SigningKey key, KeyUse use) => new()
    {
        KeyId = key.KeyId,
        Use = use,
        PublicKey = ByteString.CopyFrom(key.PublicKey),
        FromTime = new Timestamp(),
    };
}
