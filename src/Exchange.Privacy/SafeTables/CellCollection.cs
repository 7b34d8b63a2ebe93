namespace Exchange.Privacy.SafeTables;

/// <summary>The cells of one question, in which all blocks were put.</summary>
internal sealed class CellCollection
{
    private readonly TableColumns _columns;
    private readonly int[][] _keys;
    private readonly Count[] _counts;
    private readonly LayerCells[] _layers;

    public CellCollection(TableColumns columns, CellPlaces places)
    {
        (_columns, _keys) = (columns, places.Keys);
        _counts = new Count[_keys.Length];
        _counts.AsSpan().Fill(new Count { LengthMin = int.MaxValue });
        AddCountBlocks(places);
        _layers = Array.ConvertAll(columns.Layers, layer => AddValueBlocks(layer, places));
    }

    /// <summary>Per cell, in their order.</summary>
    /// <param name="asked">The dimensions that the question is about, ascending.</param>
    public CellAnswer[] Answers(int[] asked)
    {
        var answers = new CellAnswer[_keys.Length];
        for (var cell = 0; cell < answers.Length; cell++)
        {
            answers[cell] = Answer(cell, asked);
        }

        return answers;
    }

    private void AddCountBlocks(CellPlaces places)
    {
        var unitIsRow = _columns.Shape.UnitIsRow;
        for (var block = 0; block < places.CellOf.Length; block++)
        {
            var units = _columns.UnitsMost[block];
            if (places.CellOf[block] >= 0)
            {
                ref var cell = ref _counts[places.CellOf[block]];
                cell.UnitsLeast = unitIsRow ? cell.UnitsLeast + _columns.UnitsLeast[block] : Math.Max(cell.UnitsLeast, _columns.UnitsLeast[block]);
                cell.UnitsMost += units;
                cell.HasBlock = true;
                continue;
            }

            foreach (var touched in places.TouchedBy(block))
            {
                _counts[touched].Touching += units;
                Touch(touched, _columns.Lengths[block]);
            }
        }
    }

    /// <summary>A union of count blocks lies in a cell if all of them do; it touches every cell that one of them lies in or touches.</summary>
    private LayerCells AddValueBlocks(LayerColumns layer, CellPlaces places)
    {
        var cells = new LayerCells(_keys.Length);
        var cellOf = new int[layer.Blocks.Length];
        for (var block = 0; block < cellOf.Length; block++)
        {
            cellOf[block] = CellOf(layer.MembersOf(block), places);
            if (cellOf[block] >= 0 && !layer.Blocks[block].Withheld)
            {
                cells.Starts[cellOf[block] + 1]++;
                cells.Covered[cellOf[block]] += layer.UnitsMost[block];
                continue;
            }

            var (units, length) = (layer.UnitsMost[block], cellOf[block] >= 0 ? int.MaxValue : layer.Lengths[block]);
            cellOf[block] = -1;
            foreach (var touched in TouchedBy(layer.MembersOf(block), places))
            {
                cells.Touching[touched] += units;
                Touch(touched, length);
            }
        }

        cells.Fill(layer.Blocks, cellOf);
        return cells;
    }

    private static int CellOf(ReadOnlySpan<int> members, CellPlaces places)
    {
        var cell = places.CellOf[members[0]];
        foreach (var member in members)
        {
            if (places.CellOf[member] != cell)
            {
                return -1;
            }
        }

        return cell;
    }

    private static HashSet<int> TouchedBy(ReadOnlySpan<int> members, CellPlaces places)
    {
        var touched = new HashSet<int>();
        foreach (var member in members)
        {
            if (places.CellOf[member] >= 0)
            {
                touched.Add(places.CellOf[member]);
                continue;
            }

            foreach (var cell in places.TouchedBy(member))
            {
                touched.Add(cell);
            }
        }

        return touched;
    }

    private void Touch(int cell, int length) => (_counts[cell].IsTouched, _counts[cell].LengthMin) = (true, Math.Min(_counts[cell].LengthMin, length));

    private CellAnswer Answer(int cell, int[] asked)
    {
        ref readonly var count = ref _counts[cell];
        var measures = new MeasureAnswer[_columns.Measures.Length];
        for (var measure = 0; measure < measures.Length; measure++)
        {
            var (layer, position) = _columns.Measures[measure];
            measures[measure] = new(_columns.Shape.Measures[measure], _layers[layer].BlocksOf(cell), position, _layers[layer].Touching[cell], _layers[layer].Covered[cell]);
        }

        var lengthMin = count.LengthMin;
        return new(
            _keys[cell], count.UnitsLeast, count.UnitsMost, count.Touching, RowsOf(cell), _columns.RowsLayer < 0 ? count.Touching : _layers[_columns.RowsLayer].Touching[cell],
            _columns.RowsLayer < 0 ? count.UnitsMost : _layers[_columns.RowsLayer].Covered[cell], measures, PairsOf(cell), count.IsTouched ? Array.FindAll(asked, dimension => dimension < lengthMin) : null);
    }

    private long? RowsOf(int cell)
    {
        if (_columns.Shape.RowsAreUnits)
        {
            return _counts[cell].HasBlock ? _counts[cell].UnitsMost : null;
        }

        long? rows = null;
        foreach (var block in _layers[_columns.RowsLayer].BlocksOf(cell))
        {
            rows = (rows ?? 0) + block.Rows!.Value;
        }

        return rows;
    }

    private Comoments?[] PairsOf(int cell) => _columns.Pairs.Length == 0 ? [] : [.. _columns.Pairs.Select((place, pair) => PairOf(_columns.Shape.Pairs[pair], place, cell))];

    private Comoments? PairOf(TablePair pair, (int Layer, int Position, int First, int Second) place, int cell)
    {
        var parts = _layers[place.Layer].BlocksOf(cell).Where(block => block.CrossDeviations[place.Position] is not null).Select(block => Comoments.Of(
            block.Figures![place.First], _columns.Shape.Measures[pair.First].Scale,
            block.Figures[place.Second], _columns.Shape.Measures[pair.Second].Scale,
            block.CrossDeviations[place.Position]!.Value)).ToArray();
        return parts.Length == 0 ? null : Comoments.OfParts(parts);
    }

    /// <summary>Count blocks of one cell, and what is known of all that touches it.</summary>
    private struct Count
    {
        public long UnitsLeast;
        public long UnitsMost;
        public long Touching;
        public int LengthMin;
        public bool HasBlock;
        public bool IsTouched;
    }

    /// <summary>Value blocks of one layer by the cells that they lie in.</summary>
    private sealed class LayerCells(int cells)
    {
        private ValueBlock[] _blocks = [];

        /// <summary>Where a cell's blocks start; first counted one place further on.</summary>
        public int[] Starts { get; } = new int[cells + 1];

        public long[] Touching { get; } = new long[cells];

        /// <summary>Units of the blocks in each cell.</summary>
        public long[] Covered { get; } = new long[cells];

        public ArraySegment<ValueBlock> BlocksOf(int cell) => new(_blocks, Starts[cell], Starts[cell + 1] - Starts[cell]);

        public void Fill(ValueBlock[] blocks, int[] cellOf)
        {
            for (var cell = 0; cell < cells; cell++)
            {
                Starts[cell + 1] += Starts[cell];
            }

            _blocks = new ValueBlock[Starts[cells]];
            var next = Starts.AsSpan(0, cells).ToArray();
            for (var block = 0; block < blocks.Length; block++)
            {
                if (cellOf[block] >= 0)
                {
                    _blocks[next[cellOf[block]]++] = blocks[block];
                }
            }
        }
    }
}
