namespace Exchange.Privacy.SafeTables;

/// <summary>
/// The atoms of contributions, in description order, and the records of each. Values are numbered by the order of their texts, NULL
/// first, so that nothing depends on the order of rows or the codes an engine chose.
/// </summary>
internal sealed class AtomIndex
{
    /// <summary>Up to so many possible atoms per record, atoms are numbered by an array instead of by search.</summary>
    private const int DensePerRecord = 4;

    private readonly int[] _codes;
    private readonly int[] _records;
    private readonly int[] _starts;

    public AtomIndex(UnitContributions data)
    {
        data.Freeze();
        Data = data;
        Dimensions = data.Layout.Dimensions.Count;
        Ranks = [.. data.Layout.Dimensions.Select(RanksOf)];
        Labels = [.. data.Layout.Dimensions.Select(LabelMap.Sorted)];
        var (atomOf, examples) = Find();
        Count = examples.Length;
        _codes = new int[Count * Dimensions];
        for (var atom = 0; atom < Count; atom++)
        {
            for (var i = 0; i < Dimensions; i++)
            {
                _codes[atom * Dimensions + i] = Ranks[i][data.CodesOf(examples[atom])[i]];
            }
        }

        _starts = new int[Count + 1];
        foreach (var atom in atomOf)
        {
            _starts[atom + 1]++;
        }

        for (var i = 0; i < Count; i++)
        {
            _starts[i + 1] += _starts[i];
        }

        _records = GC.AllocateUninitializedArray<int>(data.Count);
        var next = _starts.AsSpan(0, Count).ToArray();
        for (var record = 0; record < data.Count; record++)
        {
            _records[next[atomOf[record]]++] = record;
        }

        // Every pass goes atom by atom: records in that order are read one after the other.
        data.Reorder(_records, _starts);
        for (var record = 0; record < _records.Length; record++)
        {
            _records[record] = record;
        }
    }

    public UnitContributions Data { get; }

    public int Dimensions { get; }

    public int Count { get; }

    /// <summary>Per dimension and code, the position of its label among all.</summary>
    public int[][] Ranks { get; }

    /// <summary>Per dimension the labels in that order.</summary>
    public string?[][] Labels { get; }

    public ReadOnlySpan<int> CodesOf(int atom) => _codes.AsSpan(atom * Dimensions, Dimensions);

    public ReadOnlySpan<int> RecordsOf(int atom) => _records.AsSpan(_starts[atom], _starts[atom + 1] - _starts[atom]);

    public long RowsOf(int atom)
    {
        var rows = 0L;
        foreach (var record in RecordsOf(atom))
        {
            rows += Data.RowsOf(record);
        }

        return rows;
    }

    public static int[] RanksOf(DimensionLayout dimension)
    {
        var order = Enumerable.Range(0, dimension.Labels.Count).ToArray();
        Array.Sort(order, (one, other) => string.CompareOrdinal(dimension.Labels[one], dimension.Labels[other]));
        var ranks = new int[order.Length];
        for (var i = 0; i < order.Length; i++)
        {
            ranks[order[i]] = i;
        }

        return ranks;
    }

    /// <summary>The atom of every record, and of every atom one of its records. Ranks are packed into one number, so that numbers compare like descriptions.</summary>
    private (int[] AtomOf, int[] Examples) Find()
    {
        var packed = new long[Data.Count];
        var span = 1L;
        for (var i = 0; i < Dimensions; i++)
        {
            var (ranks, values) = (Ranks[i], Math.Max(1, Ranks[i].Length));
            if (span > long.MaxValue / values)
            {
                span = Renumber(packed);
            }

            var dimension = i;
            Parallelism.Ranges(packed.Length, (first, end) =>
            {
                for (var record = first; record < end; record++)
                {
                    packed[record] = packed[record] * values + ranks[Data.CodeOf(record, dimension)];
                }
            });
            span *= values;
        }

        if (span > Math.Min(DensePerRecord * (long)packed.Length + 1_024, 1 << 30))
        {
            span = Renumber(packed);
        }

        return Number(packed, (int)span);
    }

    /// <summary>Closes the gaps between the numbers that occur; returns how many those are.</summary>
    private static long Renumber(long[] packed)
    {
        var numbers = new Dictionary<long, int>();
        foreach (var number in packed)
        {
            numbers.TryAdd(number, 0);
        }

        long[] occurring = [.. numbers.Keys.Order()];
        for (var i = 0; i < occurring.Length; i++)
        {
            numbers[occurring[i]] = i;
        }

        for (var record = 0; record < packed.Length; record++)
        {
            packed[record] = numbers[packed[record]];
        }

        return Math.Max(1, occurring.Length);
    }

    private static (int[] AtomOf, int[] Examples) Number(long[] packed, int span)
    {
        var atoms = new int[span];
        for (var record = 0; record < packed.Length; record++)
        {
            atoms[packed[record]] = record + 1;
        }

        var examples = new List<int>();
        foreach (ref var atom in atoms.AsSpan())
        {
            if (atom > 0)
            {
                examples.Add(atom - 1);
                atom = examples.Count - 1;
            }
        }

        var atomOf = GC.AllocateUninitializedArray<int>(packed.Length);
        Parallelism.Ranges(packed.Length, (first, end) =>
        {
            for (var record = first; record < end; record++)
            {
                atomOf[record] = atoms[packed[record]];
            }
        });
        return (atomOf, [.. examples]);
    }
}
