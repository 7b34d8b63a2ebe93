using System.Text.Json;
using Dapper;
using Exchange.Node.Catalog;
using Exchange.Node.Hosting;
using Exchange.Node.Storage;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Transparency.Trees;
using Google.Protobuf;
using Grpc.Core;

namespace Exchange.Node.Audit;

/// <summary>The log read entry by entry: the owner and accredited auditors see all of it, anybody else the entries that name it.</summary>
internal sealed class AuditService(AccessLog log, StateStore state) : Protocol.Audit.V1.AuditService.AuditServiceBase
{
    /// <summary>Most entries looked at for one page: who is named rarely turns pages instead of holding the node up.</summary>
    internal const int ScannedMax = 10_000;

    /// <summary>Most bytes of leaves on a page.</summary>
    private const int LeafBytesMax = 2 << 20;

    // As what a leaf names a participant.
    private static readonly byte[][] NamingMembers = ["caller"u8.ToArray(), "consumer"u8.ToArray(), "provider"u8.ToArray()];

    /// <inheritdoc/>
    public override Task<ListEntriesResponse> ListEntries(ListEntriesRequest request, ServerCallContext context)
    {
        var size = Paging.SizeOf(request.PageSize);
        if (request.StartSeq < 0)
        {
            throw Reasons.InvalidRequest.Because("Positions of a log begin at 0.", "Begin there, or where the page before said.");
        }

        var caller = CallerIdentity.Of(context);
        var seesAll = caller.IsOwner || caller.Participant.Roles.Contains(ParticipantRole.Auditor);
        return Task.FromResult(log.Head is { } head ? Page(request.StartSeq, size, head, seesAll ? null : caller.ParticipantId) : new ListEntriesResponse());
    }

    private ListEntriesResponse Page(long start, int size, LogHead head, string? named)
    {
        var response = new ListEntriesResponse { Checkpoint = UnsafeByteOperations.UnsafeWrap(head.Checkpoint) };
        var end = start > head.Head.Size - ScannedMax ? head.Head.Size : start + ScannedMax;
        var bytes = 0;
        var next = end;
        state.Read(connection =>
        {
            foreach (var (seq, leaf) in connection.Query<(long, byte[])>("SELECT seq, leaf FROM log WHERE seq >= @start AND seq < @end ORDER BY seq", new { start, end }, buffered: false))
            {
                if (named is not null && !Names(leaf, named))
                {
                    continue;
                }

                bytes += leaf.Length;
                if (response.Entries.Count == size || (bytes > LeafBytesMax && response.Entries.Count > 0))
                {
                    next = seq;
                    break;
                }

                response.Entries.Add(EntryOf(seq, leaf, head));
            }

            return next;
        });
        response.NextStartSeq = next < head.Head.Size ? next : 0;
        return response;
    }

    private static LogEntry EntryOf(long seq, byte[] leaf, LogHead head) => new()
    {
        Seq = seq,
        Leaf = UnsafeByteOperations.UnsafeWrap(leaf),
        InclusionProof = { MerkleTree.InclusionProof(head.Tree, seq, head.Head.Size).Select(hash => UnsafeByteOperations.UnsafeWrap(hash.ToArray())) },
    };

    private static bool Names(byte[] leaf, string participant)
    {
        var reader = new Utf8JsonReader(leaf);
        while (reader.Read())
        {
            if (reader is { CurrentDepth: 1, TokenType: JsonTokenType.PropertyName } && IsNaming(ref reader))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals(participant))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool IsNaming(ref Utf8JsonReader reader)
    {
        foreach (var member in NamingMembers)
        {
            if (reader.ValueTextEquals(member))
            {
                return true;
            }
        }

        return false;
    }
}
