using System.Globalization;
using System.Text;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Witnesses;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Exchange.Node.Witnesses;

/// <summary>
/// The witness at the listener for peers, over HTTP as c2sp.org/tlog-witness has it: <c>POST /witness/add-checkpoint</c>, and
/// <c>GET /witness/PARTICIPANT</c> for the head of that log cosigned last. Callers show the certificate of an active participant; what
/// counts is the log's signature, so they need no token.
/// </summary>
internal sealed class WitnessPages(WitnessBook book, RegisterCache register, NodeIdentity identity, TimeProvider time)
{
    /// <summary>Requests decided on at once; more are turned away.</summary>
    private const int RequestsMax = 32;

    private readonly SemaphoreSlim _slots = new(RequestsMax);

    /// <summary>Adds the pages to the listener for peers.</summary>
    public void Map(WebApplication application)
    {
        application.MapPost("/witness/add-checkpoint", (RequestDelegate)AddAsync);
        application.MapGet("/witness/{participant}", (RequestDelegate)ShowAsync);
    }

    private async Task AddAsync(HttpContext context)
    {
        if (!MayCall(context))
        {
            await SayAsync(context, StatusCodes.Status403Forbidden, "Callers are active participants of this exchange.\n").ConfigureAwait(false);
            return;
        }

        if (!await _slots.WaitAsync(0, context.RequestAborted).ConfigureAwait(false))
        {
            await SayAsync(context, StatusCodes.Status503ServiceUnavailable, "The witness is busy.\n").ConfigureAwait(false);
            return;
        }

        try
        {
            if (await ReadAsync(context).ConfigureAwait(false) is not { } body || !AddCheckpoint.TryParse(body, out var request))
            {
                await SayAsync(context, StatusCodes.Status400BadRequest, "This is not an add-checkpoint request.\n").ConfigureAwait(false);
                return;
            }

            await DecideAsync(context, request!).ConfigureAwait(false);
        }
        catch (ExchangeException error) when (error.Reason == Reasons.StorageFailed || error.Reason == Reasons.LogTampered)
        {
            await SayAsync(context, StatusCodes.Status503ServiceUnavailable, "The witness cannot store what it signs.\n").ConfigureAwait(false);
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task DecideAsync(HttpContext context, AddCheckpoint request)
    {
        if (OwnerOf(request.Checkpoint) is not { } owner || owner.Id == identity.ParticipantId)
        {
            await SayAsync(context, StatusCodes.Status404NotFound, "This witness does not know the log.\n").ConfigureAwait(false);
            return;
        }

        var (decision, line) = await book.AddAsync(owner.Id, request, LogKeys.Of(owner)).ConfigureAwait(false);
        if (decision.Verdict == WitnessVerdict.Conflict)
        {
            context.Response.ContentType = "text/x.tlog.size";
        }

        await SayAsync(context, (int)decision.Verdict, decision.Verdict switch
        {
            WitnessVerdict.Cosigned => line!,
            WitnessVerdict.Conflict => string.Create(CultureInfo.InvariantCulture, $"{decision.Head!.Value.Size}\n"),
            WitnessVerdict.NotSigned => "The checkpoint is not under a key of the log.\n",
            WitnessVerdict.Inconsistent => "The proof does not lead from the head that was cosigned last.\n",
            _ => "This is not an add-checkpoint request.\n",
        }).ConfigureAwait(false);
    }

    private Task ShowAsync(HttpContext context)
    {
        var id = context.Request.RouteValues["participant"] as string;
        return MayCall(context) && Identifiers.IsSlug(id) && book.Known(id!) is { } checkpoint
            ? SayAsync(context, StatusCodes.Status200OK, Encoding.UTF8.GetString(checkpoint))
            : SayAsync(context, StatusCodes.Status404NotFound, "This witness has no head of that log.\n");
    }

    private bool MayCall(HttpContext context)
    {
        if (context.Connection.ClientCertificate is not { } certificate)
        {
            return false;
        }

        var shown = CallerCertificate.Of(certificate);
        return shown.ExpireTime > time.GetUtcNow() && shown.ParticipantId is { } id && (identity.IsOwn(certificate) || register.Current.Find(id) is { Status: ParticipantStatus.Active });
    }

    private Participant? OwnerOf(byte[] note)
    {
        const string End = ".participant.exchange/log";
        _ = SignedNote.Open(note, [], out var opened);
        return opened is not null && Checkpoint.TryParse(opened.Text, out var checkpoint) && checkpoint!.Origin.EndsWith(End, StringComparison.Ordinal)
            && register.Current.Find(checkpoint.Origin[..^End.Length]) is { } owner && Identifiers.LogOriginOf(owner.Id) == checkpoint.Origin ? owner : null;
    }

    private static async Task<byte[]?> ReadAsync(HttpContext context)
    {
        var body = new byte[AddCheckpoint.BytesMax + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, context.RequestAborted).ConfigureAwait(false);
        return length > AddCheckpoint.BytesMax ? null : body[..length];
    }

    private static Task SayAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType ??= "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
