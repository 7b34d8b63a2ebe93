namespace Exchange.Privacy.SafeTables;

/// <summary>
/// The atoms of contributions, in description order, and the records of each. Values are numbered by the order of their texts, NULL
/// first, so that nothing depends on the order of rows or the codes an engine chose.
/// </summary>
internal sealed class AtomIndex
{
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
        var (atomOf, found) = Find();
        Count = found.Count;
        var order = Enumerable.Range(0, Count).ToArray();
        Array.Sort(order, (one, other) => Descriptions.Compare(found[one], found[other]));
        var numbers = new int[Count];
        _codes = new int[Count * Dimensions];
        for (var i = 0; i < Count; i++)
        {
            numbers[order[i]] = i;
            found[order[i]].CopyTo(_codes, i * Dimensions);
        }

        _starts = new int[Count + 1];
        foreach (var atom in atomOf)
        {
            _starts[numbers[atom] + 1]++;
        }

        for (var i = 0; i < Count; i++)
        {
            _starts[i + 1] += _starts[i];
        }

        _records = new int[data.Count];
        var next = _starts.AsSpan(0, Count).ToArray();
        for (var record = 0; record < data.Count; record++)
        {
            _records[next[numbers[atomOf[record]]]++] = record;
        }

        // Every pass goes atom by atom: records in that order are read one after the other.
        data.Reorder(_records);
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

    /// <summary>Numbers prefixes of codes level by level; the last level's are the atoms.</summary>
    private (int[] AtomOf, List<int[]> Found) Find()
    {
        var numbers = new Dictionary<(int, int), int>[Dimensions];
        for (var i = 0; i < Dimensions; i++)
        {
            numbers[i] = [];
        }

        var atomOf = new int[Data.Count];
        var found = new List<int[]>();
        for (var record = 0; record < Data.Count; record++)
        {
            var codes = Data.CodesOf(record);
            var prefix = 0;
            for (var i = 0; i < Dimensions; i++)
            {
                ref var number = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(numbers[i], (prefix, codes[i]), out var known);
                prefix = known ? number : number = numbers[i].Count - 1;
            }

            if (prefix == found.Count)
            {
                var ranks = new int[Dimensions];
                for (var i = 0; i < Dimensions; i++)
                {
                    ranks[i] = Ranks[i][codes[i]];
                }

                found.Add(ranks);
            }

            atomOf[record] = prefix;
        }

        return (atomOf, found);
    }
}
