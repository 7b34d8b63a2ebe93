namespace Exchange.Privacy.SafeTables;

/// <summary>Work on many blocks that do not depend on each other, on all cores; results are in the order of the blocks whoever made them.</summary>
internal static class Parallelism
{
    /// <summary>Below so many, starting a thread costs more than it saves.</summary>
    private const int ItemsPerPartMin = 256;

    /// <summary>Below so many numbers, the same.</summary>
    private const int NumbersPerPartMin = 1 << 16;

    /// <summary>Work on 0 up to count in ranges, each from its first to before its end, that do not depend on each other and do not throw.</summary>
    public static void Ranges(int count, Action<int, int> work)
    {
        var parts = Math.Clamp(Math.Min(Environment.ProcessorCount, count / NumbersPerPartMin), 1, 8);
        if (parts == 1)
        {
            work(0, count);
            return;
        }

        Parallel.For(0, parts, part => work((int)((long)count * part / parts), (int)((long)count * (part + 1) / parts)));
    }

    /// <param name="items">What to work on.</param>
    /// <param name="tool">Makes what one thread needs to itself.</param>
    /// <param name="work">Depends on nothing but its item.</param>
    /// <exception cref="Exception">The first that work threw, in the order of items.</exception>
    public static TResult[] Map<TItem, TTool, TResult>(IReadOnlyList<TItem> items, Func<TTool> tool, Func<TTool, TItem, TResult> work)
    {
        var results = new TResult[items.Count];
        var parts = Math.Clamp(Math.Min(Environment.ProcessorCount, items.Count / ItemsPerPartMin), 1, 8);
        var errors = new System.Runtime.ExceptionServices.ExceptionDispatchInfo?[parts];
        Parallel.For(0, parts, part =>
        {
            try
            {
                var own = tool();
                for (var i = (int)((long)items.Count * part / parts); i < (int)((long)items.Count * (part + 1) / parts); i++)
                {
                    results[i] = work(own, items[i]);
                }
            }
            catch (Exception error)
            {
                errors[part] = System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(error);
            }
        });
        Array.Find(errors, error => error is not null)?.Throw();
        return results;
    }
}
