using System.Collections.Concurrent;
using Exchange.Node.Peers;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;

namespace Exchange.Node.Catalog;

/// <summary>What one owner's node said about its offers.</summary>
/// <param name="ParticipantId">The owner.</param>
/// <param name="Offers">The offers that this participant matches; empty when the node could not be asked.</param>
/// <param name="Problem">Why it could not be asked, or null.</param>
internal sealed record PeerOffers(string ParticipantId, IReadOnlyList<Offer> Offers, ExchangeException? Problem);

/// <summary>Asks the nodes of the exchange for the offers that this participant matches.</summary>
internal sealed class PeerCatalog(PeerClients peers, RegisterCache register, TimeProvider time)
{
    /// <summary>How long one node may take.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>Most nodes that are asked at once.</summary>
    public const int AtOnceMax = 64;

    /// <summary>Most pages that are read of one node.</summary>
    private const int PagesMax = 2;

    /// <summary>Every active provider of the register, by id.</summary>
    public IReadOnlyList<Participant> Providers =>
    [
        .. register.Current.Snapshot.Participants
            .Where(participant => participant.Status == ParticipantStatus.Active && participant.Roles.Contains(ParticipantRole.Provider))
            .OrderBy(participant => participant.Id, StringComparer.Ordinal),
    ];

    /// <summary>Asks those nodes in parallel; one that fails or is slow costs its own part only.</summary>
    /// <param name="participantIds">Whom to ask.</param>
    /// <param name="productId"><c>name/major</c>; empty for every product.</param>
    /// <param name="cancellationToken">Ends the whole search.</param>
    /// <returns>One per participant, by id.</returns>
    public async Task<IReadOnlyList<PeerOffers>> SearchAsync(IEnumerable<string> participantIds, string productId, CancellationToken cancellationToken)
    {
        var found = new ConcurrentBag<PeerOffers>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnceMax, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(participantIds, options, async (id, token) => found.Add(await AskAsync(id, productId, token).ConfigureAwait(false))).ConfigureAwait(false);
        return [.. found.OrderBy(part => part.ParticipantId, StringComparer.Ordinal)];
    }

    /// <summary>Asks one node; never throws for the node's sake.</summary>
    public async Task<PeerOffers> AskAsync(string participantId, string productId, CancellationToken cancellationToken)
    {
        try
        {
            var offers = await PeerCall.RunAsync($"node of {participantId}", Deadline, time, token => ReadAsync(participantId, productId, token), cancellationToken)
                .ConfigureAwait(false);
            return new PeerOffers(participantId, offers, null);
        }
        catch (ExchangeException error)
        {
            return new PeerOffers(participantId, [], error);
        }
    }

    private async Task<IReadOnlyList<Offer>> ReadAsync(string participantId, string productId, CancellationToken cancellationToken)
    {
        var client = new Protocol.Catalog.V1.CatalogService.CatalogServiceClient(await peers.ForAsync(participantId, cancellationToken).ConfigureAwait(false));
        var offers = new List<Offer>();
        var token = "";
        for (var page = 0; page < PagesMax; page++)
        {
            var response = await client.ListOffersAsync(new ListOffersRequest { Product = productId, PageToken = token }, cancellationToken: cancellationToken).ConfigureAwait(false);

            // A node speaks for its own participant only.
            offers.AddRange(response.Offers.Where(offer => offer.Provider == participantId && offer.Terms is not null));
            token = response.NextPageToken;
            if (token.Length == 0)
            {
                break;
            }
        }

        return offers;
    }
}
