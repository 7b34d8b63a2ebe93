namespace Exchange.Client.Connections;

/// <summary>Reads every page of a list.</summary>
internal static class Pages
{
    /// <summary>Most pages read: a list of more than a million entries is a mistake of the other side.</summary>
    public const int PagesMax = 1000;

    /// <summary>Asks for page after page until the token is empty.</summary>
    /// <exception cref="InvalidOperationException">The list does not end.</exception>
    public static async Task<IReadOnlyList<TItem>> AllAsync<TItem>(Func<string, Task<(IEnumerable<TItem> Items, string Next)>> page)
    {
        var all = new List<TItem>();
        var token = "";
        for (var read = 0; read < PagesMax; read++)
        {
            var (items, next) = await page(token).ConfigureAwait(false);
            all.AddRange(items);
            if (next.Length == 0)
            {
                return all;
            }

            token = next;
        }

        throw new InvalidOperationException("A list has more pages than there can be.");
    }
}
