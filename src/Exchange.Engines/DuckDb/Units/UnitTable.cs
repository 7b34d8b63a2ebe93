using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Exchange.Engines.DuckDb.Units;

/// <summary>
/// The figures of each unit in each group of one partition: a hash table with open places, whose entries lie in the order in which they came.
/// Where groups are to be chosen, a second one leads from a unit to its last entry, and each entry to the one before it of the same unit.
/// </summary>
internal sealed unsafe class UnitTable(UnitCollector collector, bool linksUnits) : IDisposable
{
    private readonly int _unitWords = collector.UnitWords;
    private readonly int _figures = collector.Figures.Length;
    private readonly int _entryWords = collector.UnitWords + 3 + (2 * collector.Figures.Length);
    private long* _entries;
    private int* _slots;
    private int* _units;
    private long _rowsMost;
    private int _size;
    private ulong[] _places = [];
    private int[] _ofUnit = [];

    /// <summary>Entries.</summary>
    public int Count { get; private set; }

    /// <summary>What a unit has in a group.</summary>
    /// <param name="words">Its unit, its group, the entry before it of the unit, its rows, and of every figure the values and their sum.</param>
    /// <param name="unitWords">Words of the unit.</param>
    internal readonly struct Entry(long* words, int unitWords)
    {
        public UnitId Unit => new(words[0], unitWords == 2 ? words[1] : 0);

        public ref long Group => ref words[unitWords];

        /// <summary>Number of an entry, from 1; 0 for none.</summary>
        public ref long Before => ref words[unitWords + 1];

        /// <summary>0 once it was dropped.</summary>
        public ref long Rows => ref words[unitWords + 2];

        public long* Figures => words + unitWords + 3;
    }

    /// <summary>An entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Entry At(int entry) => new(_entries + ((long)entry * _entryWords), _unitWords);

    /// <summary>Takes in the rows of a partition, and forgets those of another.</summary>
    public void Fill(int partition)
    {
        Clear(collector.RowsOf(partition));
        foreach (var block in collector.BlocksOf(partition))
        {
            var row = (long*)block.Rows;
            for (var count = 0; count < block.Count; count++, row += collector.RowWords)
            {
                Add(row);
            }
        }
    }

    /// <summary>Drops what units have in more groups than count: kept are those first in an order that is the unit's own.</summary>
    /// <param name="groupsPerUnit">Groups that count.</param>
    /// <param name="places">Hashes of the groups' keys, by their numbers.</param>
    public void KeepGroups(int groupsPerUnit, ulong[] places)
    {
        for (var slot = 0; slot < _size; slot++)
        {
            var count = 0;
            for (var entry = (long)_units[slot]; entry > 0; entry = At((int)entry - 1).Before)
            {
                count++;
            }

            if (count > groupsPerUnit)
            {
                Keep(_units[slot], count, groupsPerUnit, places);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.Free(_entries);
        NativeMemory.Free(_slots);
        NativeMemory.Free(_units);
        _entries = null;
        _slots = _units = null;
    }

    private void Clear(long rows)
    {
        Count = 0;
        _size = (int)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(8, 2 * rows));
        if (rows > _rowsMost || _slots is null)
        {
            Dispose();
            _rowsMost = Math.Max(rows, 4);
            _entries = (long*)NativeMemory.Alloc((nuint)_rowsMost, (nuint)(_entryWords * sizeof(long)));
            _slots = (int*)NativeMemory.Alloc((nuint)BitOperations.RoundUpToPowerOf2((ulong)(2 * _rowsMost)), sizeof(int));
            _units = linksUnits ? (int*)NativeMemory.Alloc((nuint)BitOperations.RoundUpToPowerOf2((ulong)(2 * _rowsMost)), sizeof(int)) : null;
        }

        NativeMemory.Clear(_slots, (nuint)_size * sizeof(int));
        if (linksUnits)
        {
            NativeMemory.Clear(_units, (nuint)_size * sizeof(int));
        }
    }

    private void Add(long* row)
    {
        var unit = new UnitId(row[0], _unitWords == 2 ? row[1] : 0);
        var group = (CollectedGroup*)row[_unitWords];
        while (group->Same is not null)
        {
            group = group->Same;
        }

        var (number, hash) = (group->Number, unit.HashOf(collector));
        var slot = (int)UnitId.Mix(hash + (ulong)number) & (_size - 1);
        while (_slots[slot] != 0 && !(At(_slots[slot] - 1) is var known && known.Group == number && known.Unit.IsSame(unit)))
        {
            slot = (slot + 1) & (_size - 1);
        }

        if (_slots[slot] == 0)
        {
            _slots[slot] = NewEntry(unit, number);
            if (linksUnits)
            {
                Link(unit, hash);
            }
        }

        var entry = At(_slots[slot] - 1);
        entry.Rows++;
        var numbers = row + _unitWords + 1;
        var figures = entry.Figures;
        for (var figure = 0; figure < _figures; figure++)
        {
            if (numbers[figure] != UnitCollector.Missing)
            {
                figures[2 * figure]++;
                figures[(2 * figure) + 1] += numbers[figure];
            }
        }
    }

    private int NewEntry(UnitId unit, long group)
    {
        var words = _entries + ((long)Count * _entryWords);
        new Span<long>(words, _entryWords).Clear();
        words[0] = unit.First;
        if (_unitWords == 2)
        {
            words[1] = unit.Second;
        }

        words[_unitWords] = group;
        return ++Count;
    }

    private void Link(UnitId unit, ulong hash)
    {
        var slot = (int)hash & (_size - 1);
        while (_units[slot] != 0 && !At(_units[slot] - 1).Unit.IsSame(unit))
        {
            slot = (slot + 1) & (_size - 1);
        }

        At(Count - 1).Before = _units[slot];
        _units[slot] = Count;
    }

    private void Keep(int last, int count, int groupsPerUnit, ulong[] places)
    {
        if (_places.Length < count)
        {
            (_places, _ofUnit) = (new ulong[2 * count], new int[2 * count]);
        }

        var hash = At(last - 1).Unit.HashOf(collector);
        for (var (index, entry) = (0, last); index < count; index++, entry = (int)At(entry - 1).Before)
        {
            (_places[index], _ofUnit[index]) = (UnitId.Mix(hash ^ places[At(entry - 1).Group]), entry);
        }

        Array.Sort(_places, _ofUnit, 0, count);
        for (var index = groupsPerUnit; index < count; index++)
        {
            At(_ofUnit[index] - 1).Rows = 0;
        }
    }
}
