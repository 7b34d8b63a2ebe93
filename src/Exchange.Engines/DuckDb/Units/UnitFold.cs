using Exchange.Query.Approval;

namespace Exchange.Engines.DuckDb.Units;

/// <summary>
/// Adds up collected rows so that no unit adds more than its bounds. Of each partition: 1 the figures of each unit in each group; 2 where units may
/// have more groups than count, those that are kept; 3 what is left, scaled to the rows that count, into the sums of the groups.
/// </summary>
/// <remarks>
/// What is kept of a unit depends on its own rows alone: on its id, the keys of its groups and the secret key. All sums fit 64 bits, which
/// <see cref="CollectedScan"/> sees to.
/// </remarks>
/// <param name="collector">The rows.</param>
/// <param name="bounds">What a unit may add.</param>
/// <param name="places">By the number of a group, a hash of its keys under the secret key; null where no unit can have too many groups.</param>
internal sealed unsafe class UnitFold(UnitCollector collector, ContributionBounds bounds, ulong[]? places)
{
    /// <summary>Of more groups than this, one thread adds up alone: every thread has sums of its own.</summary>
    private const int GroupsOfThreadsMax = 1_000_000;

    private readonly Lock _gate = new();
    private int _next = -1;

    /// <summary>Where a group's numbers are, of the sums of all: so many for each.</summary>
    public int Width => WidthOf(collector.Figures.Length);

    /// <summary>The numbers of a group.</summary>
    public static int WidthOf(int figures) => 2 + (2 * figures);

    /// <summary>Threads that add up.</summary>
    public static int WorkersFor(long groups, int threads) => groups > GroupsOfThreadsMax ? 1 : Math.Max(1, threads);

    /// <summary>By the number of the group: the units that count, their rows, and of every figure the values and their sum.</summary>
    public long[] Run(int threads, CancellationToken cancellationToken)
    {
        long[]? all = null;
        var workers = Math.Min(WorkersFor(collector.Groups, threads), collector.Partitions);
        Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken }, _ =>
        {
            var sums = FoldPartitions(cancellationToken);
            lock (_gate)
            {
                for (var index = 0; all is not null && index < all.Length; index++)
                {
                    sums[index] += all[index];
                }

                all = sums;
            }
        });
        return all!;
    }

    private long[] FoldPartitions(CancellationToken cancellationToken)
    {
        var sums = new long[(collector.Groups + 1) * Width];
        using var table = new UnitTable(collector, linksUnits: places is not null);
        for (var partition = Interlocked.Increment(ref _next); partition <= collector.Partitions; partition = Interlocked.Increment(ref _next))
        {
            cancellationToken.ThrowIfCancellationRequested();
            // 1
            table.Fill(partition);
            // 2
            if (places is not null)
            {
                table.KeepGroups(bounds.GroupsPerUnit, places);
            }

            // 3
            for (var entry = 0; entry < table.Count; entry++)
            {
                Add(table.At(entry), sums);
            }
        }

        return sums;
    }

    // In whole numbers, so that a unit adds no more than the bound, and whatever it is cut to is of its own rows alone.
    private void Add(UnitTable.Entry entry, long[] sums)
    {
        if (entry.Rows == 0)
        {
            return;
        }

        var into = sums.AsSpan((int)entry.Group * Width, Width);
        var most = (long)bounds.RowsPerGroup;
        into[0]++;
        into[1] += Math.Min(entry.Rows, most);
        for (var figure = 0; figure < collector.Figures.Length; figure++)
        {
            var (count, sum) = (entry.Figures[2 * figure], entry.Figures[(2 * figure) + 1]);
            into[2 + (2 * figure)] += Math.Min(count, most);
            into[3 + (2 * figure)] += count > most ? sum * most / count : sum;
        }
    }
}
