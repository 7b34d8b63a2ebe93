using System.Runtime.InteropServices;

namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Where the blocks of a table lie for one question: cells are numbered in the order of their keys, and a block is in one of them, or
/// may have rows in some, or in none. Keys are packed into whole numbers, so that no block costs an object.
/// </summary>
internal sealed class CellPlaces
{
    private const long PartialKey = -1;

    /// <summary>Up to so many possible keys per block, cells are numbered by an array instead of by search.</summary>
    private const int DensePerBlock = 8;

    private readonly TableColumns _columns;
    private readonly IReadOnlyList<GroupKey> _keys;
    private readonly int[] _anyClass;
    private readonly long[] _packed;
    private readonly Dictionary<int, int[]> _touched = [];
    private Dictionary<long, int>? _numbers;
    private int[]? _denseNumbers;

    public CellPlaces(TableColumns columns, CellFilter where, IReadOnlyList<GroupKey> keys)
    {
        (_columns, _keys) = (columns, keys);
        _anyClass = [.. keys.Select(AnyClassOf)];
        _packed = new long[columns.Count];
        CellOf = new int[columns.Count];
        var span = Pack();
        var positions = where.PositionsOf(columns);
        Number(positions, span);
        Touch(positions);
    }

    /// <summary>Per count block the cell that all of it lies in, or -1.</summary>
    public int[] CellOf { get; }

    /// <summary>The keys of the cells, ascending.</summary>
    public int[][] Keys { get; private set; } = [];

    /// <summary>The cells in which a count block that lies in none may have rows.</summary>
    public ReadOnlySpan<int> TouchedBy(int block) => _touched.GetValueOrDefault(block);

    /// <summary>The class of <c>*</c>: one only where the domain is closed and all its values are of it.</summary>
    private int AnyClassOf(GroupKey key)
    {
        var closed = _columns.Shape.Dimensions[key.Dimension].Closed && key.ClassOfLabel.Count > 0;
        return closed && key.ClassOfLabel.All(number => number == key.ClassOfLabel[0]) ? key.ClassOfLabel[0] : Descriptions.Any;
    }

    /// <summary>Packs the keys of all blocks so that numbers compare like keys; returns how many numbers there may be.</summary>
    private long Pack()
    {
        var span = 1L;
        for (var i = 0; i < _keys.Count; i++)
        {
            int[] classOf = [.. _keys[i].ClassOfLabel];
            var classes = classOf.Length == 0 ? 1 : classOf.Max() + 1L;
            if (span > long.MaxValue / classes)
            {
                span = Renumber();
            }

            var (values, any) = (_columns.Values[_keys[i].Dimension], _anyClass[i]);
            for (var block = 0; block < _packed.Length; block++)
            {
                var number = values[block] < 0 ? any : classOf[values[block]];
                _packed[block] = number < 0 || _packed[block] == PartialKey ? PartialKey : _packed[block] * classes + number;
            }

            span *= classes;
        }

        return span;
    }

    /// <summary>Numbers the keys that occur without gaps, in their order.</summary>
    private long Renumber()
    {
        long[] occurring = [.. _packed.Where(key => key != PartialKey).Distinct().Order()];
        for (var block = 0; block < _packed.Length; block++)
        {
            _packed[block] = _packed[block] == PartialKey ? PartialKey : Array.BinarySearch(occurring, _packed[block]);
        }

        return Math.Max(1, occurring.Length);
    }

    private void Number(CellFilter.Position[]? positions, long span)
    {
        bool Lies(int block) => _packed[block] != PartialKey && (positions is null || positions[block] == CellFilter.Position.Inside);

        var first = span <= (long)DensePerBlock * _packed.Length + 1_024 ? Dense(Lies, (int)span) : Sparse(Lies);
        Keys = _keys.Count == 0 ? [[]] : Array.ConvertAll(first, KeyOf);
        for (var block = 0; block < _packed.Length; block++)
        {
            CellOf[block] = Lies(block) ? NumberOf(_packed[block]) : -1;
        }
    }

    /// <summary>The first block of every cell, in the order of keys.</summary>
    private int[] Dense(Func<int, bool> lies, int span)
    {
        _denseNumbers = new int[span];
        for (var block = _packed.Length - 1; block >= 0; block--)
        {
            if (lies(block))
            {
                _denseNumbers[_packed[block]] = block + 1;
            }
        }

        var first = new List<int>();
        foreach (ref var number in _denseNumbers.AsSpan())
        {
            if (number > 0)
            {
                first.Add(number - 1);
            }

            number = number > 0 ? first.Count - 1 : -1;
        }

        if (_keys.Count == 0)
        {
            _denseNumbers[0] = 0;
        }

        return [.. first];
    }

    private int[] Sparse(Func<int, bool> lies)
    {
        _numbers = [];
        for (var block = 0; block < _packed.Length; block++)
        {
            if (lies(block))
            {
                _numbers.TryAdd(_packed[block], block);
            }
        }

        long[] keys = [.. _numbers.Keys.Order()];
        var first = Array.ConvertAll(keys, key => _numbers[key]);
        for (var number = 0; number < keys.Length; number++)
        {
            _numbers[keys[number]] = number;
        }

        return first;
    }

    private int NumberOf(long key) => _denseNumbers is null ? _numbers!.GetValueOrDefault(key, -1) : _denseNumbers[key];

    private int[] KeyOf(int block)
    {
        var key = new int[_keys.Count];
        for (var i = 0; i < key.Length; i++)
        {
            var value = _columns.Values[_keys[i].Dimension][block];
            key[i] = value < 0 ? _anyClass[i] : _keys[i].ClassOfLabel[value];
        }

        return key;
    }

    /// <summary>A key that may be any in some places touches the cells that agree in all others; they are found by those others.</summary>
    private void Touch(CellFilter.Position[]? positions)
    {
        var byPattern = new Dictionary<int[], Dictionary<int[], int[]>>(new CodesComparer());
        for (var block = 0; block < CellOf.Length; block++)
        {
            if (CellOf[block] >= 0 || positions?[block] == CellFilter.Position.Outside)
            {
                continue;
            }

            if (_packed[block] != PartialKey)
            {
                if (NumberOf(_packed[block]) is var number && number >= 0)
                {
                    _touched.Add(block, [number]);
                }

                continue;
            }

            var key = KeyOf(block);
            int[] known = [.. Enumerable.Range(0, key.Length).Where(i => key[i] != Descriptions.Any)];
            ref var cells = ref CollectionsMarshal.GetValueRefOrAddDefault(byPattern, known, out _);
            cells ??= CellsBy(known);
            if (cells.TryGetValue(Array.ConvertAll(known, i => key[i]), out var found))
            {
                _touched.Add(block, found);
            }
        }
    }

    private Dictionary<int[], int[]> CellsBy(int[] known) =>
        Enumerable.Range(0, Keys.Length).GroupBy(cell => Array.ConvertAll(known, i => Keys[cell][i]), new CodesComparer()).ToDictionary(cells => cells.Key, cells => cells.ToArray(), new CodesComparer());
}
