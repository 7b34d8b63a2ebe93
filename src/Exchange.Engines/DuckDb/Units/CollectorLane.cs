using System.Runtime.InteropServices;
using DuckDB.NET.Native;

namespace Exchange.Engines.DuckDb.Units;

/// <summary>What one thread collected: blocks of rows for each partition, out of large pieces of memory.</summary>
internal sealed unsafe class CollectorLane(UnitCollector collector, long* groups)
{
    /// <summary>Rows of a block.</summary>
    public const int BlockRows = 256;

    /// <summary>Words of the largest pieces of memory.</summary>
    public const long SlabWordsMax = 1 << 19;

    private const int VectorRows = 2048;
    private const long SlabWordsMin = 1 << 13;

    private readonly Partition[] _partitions = new Partition[collector.Partitions + 1];
    private readonly long[] _numbers = new long[collector.Figures.Length * VectorRows];
    private readonly List<nint> _slabs = [];
    private long* _free;
    private long* _end;

    /// <summary>Whose it is.</summary>
    public UnitCollector Collector => collector;

    /// <summary>Takes in a chunk of rows.</summary>
    /// <param name="chunk">The session, the unit, the figures.</param>
    /// <param name="states">Of each row, where its group is noted.</param>
    /// <exception cref="OutOfMemoryException">There is no memory for it.</exception>
    public void Add(nint chunk, CollectedGroup*** states)
    {
        var rows = AggregateFunctions.RowsOf(chunk);
        for (var figure = 0; figure < collector.Figures.Length; figure++)
        {
            WriteNumbers(collector.Figures[figure], chunk, figure + 2, _numbers.AsSpan(figure * VectorRows, rows));
        }

        var (first, bits) = AggregateFunctions.ColumnOf(chunk, 1);
        var (unitWords, figures) = (collector.UnitWords, collector.Figures.Length);
        for (var row = 0; row < rows; row++)
        {
            var group = *states[row];
            if (group is null)
            {
                *states[row] = group = NewGroup();
            }

            UnitId unit = default;
            var partition = collector.Partitions;
            if (AggregateFunctions.IsValid((ulong*)bits, row))
            {
                unit = collector.IsText ? IdOf((DuckDBString*)first + row) : new UnitId(((long*)first)[row], 0);
                partition = (int)(unit.HashOf(collector) >> 40) & (collector.Partitions - 1);
            }

            var into = NextRow(partition);
            into[0] = unit.First;
            if (unitWords == 2)
            {
                into[1] = unit.Second;
            }

            into += unitWords;
            *into = (long)group;
            for (var figure = 0; figure < figures; figure++)
            {
                into[figure + 1] = _numbers[(figure * VectorRows) + row];
            }
        }
    }

    /// <summary>Rows of a partition.</summary>
    public long RowsOf(int partition) => BlocksOf(partition).Sum(block => (long)block.Count);

    /// <summary>The blocks of rows of a partition.</summary>
    public IEnumerable<CollectedBlock> BlocksOf(int partition)
    {
        var blocks = new List<CollectedBlock>();
        var (of, words) = (_partitions[partition], collector.RowWords);
        var count = of.Block is null ? 0 : (int)((of.Next - (of.Block + 1)) / words);
        for (var block = of.Block; block is not null; block = (long*)*block)
        {
            blocks.Add(new CollectedBlock((nint)(block + 1), count));
            count = BlockRows;
        }

        return blocks;
    }

    /// <summary>Frees its memory.</summary>
    public void Free()
    {
        _slabs.ForEach(slab => NativeMemory.Free((void*)slab));
        _slabs.Clear();
    }

    private UnitId IdOf(DuckDBString* text) => UnitId.Of(new ReadOnlySpan<byte>(text->Data, text->Length), collector.Key);

    private static void WriteNumbers(CollectedFigure figure, nint chunk, int column, Span<long> numbers)
    {
        var (first, bits) = AggregateFunctions.ColumnOf(chunk, column);
        var values = new ReadOnlySpan<double>((void*)first, numbers.Length);
        var valid = (ulong*)bits;
        var (middle, step, reach) = (figure.Middle, figure.Step, figure.Reach);
        for (var row = 0; row < numbers.Length; row++)
        {
            var away = values[row] - middle;
            numbers[row] = GridSumFunction.NumberAt((figure.IsSquared ? away * away : away) / step, reach);
        }

        for (var row = 0; valid is not null && row < numbers.Length; row++)
        {
            if (!AggregateFunctions.IsValid(valid, row))
            {
                numbers[row] = UnitCollector.Missing;
            }
        }
    }

    private long* NextRow(int partition)
    {
        ref var of = ref _partitions[partition];
        var row = of.Next;
        if (row == of.End)
        {
            var block = Take(1 + (BlockRows * collector.RowWords));
            *block = (long)of.Block;
            of.Block = block;
            row = block + 1;
            of.End = row + (BlockRows * collector.RowWords);
        }

        of.Next = row + collector.RowWords;
        return row;
    }

    private CollectedGroup* NewGroup()
    {
        var group = (CollectedGroup*)Take(sizeof(CollectedGroup) / sizeof(long));
        *group = new CollectedGroup { Numbered = groups };
        return group;
    }

    private long* Take(long words)
    {
        if (_end - _free < words)
        {
            var slab = Math.Max(words, Math.Min(SlabWordsMax, SlabWordsMin << Math.Min(_slabs.Count, 10)));
            collector.Take(slab * sizeof(long));
            _free = (long*)NativeMemory.Alloc((nuint)slab, sizeof(long));
            _end = _free + slab;
            _slabs.Add((nint)_free);
        }

        var taken = _free;
        _free += words;
        return taken;
    }

    /// <summary>The block that is written, whose first word is where the one before it is, and the next row in it.</summary>
    private struct Partition
    {
        public long* Block;
        public long* Next;
        public long* End;
    }
}
