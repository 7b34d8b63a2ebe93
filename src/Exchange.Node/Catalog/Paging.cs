using Exchange.Protocol.Errors;

namespace Exchange.Node.Catalog;

/// <summary>Pages of a list that is ordered by a name: the token is the last name of the page before.</summary>
internal static class Paging
{
    /// <summary>Largest page.</summary>
    public const int PageSizeMax = 1_000;

    private const int TokenCharactersMax = 200;

    /// <summary>Cuts one page out of a list.</summary>
    /// <param name="items">All items, in any order; their names differ.</param>
    /// <param name="name">An item's name.</param>
    /// <param name="pageSize">0 for the largest page.</param>
    /// <param name="pageToken">Of an earlier page, or empty.</param>
    /// <returns>The items by ordinal order of their names, and the next page's token, empty on the last page.</returns>
    /// <exception cref="ExchangeException"><see cref="Reasons.InvalidRequest"/>.</exception>
    public static (IReadOnlyList<T> Items, string NextPageToken) Page<T>(IEnumerable<T> items, Func<T, string> name, int pageSize, string pageToken)
    {
        var size = SizeOf(pageSize);
        CheckToken(pageToken);
        var page = items.OrderBy(name, StringComparer.Ordinal)
            .SkipWhile(item => pageToken.Length > 0 && string.CompareOrdinal(name(item), pageToken) <= 0)
            .Take(size + 1).ToList();
        return page.Count > size ? (page[..size], name(page[size - 1])) : (page, "");
    }

    /// <summary>The page size asked for, 0 meaning the largest.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.InvalidRequest"/>.</exception>
    public static int SizeOf(int pageSize) => pageSize switch
    {
        0 => PageSizeMax,
        > 0 and <= PageSizeMax => pageSize,
        _ => throw Reasons.InvalidRequest.Because($"A page has 1 to {PageSizeMax} entries.", "Ask for a page of that size, or for 0 to get the largest."),
    };

    private static void CheckToken(string pageToken)
    {
        if (pageToken.Length > TokenCharactersMax)
        {
            throw Reasons.InvalidRequest.Because("The page token is not one this node gave.", "Take it from the response before, or leave it empty.");
        }
    }
}
