using System.Text.Json.Nodes;
using Dapper;
using Exchange.Node.Hosting;
using Exchange.Protocol.Audit.V1;
using Exchange.Transparency;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Audit;

/// <summary>
/// The owner's append-only log of decisions. A leaf is written in the transaction of the decision it records, so neither
/// exists without the other; leaves hold names, hashes, rule outcomes and reasons, never a measure value.
/// </summary>
internal sealed class AccessLog(NodeIdentity identity, TimeProvider time)
{
    /// <summary>Appends a leaf inside the caller's transaction (a body of <see cref="Storage.StateStore.WriteAsync{T}"/>).</summary>
    /// <param name="connection">The writer's connection.</param>
    /// <param name="what">The event, such as <c>query.answered</c> or <c>offer.set</c>.</param>
    /// <param name="details">Its members; <c>event</c>, <c>participant</c>, <c>time</c> and <c>v</c> are added here.</param>
    /// <returns>Position and leaf, to be signed by <see cref="Sign"/> once the transaction is durable.</returns>
    public (long Seq, byte[] Leaf) Append(SqliteConnection connection, string what, JsonObject details)
    {
        details["v"] = 1;
        details["event"] = what;
        details["participant"] = identity.ParticipantId;
        details["time"] = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var leaf = CanonicalJson.Serialize(details);
        if (leaf.Length > ReceiptSignature.LeafBytesMax)
        {
            throw new InvalidOperationException("A leaf of the access log must stay under 64 KiB.");
        }

        // The writer is alone, so the next position is the highest plus one; positions start at 0.
        var seq = connection.ExecuteScalar<long>("INSERT INTO log(seq, leaf) SELECT COALESCE(MAX(seq) + 1, 0), @leaf FROM log RETURNING seq", new { leaf });
        return (seq, leaf);
    }

    /// <summary>The receipt for a durable leaf.</summary>
    public Receipt Sign((long Seq, byte[] Leaf) entry) => new()
    {
        Seq = entry.Seq,
        Leaf = UnsafeByteOperations.UnsafeWrap(entry.Leaf),
        KeyId = identity.LogKey.KeyId,
        Signature = ByteString.CopyFrom(identity.LogKey.Sign(ReceiptSignature.ToBeSigned(entry.Seq, entry.Leaf))),
    };
}
