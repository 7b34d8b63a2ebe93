using System.Collections.Concurrent;
using Exchange.Node.Catalog;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Node.Agreements;

/// <summary>As consumer: asks every matching owner of a product for an agreement, all at once, or one owner to renew one.</summary>
internal sealed class AgreementRequests(
    PeerCatalog catalog, RegisterCache register, ProductLookup products, AgreementStore agreements, AgreementIndex index, AgreementDelivery delivery,
    AgreementIntake intake, AgreementSignatures signatures, NodeIdentity identity, TimeProvider time)
{
    /// <summary>Most owners that one request may name.</summary>
    public const int ParticipantsMax = 1_000;

    /// <summary>Asks the owners and returns what each said, by owner. Owners without a matching offer appear only when named.</summary>
    /// <exception cref="ExchangeException">The request makes no sense for any owner.</exception>
    public async Task<IReadOnlyList<AgreementRequestOutcome>> RunAsync(RequestAgreementsRequest request, CancellationToken cancellationToken)
    {
        await CheckAsync(request, cancellationToken).ConfigureAwait(false);
        var owners = request.Participants.Count > 0 ? request.Participants.Distinct() : catalog.Providers.Select(provider => provider.Id);
        var outcomes = new ConcurrentBag<AgreementRequestOutcome>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = PeerCatalog.AtOnceMax, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(owners, options, async (owner, token) =>
        {
            if (await AskAsync(owner, request, token).ConfigureAwait(false) is { } outcome)
            {
                outcomes.Add(outcome);
            }
        }).ConfigureAwait(false);
        return [.. outcomes.OrderBy(outcome => outcome.ParticipantId, StringComparer.Ordinal)];
    }

    /// <summary>
    /// Asks the owner of an agreement in force for another one that begins now and ends later, on the current version of the
    /// same offer. The owner decides as on any request; the agreement at hand stays in force until its own end.
    /// </summary>
    /// <exception cref="ExchangeException">The refusal, this node's or the owner's.</exception>
    public async Task<AgreementRecord> RenewAsync(RenewAgreementRequest request, CancellationToken cancellationToken)
    {
        var previous = agreements.Find(index.Resolve(request.AgreementId)) ?? throw AgreementIndex.Unknown();
        if (previous.Terms.Consumer != identity.ParticipantId)
        {
            throw Reasons.NotAgreementConsumer.Because(
                "This participant is the owner of the data: only the consumer renews an agreement.", $"Wait for {previous.Terms.Consumer}.");
        }

        if (previous.At(time.GetUtcNow()) is var standing && standing != AgreementLifecycle.Finalized)
        {
            throw AgreementLifecycle.Refusal(standing);
        }

        CheckSelf(previous.Terms.Purpose);
        CheckUntil(request.UntilTime);
        var offer = await CurrentOfferAsync(previous, cancellationToken).ConfigureAwait(false);
        var terms = TermsOf(offer, previous.Terms.Purpose, request.UntilTime);
        terms.Renews = previous.Id;
        return terms.EndTime.ToDateTimeOffset() > previous.End
            ? await RequestAsync(terms, cancellationToken).ConfigureAwait(false)
            : throw Reasons.RenewalNotLater.Because(
                "The renewal would end no later than the agreement it renews.", "Give a later date with --until, or ask the owner to extend the offer.");
    }

    private async Task<Offer> CurrentOfferAsync(AgreementRecord previous, CancellationToken cancellationToken)
    {
        var answer = await catalog.AskAsync(previous.Terms.Provider, previous.Product, cancellationToken).ConfigureAwait(false);
        if (answer.Problem is { } problem)
        {
            throw problem;
        }

        var offer = answer.Offers.FirstOrDefault(offer => offer.Terms.Name == previous.Terms.Offer.Terms.Name)
            ?? throw Reasons.NoMatchingOffer.Because(
                "The owner no longer makes that offer to this participant.", "Ask for an agreement on another one with `exchange agreement request`.");
        return offer.Terms.Purposes.Contains(previous.Terms.Purpose)
            ? offer
            : throw Reasons.PurposeNotOffered.Because("The offer no longer allows the agreement's purpose.", $"It allows {string.Join(", ", offer.Terms.Purposes)}.");
    }

    private async Task CheckAsync(RequestAgreementsRequest request, CancellationToken cancellationToken)
    {
        await products.FindAsync(request.Product, cancellationToken).ConfigureAwait(false);
        CheckSelf(request.Purpose);
        CheckUntil(request.UntilTime);
        if (request.Participants.Count > ParticipantsMax)
        {
            throw Reasons.InvalidRequest.Because($"A request names at most {ParticipantsMax} participants.", "Name fewer, or none to ask every matching owner.");
        }

    }

    private void CheckSelf(string purpose)
    {
        var self = register.Current.Find(identity.ParticipantId);
        if (self?.Roles.Contains(ParticipantRole.Consumer) != true)
        {
            throw Reasons.NotConsumer.Because("This participant does not have the role consumer.", "Ask the operator to add the participant with that role.");
        }

        if (!OfferRules.IsPurpose(purpose))
        {
            throw Reasons.InvalidRequest.Because("The request names no purpose.", "Name one with --purpose, such as research.");
        }

        if (!OfferMatching.IsAccredited(self, purpose))
        {
            throw Reasons.PurposeNotAccredited.Because("This participant is not accredited for that purpose.", $"It is for {string.Join(", ", self.Purposes)}.");
        }
    }

    private void CheckUntil(Timestamp? until)
    {
        if (until is not null && !(Moments.TryRead(until) > time.GetUtcNow()))
        {
            throw Reasons.InvalidRequest.Because("The end of the requested period is not in the future.", "Give a later date with --until.");
        }
    }

    private async Task<AgreementRequestOutcome?> AskAsync(string owner, RequestAgreementsRequest request, CancellationToken cancellationToken)
    {
        try
        {
            if (register.Current.Find(owner) is null)
            {
                throw Reasons.ParticipantUnknown.Because("The exchange has no participant of that id.", "List the owners with `exchange catalog`.");
            }

            var answer = await catalog.AskAsync(owner, request.Product, cancellationToken).ConfigureAwait(false);
            if (answer.Problem is { } problem)
            {
                throw problem;
            }

            if (answer.Offers.Count == 0 && request.Participants.Count == 0)
            {
                return null;
            }

            var terms = TermsOf(Choose(answer.Offers, request.Purpose), request.Purpose, request.UntilTime);
            var agreement = await RequestAsync(terms, cancellationToken).ConfigureAwait(false);
            return new AgreementRequestOutcome { ParticipantId = owner, Agreement = agreement.ViewAt(time.GetUtcNow()) };
        }
        catch (ExchangeException error)
        {
            var refusal = new Refusal { Reason = error.Reason.Name, Message = error.Message, Action = error.Action };
            return new AgreementRequestOutcome { ParticipantId = owner, Refusal = refusal };
        }
    }

    // Of several offers the first by name, so that the same request always takes the same one.
    private static Offer Choose(IReadOnlyList<Offer> offers, string purpose)
    {
        if (offers.Count == 0)
        {
            throw Reasons.NoMatchingOffer.Because("The owner has no offer for the product that this participant matches.", "Ask the owner to make one.");
        }

        return offers.Where(offer => offer.Terms.Purposes.Contains(purpose)).OrderBy(offer => offer.Terms.Name, StringComparer.Ordinal).FirstOrDefault()
            ?? throw Reasons.PurposeNotOffered.Because(
                "No matching offer of the owner allows that purpose.",
                $"They allow {string.Join(", ", offers.SelectMany(offer => offer.Terms.Purposes).Distinct().Order(StringComparer.Ordinal))}.");
    }

    // Durable before it is sent: whatever happens on the way, this node knows what it signed and says it again.
    private async Task<AgreementRecord> RequestAsync(AgreementTerms terms, CancellationToken cancellationToken)
    {
        var signed = signatures.Sign(terms.ToByteString());
        if (terms.Provider == identity.ParticipantId)
        {
            // One record for both sides, so the owner's is the consumer's.
            return await intake.RequestAsync(signed, register.Current.Find(identity.ParticipantId)!, cancellationToken).ConfigureAwait(false);
        }

        var request = AgreementChange.Of(
            new Agreement { ConsumerSigned = signed }, AgreementLifecycle.None, [AgreementEvent.Request], null, time.GetUtcNow(), owed: true);
        await agreements.ChangeAsync(terms.Id, (_, _) => request, cancellationToken).ConfigureAwait(false);
        if (await delivery.DeliverAsync(terms.Id, cancellationToken).ConfigureAwait(false) is { Reason.Kind: not (ErrorKind.Unreachable or ErrorKind.Failed) } refusal)
        {
            throw refusal;
        }

        return agreements.Find(terms.Id)!;
    }

    private AgreementTerms TermsOf(Offer offer, string purpose, Timestamp? untilTime)
    {
        var offerEnd = Moments.TryRead(offer.Terms.ExpireTime)
            ?? throw Reasons.AgreementInvalid.Because("The owner's offer has no end.", "Tell the owner.");
        var until = Moments.TryRead(untilTime);
        return new AgreementTerms
        {
            Id = Identifiers.NewId(),
            Provider = offer.Provider,
            Consumer = identity.ParticipantId,
            Offer = offer,
            Purpose = purpose,
            StartTime = Timestamp.FromDateTimeOffset(time.GetUtcNow()),
            EndTime = until < offerEnd ? untilTime : offer.Terms.ExpireTime,
        };
    }
}
