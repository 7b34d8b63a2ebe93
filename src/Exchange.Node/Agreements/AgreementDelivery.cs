using Exchange.Node.Hosting;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Agreements;

/// <summary>
/// Says what the outbox owes: as owner how the agreement stands now; as consumer the request, the acceptance or the no. The row
/// goes once the other side has answered, yes or no; when it could not be asked, the row waits for the next attempt.
/// </summary>
internal sealed class AgreementDelivery(
    AgreementOutbox outbox, AgreementIndex index, AgreementFollowing following, IAgreementPeers peers, NodeIdentity identity, TimeProvider time,
    ILogger<AgreementDelivery> logger)
{
    /// <summary>So long after its end an agreement is no longer told of: its consumer has seen the end by itself.</summary>
    public static readonly TimeSpan ForgottenAfter = TimeSpan.FromDays(30);

    /// <summary>Most deliveries of one round, and most at once.</summary>
    private const int RoundMax = 100;
    private const int AtOnceMax = 8;

    /// <summary>Most owners that are asked at once while a person waits.</summary>
    private const int RefreshAtOnceMax = 32;

    // The other side's own word on the agreement. Anything else (it was not reached, failed, or did not know the caller)
    // says nothing about the agreement and is tried again.
    private static readonly HashSet<ErrorReason> Decisions =
    [
        Reasons.AgreementUnknown, Reasons.AgreementInvalid, Reasons.AgreementIdReused, Reasons.AgreementNotFinalized, Reasons.AgreementFinalized,
        Reasons.AgreementNotOffered, Reasons.AgreementTermsChanged, Reasons.AgreementRejected, Reasons.AgreementDeclined, Reasons.AgreementRevoked,
        Reasons.AgreementExpired, Reasons.NoMatchingOffer, Reasons.OfferChanged, Reasons.OfferExpired, Reasons.PurposeNotOffered,
        Reasons.PurposeNotAccredited, Reasons.NotConsumer, Reasons.TooManyAgreements,
    ];

    /// <summary>Tries everything that is due once.</summary>
    public async Task DeliverDueAsync(CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnceMax, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(outbox.Due(RoundMax), options, async (id, token) => await DeliverAsync(id, token).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Tries once what is owed about one agreement, due or not. Never throws for the other side's sake.</summary>
    /// <returns>Why the other side did not take it, or null; nothing owed is null too.</returns>
    public async Task<ExchangeException?> DeliverAsync(string agreementId, CancellationToken cancellationToken)
    {
        if (outbox.Find(agreementId) is not { } word)
        {
            return null;
        }

        try
        {
            await SayAsync(word.Agreement, cancellationToken).ConfigureAwait(false);
        }
        catch (ExchangeException error) when (!Decisions.Contains(error.Reason))
        {
            Log.NotDelivered(logger, agreementId, OtherSideOf(word.Agreement), error.Reason.Name);
            await outbox.PostponeAsync(word, cancellationToken).ConfigureAwait(false);
            return error;
        }
        catch (ExchangeException error)
        {
            Log.Refused(logger, agreementId, OtherSideOf(word.Agreement), error.Reason.Name);
            await TakeRefusalAsync(word.Agreement, error, cancellationToken).ConfigureAwait(false);
            await outbox.DoneAsync(word, cancellationToken).ConfigureAwait(false);
            return error;
        }

        await outbox.DoneAsync(word, cancellationToken).ConfigureAwait(false);
        return null;
    }

    /// <summary>
    /// As consumer: brings every agreement that is neither in force nor ended in step with its owner. What is owed is said, due
    /// or not, for a person is looking; of the others the owner is asked where they stand.
    /// </summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = RefreshAtOnceMax, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(index.Undecided(AgreementStore.LivePerConsumerMax), options, async (id, token) =>
        {
            if (outbox.Find(id) is null)
            {
                await following.AskAsync(id, token).ConfigureAwait(false);
            }
            else
            {
                await DeliverAsync(id, token).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    private Task SayAsync(AgreementRecord agreement, CancellationToken cancellationToken)
    {
        if (time.GetUtcNow() > agreement.End + ForgottenAfter)
        {
            return Task.CompletedTask;
        }

        return IsOwner(agreement)
            ? peers.NotifyAsync(agreement.Terms.Consumer, agreement.Agreement, cancellationToken)
            : SayAsConsumerAsync(agreement, cancellationToken);
    }

    private async Task SayAsConsumerAsync(AgreementRecord agreement, CancellationToken cancellationToken)
    {
        var owner = agreement.Terms.Provider;
        var standing = agreement.At(time.GetUtcNow());
        switch (standing.State)
        {
            case AgreementState.Requested:
                var requested = await peers.RequestAsync(owner, agreement.Agreement.ConsumerSigned, cancellationToken).ConfigureAwait(false);
                await following.TakeOverAsync(requested, agreement, cancellationToken).ConfigureAwait(false);
                break;
            case AgreementState.Accepted:
                var accepted = await peers.AcceptAsync(owner, agreement.Agreement.ConsumerSigned, cancellationToken).ConfigureAwait(false);
                await following.TakeOverAsync(accepted, agreement, cancellationToken).ConfigureAwait(false);
                break;
            case AgreementState.Terminated when standing.Reason == TerminationReason.Declined:
                await peers.DeclineAsync(owner, agreement.Id, agreement.Agreement.Note, cancellationToken).ConfigureAwait(false);
                break;
            default:
                // Its period is over, or the owner has spoken since: there is nothing to say any more.
                break;
        }
    }

    // A refused request has ended. Of a refused acceptance only the owner knows what became of the agreement.
    private async Task TakeRefusalAsync(AgreementRecord agreement, ExchangeException refusal, CancellationToken cancellationToken)
    {
        switch (agreement.Written.State)
        {
            case AgreementState.Requested when !IsOwner(agreement):
                await following.EndAsync(agreement.Id, $"{refusal.Reason.Name}: {refusal.Message}", cancellationToken).ConfigureAwait(false);
                break;
            case AgreementState.Accepted when !IsOwner(agreement):
                await following.AskAsync(agreement.Id, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private bool IsOwner(AgreementRecord agreement) => agreement.Terms.Provider == identity.ParticipantId;

    private string OtherSideOf(AgreementRecord agreement) => IsOwner(agreement) ? agreement.Terms.Consumer : agreement.Terms.Provider;
}
