using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Exchange.Engines.DuckDb.Units;

/// <summary>
/// The rows of a bounded scan, in memory of its own, while DuckDB runs the statement that collects them: of each row its unit, its group and
/// its figures, in whole numbers. They lie in partitions by a hash of the unit, small enough for a cache, so that all rows of a unit are in one.
/// </summary>
/// <remarks>
/// Each of DuckDB's threads writes to a lane of its own, so nothing is locked. A collector serves one statement of one session, from its making
/// to its disposal, which frees the memory whatever became of the statement.
/// </remarks>
internal sealed unsafe class UnitCollector : IDisposable
{
    /// <summary>A figure of a row that does not count there.</summary>
    public const long Missing = long.MinValue;

    private const long RowsPerPartition = 16_384;
    private const int PartitionsMax = 1024;

    private static readonly ConcurrentDictionary<long, UnitCollector> Open = [];

    [ThreadStatic]
    private static CollectorLane? _lane;

    private readonly long _bytesMax;
    private readonly ConcurrentDictionary<int, CollectorLane> _lanes = [];
    private readonly long* _groups = (long*)NativeMemory.AllocZeroed(sizeof(long));
    private long _bytes;

    /// <param name="session">Whose statement.</param>
    /// <param name="figures">Grids of the figures.</param>
    /// <param name="isText">Whether unit ids are texts, else BIGINTs.</param>
    /// <param name="key">Key of the hashes of units.</param>
    /// <param name="rowsMost">Rows there can be.</param>
    /// <param name="bytesMax">Memory it may take.</param>
    public UnitCollector(long session, IReadOnlyList<CollectedFigure> figures, bool isText, ulong key, long rowsMost, long bytesMax)
    {
        (Session, Figures, IsText, Key, _bytesMax) = (session, [.. figures], isText, key, bytesMax);
        Partitions = PartitionsFor(rowsMost);
        RowsOfPartition = 2 * rowsMost / Partitions;
        if (!Open.TryAdd(session, this))
        {
            throw new InvalidOperationException("A session runs one statement at a time.");
        }
    }

    /// <summary>Whose statement it serves.</summary>
    public long Session { get; }

    /// <summary>Grids of the figures.</summary>
    public CollectedFigure[] Figures { get; }

    /// <summary>Whether unit ids are texts.</summary>
    public bool IsText { get; }

    /// <summary>Key of the hashes of units.</summary>
    public ulong Key { get; }

    /// <summary>Partitions of the rows that have a unit id; those without, which are one unit, are in one more behind them.</summary>
    public int Partitions { get; }

    /// <summary>Rows of most partitions, at most; where a unit has very many there are more in one.</summary>
    public long RowsOfPartition { get; }

    /// <summary>Groups that were given a number.</summary>
    public long Groups => *_groups;

    /// <summary>Whether it asked for more memory than it may take.</summary>
    public bool IsFull => Interlocked.Read(ref _bytes) > _bytesMax;

    /// <summary>Words of a unit id.</summary>
    public int UnitWords => IsText ? 2 : 1;

    /// <summary>Words of a row: its unit, its group, its figures.</summary>
    public int RowWords => UnitWords + 1 + Figures.Length;

    /// <summary>How many partitions so many rows have, without that of rows without a unit id.</summary>
    public static int PartitionsFor(long rows) => (int)Math.Min(PartitionsMax, BitOperations.RoundUpToPowerOf2((ulong)Math.Max(1, rows / RowsPerPartition)));

    /// <summary>The collector of a session.</summary>
    /// <exception cref="InvalidOperationException">It has none.</exception>
    public static UnitCollector Of(long session) => Open.TryGetValue(session, out var collector) ? collector : throw new InvalidOperationException("The session collects nothing.");

    /// <summary>Where the calling thread writes.</summary>
    public CollectorLane Lane()
    {
        if (_lane?.Collector != this)
        {
            _lane = _lanes.GetOrAdd(Environment.CurrentManagedThreadId, static (_, collector) => new CollectorLane(collector, collector._groups), this);
        }

        return _lane;
    }

    /// <summary>Rows of a partition.</summary>
    public long RowsOf(int partition) => _lanes.Values.Sum(lane => lane.RowsOf(partition));

    /// <summary>The blocks of rows of a partition.</summary>
    public IEnumerable<CollectedBlock> BlocksOf(int partition) => _lanes.Values.SelectMany(lane => lane.BlocksOf(partition));

    /// <summary>Counts memory that is about to be taken; what was given back is less than zero.</summary>
    /// <exception cref="OutOfMemoryException">It is more than there may be.</exception>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _bytes, bytes) > _bytesMax)
        {
            throw new OutOfMemoryException("The rows of the units take more memory than the engine may use.");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Open.TryRemove(new(Session, this)))
        {
            foreach (var lane in _lanes.Values)
            {
                lane.Free();
            }

            NativeMemory.Free(_groups);
        }
    }
}
