namespace Exchange.Privacy.SafeTables;

/// <summary>The blocks of a table and its segments, one after the other, in columns: what every question reads, laid out once.</summary>
internal sealed class TableColumns
{
    public TableColumns(IReadOnlyList<SafeTable> tables)
    {
        Shape = tables[0];
        Count = tables.Sum(table => table.CountBlocks.Count);
        Values = [.. Shape.Dimensions.Select((_, dimension) => Column(tables, block => block.Description[dimension]))];
        Lengths = Column(tables, block => Descriptions.LengthOf([.. block.Description]));
        UnitsLeast = Column(tables, block => block.UnitsLeast);
        UnitsMost = Column(tables, block => block.UnitsMost);
        Layers = [.. Shape.Layers.Select((_, layer) => new LayerColumns(tables, layer))];
        RowsLayer = IndexOf(Shape.Layers, layer => layer.HasRows);
        Measures = [.. Shape.Measures.Select((_, measure) => MeasurePlace(measure))];
        Pairs = [.. Shape.Pairs.Select((_, pair) => PairPlace(pair))];
    }

    /// <summary>The first table, whose dimensions and measures all have.</summary>
    public SafeTable Shape { get; }

    /// <summary>Count blocks.</summary>
    public int Count { get; }

    /// <summary>Per dimension and count block the number of its value, -1 for <c>*</c>.</summary>
    public int[][] Values { get; }

    /// <summary>Per count block, how many dimensions have a value.</summary>
    public int[] Lengths { get; }

    public long[] UnitsLeast { get; }

    public long[] UnitsMost { get; }

    public LayerColumns[] Layers { get; }

    /// <summary>The layer that counts rows; -1 where units count them.</summary>
    public int RowsLayer { get; }

    /// <summary>Per measure its layer, and its position among that layer's figures.</summary>
    public (int Layer, int Position)[] Measures { get; }

    /// <summary>Per pair its layer, its position among that layer's products, and those of its measures among the figures.</summary>
    public (int Layer, int Position, int First, int Second)[] Pairs { get; }

    private (int, int) MeasurePlace(int measure)
    {
        var layer = IndexOf(Shape.Layers, layer => layer.Measures.Contains(measure));
        return (layer, IndexOf(Shape.Layers[layer].Measures, own => own == measure));
    }

    private (int, int, int, int) PairPlace(int pair)
    {
        var layer = IndexOf(Shape.Layers, layer => layer.Pairs.Contains(pair));
        return (layer, IndexOf(Shape.Layers[layer].Pairs, own => own == pair), Measures[Shape.Pairs[pair].First].Position, Measures[Shape.Pairs[pair].Second].Position);
    }

    private static T[] Column<T>(IReadOnlyList<SafeTable> tables, Func<CountBlock, T> of) => [.. tables.SelectMany(table => table.CountBlocks.Select(of))];

    private static int IndexOf<T>(IReadOnlyList<T> items, Predicate<T> wanted) => Array.FindIndex([.. items], wanted);
}

/// <summary>The value blocks of one layer.</summary>
internal sealed class LayerColumns
{
    public LayerColumns(IReadOnlyList<SafeTable> tables, int layer)
    {
        var (before, members, starts, units) = (0, new List<int>(), new List<int> { 0 }, new List<long>());
        foreach (var table in tables)
        {
            foreach (var block in table.Layers[layer].Blocks)
            {
                members.AddRange(block.Members.Select(member => before + member));
                starts.Add(members.Count);
                units.Add(block.Members.Sum(member => table.CountBlocks[member].UnitsMost));
            }

            before += table.CountBlocks.Count;
        }

        Blocks = [.. tables.SelectMany(table => table.Layers[layer].Blocks)];
        Lengths = Array.ConvertAll(Blocks, block => Descriptions.LengthOf([.. block.Description]));
        (Members, Starts, UnitsMost) = ([.. members], [.. starts], [.. units]);
    }

    public ValueBlock[] Blocks { get; }

    /// <summary>Per block, how many dimensions have a value.</summary>
    public int[] Lengths { get; }

    /// <summary>Per block the sum of its members' units.</summary>
    public long[] UnitsMost { get; }

    /// <summary>The count blocks of each block, one after the other.</summary>
    public int[] Members { get; }

    /// <summary>Where the members of each block start, and where the last ones end.</summary>
    public int[] Starts { get; }

    public ReadOnlySpan<int> MembersOf(int block) => Members.AsSpan(Starts[block], Starts[block + 1] - Starts[block]);
}
