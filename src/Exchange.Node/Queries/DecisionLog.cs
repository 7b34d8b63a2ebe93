using Exchange.Node.Audit;
using Exchange.Node.Storage;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Queries;

/// <summary>Whatever stops a decision on a question is in the log, as a refusal or a failure, before its caller learns of it.</summary>
internal sealed class DecisionLog(StateStore state, AccessLog log, ILogger<DecisionLog> logger)
{
    /// <summary>Decides, and logs what stops it.</summary>
    /// <param name="entry">What is known of the decision; filled while it is made.</param>
    /// <param name="decide">Decides; logs by itself what it answers.</param>
    /// <param name="refused">Makes the response out of a refusal and the receipt of its leaf.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.StorageFailed"/>: nothing can be logged, so nothing is told.</exception>
    /// <exception cref="OperationCanceledException">The asker went away; that is logged too.</exception>
    public async Task<T> DecideAsync<T>(DecisionEntry entry, Func<Task<T>> decide, Func<Refusal, Receipt, T> refused)
    {
        try
        {
            return await decide().ConfigureAwait(false);
        }
        catch (ExchangeException refusal) when (refusal.Reason.Kind is ErrorKind.Refused or ErrorKind.BadInput)
        {
            return await LogAsync("query.refused", refusal, entry, refused).ConfigureAwait(false);
        }
        catch (ExchangeException failure)
        {
            // Where it is the state's disk that failed, this fails too and the caller learns of that: no leaf, no answer.
            return await LogAsync("query.failed", failure, entry, refused).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await LogAsync("query.failed", Reasons.Cancelled.Because("The asker went away or its deadline passed.", "Ask again."), entry, refused).ConfigureAwait(false);
            throw;
        }
        catch (Exception error) when (error is not ExchangeException)
        {
            Log.FragmentFailed(logger, error.GetType().Name, error.StackTrace);
            return await LogAsync(
                "query.failed", Reasons.Internal.Because("The owner's node failed while answering.", "Tell the owner to look at the node's log."), entry, refused).ConfigureAwait(false);
        }
    }

    private async Task<T> LogAsync<T>(string what, ExchangeException refusal, DecisionEntry entry, Func<Refusal, Receipt, T> refused)
    {
        entry.Describe(refusal);
        var leaf = log.LeafOf(what, entry.ToJson());
        var logged = await state.WriteAsync(connection => log.Append(connection, leaf), CancellationToken.None).ConfigureAwait(false);
        return refused(new Refusal { Reason = refusal.Reason.Name, Message = refusal.Message, Action = refusal.Action }, log.Prove(log.Begin(logged)));
    }
}
