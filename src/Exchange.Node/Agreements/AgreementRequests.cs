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
using AgreementClient = Exchange.Protocol.Agreement.V1.AgreementService.AgreementServiceClient;

namespace Exchange.Node.Agreements;

/// <summary>As consumer: asks every matching owner of a product for an agreement, all at once.</summary>
internal sealed class AgreementRequests(
    PeerCatalog catalog, PeerClients peers, RegisterCache register, ProductLookup products, AgreementFollowing following,
    AgreementSignatures signatures, NodeIdentity identity, TimeProvider time)
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

    private async Task CheckAsync(RequestAgreementsRequest request, CancellationToken cancellationToken)
    {
        await products.FindAsync(request.Product, cancellationToken).ConfigureAwait(false);
        var self = register.Current.Find(identity.ParticipantId);
        if (self?.Roles.Contains(ParticipantRole.Consumer) != true)
        {
            throw Reasons.NotConsumer.Because("This participant does not have the role consumer.", "Ask the operator to add the participant with that role.");
        }

        if (!OfferRules.IsPurpose(request.Purpose))
        {
            throw Reasons.InvalidRequest.Because("The request names no purpose.", "Name one with --purpose, such as research.");
        }

        if (!OfferMatching.IsAccredited(self, request.Purpose))
        {
            throw Reasons.PurposeNotAccredited.Because("This participant is not accredited for that purpose.", $"It is for {string.Join(", ", self.Purposes)}.");
        }

        if (request.Participants.Count > ParticipantsMax)
        {
            throw Reasons.InvalidRequest.Because($"A request names at most {ParticipantsMax} participants.", "Name fewer, or none to ask every matching owner.");
        }

        if (request.UntilTime is not null && !(Moments.TryRead(request.UntilTime) > time.GetUtcNow()))
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

            var agreement = await RequestAsync(Choose(answer.Offers, request.Purpose), request, cancellationToken).ConfigureAwait(false);
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

    private async Task<AgreementRecord> RequestAsync(Offer offer, RequestAgreementsRequest request, CancellationToken cancellationToken)
    {
        var signed = signatures.Sign(TermsOf(offer, request).ToByteString());
        var owner = offer.Provider;
        Agreement answer;
        try
        {
            answer = await PeerCall.RunAsync($"node of {owner}", AgreementFollowing.Deadline, time, SendAsync, cancellationToken).ConfigureAwait(false);
        }
        catch (ExchangeException error) when (error.Reason.Kind == ErrorKind.Unreachable)
        {
            // It may have arrived: kept as asked for, and looked up at the owner later.
            answer = new Agreement { ConsumerSigned = signed, State = AgreementState.Requested };
        }

        return answer.ConsumerSigned?.Payload.Equals(signed.Payload) == true
            ? await following.AcceptAsync(answer, owner, cancellationToken).ConfigureAwait(false)
            : throw Reasons.AgreementInvalid.Because("The owner answered with another agreement than the one requested.", "Tell the owner, and request again.");

        async Task<Agreement> SendAsync(CancellationToken token)
        {
            var client = new AgreementClient(await peers.ForAsync(owner, token).ConfigureAwait(false));
            return (await client.RequestAgreementAsync(new RequestAgreementRequest { Terms = signed }, cancellationToken: token).ConfigureAwait(false)).Agreement ?? new Agreement();
        }
    }

    private AgreementTerms TermsOf(Offer offer, RequestAgreementsRequest request)
    {
        var offerEnd = Moments.TryRead(offer.Terms.ExpireTime)
            ?? throw Reasons.AgreementInvalid.Because("The owner's offer has no end.", "Tell the owner.");
        var until = Moments.TryRead(request.UntilTime);
        return new AgreementTerms
        {
            Id = Identifiers.NewId(),
            Provider = offer.Provider,
            Consumer = identity.ParticipantId,
            Offer = offer,
            Purpose = request.Purpose,
            StartTime = Timestamp.FromDateTimeOffset(time.GetUtcNow()),
            EndTime = until < offerEnd ? request.UntilTime : offer.Terms.ExpireTime,
        };
    }
}
