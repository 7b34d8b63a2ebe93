using Exchange.Node.SafeTables;
using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Sessions;

/// <summary>The blocks of a table and its segments by their descriptions: which figures of them are told together, and what they are.</summary>
internal sealed class TableBlocks
{
    private readonly LiveTable _live;
    private readonly SafeTable[] _tables;
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<MemoryStream> _figures = [];

    public TableBlocks(LiveTable live)
    {
        _live = live;
        _tables = [live.Table, .. live.Segments.Select(segment => segment.Table)];
        Descriptions = [.. _tables.SelectMany(table => table.CountBlocks).Select(block => block.Description).DistinctBy(KeyOf).OrderBy(description => description, Comparer<IReadOnlyList<int>>.Create(Compare))];
        foreach (var description in Descriptions)
        {
            _numbers.Add(KeyOf(description), _numbers.Count);
            _figures.Add(new MemoryStream());
        }

        foreach (var table in _tables)
        {
            Describe(table);
        }
    }

    /// <summary>Each once, by numbers of labels, in their order.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Descriptions { get; }

    /// <summary>All that can be told of the blocks of a description, with the description: bytes that differ where any of it does.</summary>
    public byte[] FiguresOf(IReadOnlyList<int> description)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        foreach (var (dimension, code) in description.TakeWhile(code => code >= 0).Select((code, dimension) => (dimension, code)))
        {
            var label = _live.Table.Dimensions[dimension].Labels[code];
            writer.Write(label is not null);
            writer.Write(label ?? "");
        }

        writer.Flush();
        writer.Write(_figures[_numbers[KeyOf(description)]].ToArray());
        return bytes.ToArray();
    }

    /// <summary>Per description the number of the part that figures of this kind are told with; 0 for a block some of whose figures are withheld.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.NotInTable"/>.</exception>
    public IReadOnlyList<uint> PartsOf(TableFigure figure)
    {
        var measure = figure.Measure.Length == 0 ? -1 : MeasureOf(figure.Measure);
        if (measure < 0 && _live.Table.RowsAreUnits)
        {
            return [.. Enumerable.Range(1, Descriptions.Count).Select(number => (uint)number)];
        }

        var (parts, withheld) = (new DisjointSets(Descriptions.Count), new HashSet<int>());
        foreach (var (table, layer, block) in ValueBlocks(measure))
        {
            var numbers = block.Members.Select(member => NumberOf(table, member)).ToList();
            numbers.ForEach(number => parts.Join(numbers[0], number));
            if (block.Withheld || (figure.Squares && block.Figures![PlaceOf(layer, measure)].SquaredDeviations is null))
            {
                withheld.Add(numbers[0]);
            }
        }

        var hidden = withheld.Select(parts.Find).ToHashSet();
        return [.. Enumerable.Range(0, Descriptions.Count).Select(number => hidden.Contains(parts.Find(number)) ? 0 : (uint)parts.Find(number) + 1)];
    }

    /// <summary>The blocks that have a measure, or for a negative number the rows, in a table's layer of it.</summary>
    /// <remarks>Where units count the rows, no layer has them.</remarks>
    public IEnumerable<(SafeTable Table, ValueLayer Layer, ValueBlock Block)> ValueBlocks(int measure) =>
        from table in _tables
        from layer in table.Layers
        where measure < 0 ? layer.HasRows : layer.Measures.Contains(measure)
        from block in layer.Blocks
        select (table, layer, block);

    /// <summary>The count blocks.</summary>
    public IEnumerable<CountBlock> CountBlocks => _tables.SelectMany(table => table.CountBlocks);

    /// <summary>Where a measure's figures are among those of its layer.</summary>
    public static int PlaceOf(ValueLayer layer, int measure) => layer.Measures.ToList().IndexOf(measure);

    /// <summary>The number of a measure.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.NotInTable"/>.</exception>
    public int MeasureOf(string name)
    {
        for (var measure = 0; measure < _live.Table.Measures.Count; measure++)
        {
            if (_live.Table.Measures[measure].Name == name)
            {
                return measure;
            }
        }

        throw Reasons.NotInTable.Because("The owner's table does not have one of the measures.", $"Aggregate one of {string.Join(", ", _live.Design.Measures)}.");
    }

    /// <summary>The values of a description, in the order of dimensions.</summary>
    public IReadOnlyList<string?> LabelsOf(IReadOnlyList<int> description) =>
        [.. description.TakeWhile(code => code >= 0).Select((code, dimension) => _live.Table.Dimensions[dimension].Labels[code])];

    // Everything that an answer could have of a block: not only what one question asks.
    private void Describe(SafeTable table)
    {
        for (var at = 0; at < table.CountBlocks.Count; at++)
        {
            var writer = new BinaryWriter(_figures[NumberOf(table, at)]);
            writer.Write(table.CountBlocks[at].UnitsLeast);
            writer.Write(table.CountBlocks[at].UnitsMost);
            writer.Flush();
        }

        foreach (var block in table.Layers.SelectMany(layer => layer.Blocks))
        {
            using var bytes = new MemoryStream();
            var writer = new BinaryWriter(bytes);
            Write(writer, block);
            writer.Flush();
            foreach (var member in block.Members)
            {
                bytes.WriteTo(_figures[NumberOf(table, member)]);
            }
        }
    }

    private static void Write(BinaryWriter writer, ValueBlock block)
    {
        writer.Write(block.Withheld);
        writer.Write(block.Members.Count);
        writer.Write(block.Rows ?? -1);
        foreach (var product in block.CrossDeviations)
        {
            writer.Write(product ?? double.NaN);
        }

        foreach (var figures in block.Figures ?? [])
        {
            writer.Write(figures.Values);
            writer.Write((ulong)figures.Sum.Exact);
            writer.Write((long)(figures.Sum.Exact >> 64));
            writer.Write(figures.Sum.Floating);
            writer.Write(figures.SquaredDeviations ?? double.NaN);
            foreach (var edge in figures.Histogram?.Edges ?? [])
            {
                writer.Write(edge);
            }

            foreach (var count in figures.Histogram?.Counts ?? [])
            {
                writer.Write(count);
            }
        }
    }

    private int NumberOf(SafeTable table, int block) => _numbers[KeyOf(table.CountBlocks[block].Description)];

    private static string KeyOf(IReadOnlyList<int> description) => string.Join(',', description);

    private static int Compare(IReadOnlyList<int> one, IReadOnlyList<int> other) => one.ToArray().AsSpan().SequenceCompareTo(other.ToArray());
}
