namespace Exchange.Privacy.SafeTables;

/// <summary>The cells of one question while blocks are put into them.</summary>
internal sealed class CellCollection
{
    private readonly SafeTable _shape;
    private readonly int[] _asked;
    private readonly Dictionary<int[], int> _numbers = new(new CodesComparer());
    private readonly List<Cell> _cells = [];

    public CellCollection(SafeTable shape, IReadOnlyList<GroupKey> keys, IReadOnlySet<int> filtered)
    {
        _shape = shape;
        _asked = [.. filtered.Union(keys.Select(key => key.Dimension)).Order()];
        if (keys.Count == 0)
        {
            NumberOf([]);
        }
    }

    /// <summary>Where a count block lies: the cell it is in or -1, its key with -1 for what may be any, and whether it may have rows in a cell at all.</summary>
    public readonly record struct Place(int Cell, int[] Key, bool Touches);

    public int NumberOf(int[] key)
    {
        if (!_numbers.TryGetValue(key, out var number))
        {
            _numbers.Add(key, number = _cells.Count);
            _cells.Add(new(key, _shape));
        }

        return number;
    }

    public void Add(SafeTable table, Place[] places)
    {
        var touched = Array.ConvertAll(places, Touched);
        for (var block = 0; block < places.Length; block++)
        {
            if (places[block].Cell >= 0)
            {
                _cells[places[block].Cell].Count(table, table.CountBlocks[block]);
                continue;
            }

            foreach (var cell in touched[block])
            {
                _cells[cell].Touch(table.CountBlocks[block].UnitsMost, Descriptions.LengthOf([.. table.CountBlocks[block].Description]));
            }
        }

        for (var layer = 0; layer < table.Layers.Count; layer++)
        {
            foreach (var block in table.Layers[layer].Blocks)
            {
                Add(table, layer, block, places, touched);
            }
        }
    }

    public List<CellAnswer> Answers() =>
        [.. _cells.OrderBy(cell => cell.Key, Comparer<int[]>.Create((one, other) => Descriptions.Compare(one, other))).Select(cell => cell.Answer(_asked))];

    /// <summary>A union of count blocks lies in a cell if all of them do; it touches every cell that one of them lies in or touches.</summary>
    private void Add(SafeTable table, int layer, ValueBlock block, Place[] places, int[][] touched)
    {
        var only = places[block.Members[0]].Cell;
        var together = only >= 0 && block.Members.All(member => places[member].Cell == only);
        if (together && !block.Withheld)
        {
            _cells[only].Count(layer, block);
            return;
        }

        var (units, length) = (block.Members.Sum(member => table.CountBlocks[member].UnitsMost), Descriptions.LengthOf([.. block.Description]));
        foreach (var cell in block.Members.SelectMany(member => places[member].Cell >= 0 ? [places[member].Cell] : touched[member]).Distinct())
        {
            _cells[cell].Touch(layer, units, together ? int.MaxValue : length);
        }
    }

    private int[] Touched(Place place)
    {
        if (place.Cell >= 0 || !place.Touches)
        {
            return [];
        }

        if (!place.Key.Contains(Descriptions.Any))
        {
            return _numbers.TryGetValue(place.Key, out var number) ? [number] : [];
        }

        return [.. Enumerable.Range(0, _cells.Count).Where(cell => place.Key.Zip(_cells[cell].Key).All(pair => pair.First == Descriptions.Any || pair.First == pair.Second))];
    }

    private sealed class Cell(int[] key, SafeTable shape)
    {
        private readonly List<ValueBlock>[] _blocks = [.. shape.Layers.Select(_ => new List<ValueBlock>())];
        private readonly long[] _layerTouching = new long[shape.Layers.Count];
        private long _unitsLeast, _unitsMost, _touching;
        private bool _counted;
        private int _lengthMin = int.MaxValue;
        private bool _touched;

        public int[] Key => key;

        public void Count(SafeTable table, CountBlock block)
        {
            _unitsLeast = table.UnitIsRow ? _unitsLeast + block.UnitsLeast : Math.Max(_unitsLeast, block.UnitsLeast);
            (_unitsMost, _counted) = (_unitsMost + block.UnitsMost, true);
        }

        public void Count(int layer, ValueBlock block) => _blocks[layer].Add(block);

        public void Touch(long units, int length) => (_touching, _touched, _lengthMin) = (_touching + units, true, Math.Min(_lengthMin, length));

        public void Touch(int layer, long units, int length)
        {
            _layerTouching[layer] += units;
            (_touched, _lengthMin) = (true, Math.Min(_lengthMin, length));
        }

        public CellAnswer Answer(int[] asked)
        {
            var rowsLayer = shape.Layers.ToList().FindIndex(layer => layer.HasRows);
            long? rows = shape.RowsAreUnits ? _counted ? _unitsMost : null
                : _blocks[rowsLayer].Count > 0 ? _blocks[rowsLayer].Sum(block => block.Rows) : null;
            return new(
                key, _unitsLeast, _unitsMost, _touching, rows, shape.RowsAreUnits ? _touching : _layerTouching[rowsLayer],
                [.. shape.Measures.Select((_, measure) => Measure(measure))],
                [.. shape.Pairs.Select((_, pair) => Pair(pair))],
                _touched ? [.. asked.Where(dimension => dimension < _lengthMin)] : null);
        }

        private MeasureAnswer Measure(int measure)
        {
            var layer = shape.Layers.ToList().FindIndex(layer => layer.Measures.Contains(measure));
            var position = shape.Layers[layer].Measures.ToList().IndexOf(measure);
            return new(shape.Measures[measure], _blocks[layer].ConvertAll(block => block.Figures![position]), _layerTouching[layer]);
        }

        private Comoments? Pair(int pair)
        {
            var layer = shape.Layers.ToList().FindIndex(layer => layer.Pairs.Contains(pair));
            var measures = shape.Layers[layer].Measures.ToList();
            var (position, first, second) = (shape.Layers[layer].Pairs.ToList().IndexOf(pair), measures.IndexOf(shape.Pairs[pair].First), measures.IndexOf(shape.Pairs[pair].Second));
            var parts = _blocks[layer].Where(block => block.CrossDeviations[position] is not null).Select(block => Comoments.Of(
                block.Figures![first], shape.Measures[shape.Pairs[pair].First].Scale,
                block.Figures[second], shape.Measures[shape.Pairs[pair].Second].Scale,
                block.CrossDeviations[position]!.Value)).ToArray();
            return parts.Length == 0 ? null : Comoments.OfParts(parts);
        }
    }
}
