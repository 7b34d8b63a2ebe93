using Dapper;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Node.Storage;
using Exchange.Node.Witnesses;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Transparency.Tiles;
using Microsoft.AspNetCore.Http;

namespace Exchange.Node.Audit;

/// <summary>
/// The access log as static pages (c2sp.org/tlog-tiles) under <c>/log/</c>: checkpoint and tiles of hashes for anybody, bundles of
/// entries for the owner and for auditors, who show their certificate. Everything under <c>/log/tile/</c> is the same for ever.
/// <c>/log/witnessed</c> is the newest checkpoint with cosignatures, <c>/log/witness/PARTICIPANT</c> the newest of another log that
/// this node has cosigned.
/// </summary>
internal sealed class LogPages(AccessLog log, StateStore state, NodeIdentity identity, RegisterCache register, Witnessing witnessing, WitnessBook witness, TimeProvider time)
{
    private const string Prefix = "/log/";
    private const string WitnessPrefix = "witness/";
    private const string ForEver = "max-age=31536000, immutable";

    /// <summary>Answers one request.</summary>
    public async Task ServeAsync(HttpContext context)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.Headers.Allow = "GET, HEAD";
            await SayAsync(context, StatusCodes.Status405MethodNotAllowed, "These pages are only read.").ConfigureAwait(false);
            return;
        }

        var path = context.Request.Path.Value ?? "";
        var name = path.StartsWith(Prefix, StringComparison.Ordinal) ? path[Prefix.Length..] : "";
        if (name == "witnessed" || name.StartsWith(WitnessPrefix, StringComparison.Ordinal))
        {
            await ServeWitnessedAsync(context, name == "witnessed" ? witnessing.Newest?.Checkpoint : HeadOf(name[WitnessPrefix.Length..])).ConfigureAwait(false);
        }
        else if (log.Head is not { } head)
        {
            await NotFoundAsync(context).ConfigureAwait(false);
        }
        else if (name == "checkpoint")
        {
            context.Response.Headers.CacheControl = "no-cache";
            await SendAsync(context, "text/plain; charset=utf-8", head.Checkpoint).ConfigureAwait(false);
        }
        else if (!Tile.TryParse(name, out var tile) || Tile.WidthIn(head.Head.Size, tile.Level, tile.Number) < tile.Width)
        {
            await NotFoundAsync(context).ConfigureAwait(false);
        }
        else if (tile.Level != Tile.Entries)
        {
            context.Response.Headers.CacheControl = "public, " + ForEver;
            await SendAsync(context, "application/octet-stream", head.Tree.ReadTile(tile)).ConfigureAwait(false);
        }
        else if (await MayReadEntriesAsync(context).ConfigureAwait(false))
        {
            context.Response.Headers.CacheControl = "private, " + ForEver;
            await SendAsync(context, "application/octet-stream", EntriesOf(tile)).ConfigureAwait(false);
        }
        else
        {
            await SayAsync(context, StatusCodes.Status403Forbidden, "Entries are for the owner and accredited auditors, who show their certificate of this exchange.").ConfigureAwait(false);
        }
    }

    private byte[]? HeadOf(string participant) => Identifiers.IsSlug(participant) ? witness.Known(participant) : null;

    private static Task ServeWitnessedAsync(HttpContext context, byte[]? checkpoint)
    {
        context.Response.Headers.CacheControl = "no-cache";
        return checkpoint is null ? NotFoundAsync(context) : SendAsync(context, "text/plain; charset=utf-8", checkpoint);
    }

    // A connection outlives its handshake, so the register and the clock are asked each time.
    private async Task<bool> MayReadEntriesAsync(HttpContext context)
    {
        if (context.Connection.ClientCertificate is not { } certificate)
        {
            return false;
        }

        var shown = CallerCertificate.Of(certificate);
        if (shown.ExpireTime <= time.GetUtcNow())
        {
            return false;
        }

        if (identity.IsOwn(certificate))
        {
            return true;
        }

        if (shown.ParticipantId is not { } id)
        {
            return false;
        }

        if (register.Current.Find(id) is null or { Status: ParticipantStatus.Invited })
        {
            // It may have joined since the last poll.
            await register.RefreshOnDemandAsync(context.RequestAborted).ConfigureAwait(false);
        }

        return register.Current.Find(id) is { Status: ParticipantStatus.Active } caller && caller.Roles.Contains(ParticipantRole.Auditor);
    }

    private byte[] EntriesOf(Tile tile) => state.Read(connection => EntryBundle.Encode([.. connection.Query<byte[]>(
        "SELECT leaf FROM log WHERE seq >= @from AND seq < @to ORDER BY seq",
        new { from = tile.Number * Tile.WidthMax, to = (tile.Number * Tile.WidthMax) + tile.Width }).Select(leaf => (ReadOnlyMemory<byte>)leaf)]));

    private static Task NotFoundAsync(HttpContext context) => SayAsync(context, StatusCodes.Status404NotFound, "There is no such page.");

    private static Task SayAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        return SendAsync(context, "text/plain; charset=utf-8", System.Text.Encoding.UTF8.GetBytes(sentence + "\n"));
    }

    private static Task SendAsync(HttpContext context, string type, byte[] content)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(content, 0, content.Length, context.RequestAborted);
    }
}
