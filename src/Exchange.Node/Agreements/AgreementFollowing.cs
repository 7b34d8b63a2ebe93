using Exchange.Node.Hosting;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Signing;

namespace Exchange.Node.Agreements;

/// <summary>As consumer: keeps this node's agreements in step with their owners, believing only what verifies.</summary>
internal sealed class AgreementFollowing(
    AgreementStore agreements, AgreementSignatures signatures, IAgreementPeers peers, NodeIdentity identity, TimeProvider time)
{
    /// <summary>Takes over an owner's answer about one of this node's agreements.</summary>
    /// <param name="said">The agreement as the owner holds it.</param>
    /// <param name="own">The agreement that was asked about.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.AnswerInvalid"/>: whatever is wrong with the answer, it is no word of the owner's on the agreement.</exception>
    public async Task TakeOverAsync(Agreement said, AgreementRecord own, CancellationToken cancellationToken)
    {
        try
        {
            var theirs = AgreementRecord.From(said);
            _ = theirs.Id == own.Id ? await TakeOverAsync(theirs, own.Terms.Provider, cancellationToken).ConfigureAwait(false) : throw AgreementIndex.Unknown();
        }
        catch (ExchangeException error) when (error.Reason != Reasons.StorageFailed)
        {
            throw new ExchangeException(Reasons.AnswerInvalid, $"What {own.Terms.Provider} answered about the agreement does not hold ({error.Reason.Name}).", "Tell the owner.", error);
        }
    }

    /// <summary>
    /// Takes over what an owner says about an agreement that this participant signed. In force it counts only with both signatures
    /// over the terms that this participant signed last; a counter-offer only with the owner's; its end counts on the word of the
    /// owner, whose peer connection it came over.
    /// </summary>
    /// <param name="said">The agreement as the owner holds it.</param>
    /// <param name="provider">Whom it came from.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ExchangeException">
    /// <see cref="Reasons.AgreementUnknown"/>, <see cref="Reasons.AgreementSignatureInvalid"/>, <see cref="Reasons.AgreementInvalid"/>, <see cref="Reasons.AgreementIdReused"/>.
    /// </exception>
    public Task<AgreementRecord> TakeOverAsync(Agreement? said, string provider, CancellationToken cancellationToken) =>
        TakeOverAsync(AgreementRecord.From(said ?? new Agreement()), provider, cancellationToken);

    private async Task<AgreementRecord> TakeOverAsync(AgreementRecord theirs, string provider, CancellationToken cancellationToken)
    {
        if (theirs.Terms.Provider != provider || theirs.Terms.Consumer != identity.ParticipantId)
        {
            throw AgreementIndex.Unknown();
        }

        signatures.Require(theirs.Agreement.ConsumerSigned, identity.ParticipantId);
        switch (theirs.Written.State)
        {
            case AgreementState.Finalized:
                RequireProvidersSignature(theirs, provider);
                break;
            case AgreementState.Offered:
                signatures.Require(theirs.Agreement.Countered, provider, SignedMessage.CounterOffer);
                AgreementCounter.CheckAnswers(theirs);
                break;
        }

        return (await agreements.ChangeAsync(theirs.Id, (_, own) => ChangeOf(own, theirs), cancellationToken).ConfigureAwait(false))!;
    }

    /// <summary>Asks the owner of an agreement where it stands. An owner that cannot be reached, or answers nonsense, changes nothing.</summary>
    public async Task AskAsync(string id, CancellationToken cancellationToken)
    {
        var own = agreements.Find(id)!;
        try
        {
            await TakeOverAsync(await peers.GetAsync(own.Terms.Provider, id, cancellationToken).ConfigureAwait(false), own, cancellationToken).ConfigureAwait(false);
        }
        catch (ExchangeException error) when (error.Reason == Reasons.AgreementUnknown)
        {
            // Nothing is on its way to the owner any more, and nobody there will decide on it.
            await EndAsync(id, "The owner does not know this agreement.", cancellationToken).ConfigureAwait(false);
        }
        catch (ExchangeException)
        {
            // It stays as it is here and is asked for again the next time somebody looks.
        }
    }

    /// <summary>Writes down that an agreement that is not in force will not come about.</summary>
    public Task EndAsync(string id, string why, CancellationToken cancellationToken) => agreements.ChangeAsync(
        id,
        (_, own) => own is { Written.State: AgreementState.Requested or AgreementState.Offered or AgreementState.Accepted }
            ? AgreementChange.Of(own.Agreement, own.Written, [AgreementEvent.Reject], why, time.GetUtcNow(), owed: false)
            : null,
        cancellationToken);

    private void RequireProvidersSignature(AgreementRecord theirs, string provider)
    {
        signatures.Require(theirs.Agreement.ProviderSigned, provider);
        if (!theirs.Agreement.ProviderSigned.Payload.Equals(theirs.Agreement.ConsumerSigned.Payload))
        {
            throw Reasons.AgreementSignatureInvalid.Because("The owner signed other terms than this participant.", "Request the agreement again.");
        }
    }

    private AgreementChange? ChangeOf(AgreementRecord? own, AgreementRecord theirs)
    {
        if (own is not null && !IsSame(own, theirs))
        {
            throw Reasons.AgreementIdReused.Because("The id belongs to an agreement with other content.", "Request again under a new id.");
        }

        var from = own?.Written ?? AgreementLifecycle.None;
        var happened = AgreementLifecycle.Between(from, theirs.Written);
        return happened.Count == 0
            ? null
            : AgreementChange.Of(Merged(own, theirs), from, happened, theirs.Agreement.Note, time.GetUtcNow(), owed: false);
    }

    // What this participant signed last is what may be in force. While negotiating, the owner holds the request or the acceptance.
    private static bool IsSame(AgreementRecord own, AgreementRecord theirs)
    {
        var payload = theirs.Agreement.ConsumerSigned.Payload;
        var signedLast = own.Written.State == AgreementState.Offered ? own.Agreement.Countered.Payload : own.Agreement.ConsumerSigned.Payload;
        return payload.Equals(signedLast)
            || (theirs.Written.State != AgreementState.Finalized && AgreementRecord.HashOf(payload).Equals(own.RequestHash));
    }

    // Only what was verified is taken; what has been in force stays as it was signed.
    private static Agreement Merged(AgreementRecord? own, AgreementRecord theirs)
    {
        if (own?.Written.State == AgreementState.Finalized)
        {
            return own.Agreement;
        }

        var isOffered = theirs.Written.State == AgreementState.Offered;
        return new Agreement
        {
            ConsumerSigned = theirs.Agreement.ConsumerSigned,
            ProviderSigned = theirs.Written.State == AgreementState.Finalized ? theirs.Agreement.ProviderSigned : null,
            Countered = isOffered ? theirs.Agreement.Countered : own?.Agreement.Countered,
            Round = isOffered ? theirs.Agreement.Round : own?.Agreement.Round ?? 0,
            RequestHash = (own ?? theirs).RequestHash,
        };
    }
}
