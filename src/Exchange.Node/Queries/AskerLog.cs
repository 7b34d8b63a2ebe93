using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Exchange.Node.Audit;
using Exchange.Node.Storage;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing.V1;
using Exchange.Transparency.Trees;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Queries;

/// <summary>
/// What the asker's own log says of its questions: <c>query.asked</c>, durable before anything leaves, and <c>query.received</c> for
/// what became of it. A node that dies between the two leaves a question without an outcome, and never an outcome without a question.
/// </summary>
internal sealed class AskerLog(StateStore state, AccessLog log, AskedQueries asked)
{
    // 64 KiB hold three times as many.
    private const int OwnersPerLeaf = 100;

    /// <summary>Logs a question; nothing of it may leave before this has returned.</summary>
    /// <param name="query">The signed question.</param>
    /// <param name="owners">Who is asked, or would be but for an agreement.</param>
    /// <param name="release">The class it runs in.</param>
    /// <param name="also">What else is true at the same moment, in the same transaction.</param>
    public Task AskAsync(SignedBytes query, int owners, ReleaseClass release, Action<SqliteConnection>? also = null)
    {
        var parsed = JointQuery.Parser.ParseFrom(query.Payload);
        var leaf = log.LeafOf("query.asked", new JsonObject
        {
            ["query_id"] = parsed.QueryId,
            ["query_hash"] = HashOf(query),
            ["purpose"] = parsed.Purpose,
            ["asked"] = owners,
            ["release"] = release.ToString().ToLowerInvariant(),
        });
        return state.WriteAsync(connection =>
        {
            also?.Invoke(connection);
            log.Append(connection, leaf);
        }, CancellationToken.None);
    }

    /// <summary>As <see cref="AskAsync"/>, for the question whose answer is stored: until it comes, the question is stored alone, so that it can be repeated.</summary>
    public Task AskAsync(RunQueryRequest request, SignedBytes query, int owners, ReleaseClass release, Action<SqliteConnection>? also = null) => AskAsync(query, owners, release, connection =>
    {
        also?.Invoke(connection);
        asked.Begin(connection, request, query, owners);
    });

    /// <summary>Logs, inside the caller's transaction, what this participant holds of each owner: the position and hash of its leaf, so that both logs can be laid side by side.</summary>
    /// <param name="connection">The transaction.</param>
    /// <param name="query">The signed question.</param>
    /// <param name="coverage">What became of each owner.</param>
    /// <param name="cohort">Of a secure sum, its cohort's id.</param>
    public void Receive(SqliteConnection connection, SignedBytes query, IReadOnlyCollection<ParticipantCoverage> coverage, byte[]? cohort = null)
    {
        var queryId = JointQuery.Parser.ParseFrom(query.Payload).QueryId;
        foreach (var part in coverage.Chunk(OwnersPerLeaf))
        {
            log.Append(connection, "query.received", new JsonObject
            {
                ["query_id"] = queryId,
                ["query_hash"] = HashOf(query),
                ["answered"] = part.Count(owner => owner.Status == CoverageStatus.Answered),
                ["cohort"] = cohort is null ? null : Convert.ToHexStringLower(cohort),
                ["owners"] = new JsonArray([.. part.Select(JsonNode (owner) => new JsonObject
                {
                    ["participant"] = owner.ParticipantId,
                    ["status"] = owner.Status.ToString().ToLowerInvariant(),
                    ["reason"] = owner.Refusal?.Reason,
                    ["seq"] = owner.Receipt?.Seq,
                    ["leaf_hash"] = owner.Receipt is { } receipt ? TreeHash.OfLeaf(receipt.Leaf.Span).ToString() : null,
                })]),
            });
        }
    }

    private static string HashOf(SignedBytes query) => Convert.ToHexStringLower(SHA256.HashData(query.Payload.Span));
}
