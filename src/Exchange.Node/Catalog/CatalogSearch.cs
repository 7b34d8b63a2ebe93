using Exchange.Node.Peers;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Query.Products;

namespace Exchange.Node.Catalog;

/// <summary>The catalogue of the whole exchange, as far as this participant may see it.</summary>
internal sealed class CatalogSearch(PeerCatalog catalog, RegisterCache register)
{
    /// <summary>Most words of a search.</summary>
    public const int WordsMax = 20;

    /// <summary>Longest word.</summary>
    public const int WordCharactersMax = 128;

    /// <summary>Asks every active provider's node and keeps the offers that hold every word.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.InvalidRequest"/>.</exception>
    public async Task<SearchCatalogResponse> RunAsync(IReadOnlyCollection<string> words, CancellationToken cancellationToken)
    {
        if (words.Count > WordsMax || words.Any(word => word.Length > WordCharactersMax))
        {
            throw Reasons.InvalidRequest.Because($"A search has at most {WordsMax} words of at most {WordCharactersMax} characters.", "Search for less.");
        }

        var answers = await catalog.SearchAsync(catalog.Providers.Select(provider => provider.Id), "", cancellationToken).ConfigureAwait(false);
        var offers = answers.SelectMany(answer => answer.Offers).Where(offer => words.All(word => Holds(offer, word)));
        return new SearchCatalogResponse
        {
            Offers =
            {
                offers.OrderBy(offer => offer.Terms.Product, StringComparer.Ordinal)
                    .ThenBy(offer => offer.Provider, StringComparer.Ordinal)
                    .ThenBy(offer => offer.Terms.Name, StringComparer.Ordinal),
            },
            Unreachable =
            {
                answers.Where(answer => answer.Problem is not null)
                    .Select(answer => new UnreachableNode { ParticipantId = answer.ParticipantId, Reason = answer.Problem!.Reason.Name }),
            },
        };
    }

    private bool Holds(Offer offer, string word) =>
        TextsOf(offer, register.Current.Products.GetValueOrDefault(offer.Terms.Product)).Any(text => text.Contains(word, StringComparison.OrdinalIgnoreCase));

    private IEnumerable<string> TextsOf(Offer offer, Product? product) =>
    [
        offer.Terms.Product, offer.Terms.Name, offer.Provider,
        register.Current.Find(offer.Provider)?.DisplayName ?? "",
        product?.Definition.Title ?? "",
        .. product?.Columns.Keys ?? [],
    ];
}
