namespace Exchange.Engines.DuckDb.Units;

/// <summary>
/// The most memory that collecting and adding up can take, by what was published of a dataset alone: were it decided while rows come whether there is
/// enough, that would tell of them.
/// </summary>
/// <param name="Rows">Rows of the dataset.</param>
/// <param name="RowsPerUnit">Most rows of one unit.</param>
/// <param name="Groups">Most groups.</param>
/// <param name="UnitWords">Words of a unit id.</param>
/// <param name="Figures">Figures of a row.</param>
/// <param name="Threads">Threads of the engine.</param>
internal readonly record struct CollectedSize(long Rows, long RowsPerUnit, long Groups, int UnitWords, int Figures, int Threads)
{
    // So that places of tables have numbers of 32 bits, and so have sums.
    private const long RowsMax = 1 << 28;

    // Of partitions, one may have as many times the rows of most, and as many units that have most rows.
    private const int PartitionSkew = 4;
    private const int UnitSkew = 8;

    /// <summary>Whether its numbers fit their types.</summary>
    public bool Fits => Rows <= RowsMax && (Groups + 1) * UnitFold.WidthOf(Figures) <= Array.MaxLength;

    /// <summary>Bytes of everything together.</summary>
    public long Bytes => Collected + Sums + (Threads * Table);

    private unsafe long Collected
    {
        get
        {
            var (row, partitions) = (sizeof(long) * (long)(UnitWords + 1 + Figures), UnitCollector.PartitionsFor(Rows));
            var blocks = (Rows / CollectorLane.BlockRows) + (Threads * (partitions + 1L));
            var rows = blocks * ((CollectorLane.BlockRows * row) + sizeof(long));
            // Every thread may have every group, and more than once. Behind the last block of a piece of memory there may be room for less than another.
            return rows + (rows / 64) + (Groups == 1 ? 0 : Rows * sizeof(CollectedGroup)) + (Threads * 2 * sizeof(long) * CollectorLane.SlabWordsMax);
        }
    }

    private long Sums => (Groups + 1) * sizeof(long) * ((UnitFold.WidthOf(Figures) * (long)UnitFold.WorkersFor(Groups, Threads)) + 1);

    private long Table
    {
        get
        {
            var entries = Math.Min(Rows, (PartitionSkew * Rows / UnitCollector.PartitionsFor(Rows)) + (UnitSkew * Math.Min(RowsPerUnit, Groups)));
            // Half of the places are used, and after growing half of those; each is in both tables.
            return 2 * entries * ((sizeof(long) * (long)UnitTable.EntryWordsOf(UnitWords, Figures)) + (4 * sizeof(int)));
        }
    }
}
