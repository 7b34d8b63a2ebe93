using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Exchange.Engines.DuckDb.Units;

/// <summary>
/// The figures of each unit in each group of one partition: a hash table with open places, whose entries lie in the order in which they came. It grows
/// with them, not with the rows: those without a unit id, or of one unit, are all in one partition.
/// Where groups are to be chosen, a second one leads from a unit to its last entry, and each entry to the one before it of the same unit.
/// </summary>
internal sealed unsafe class UnitTable(UnitCollector collector, bool linksUnits) : IDisposable
{
    private readonly int _unitWords = collector.UnitWords;
    private readonly int _figures = collector.Figures.Length;
    private readonly int _entryWords = EntryWordsOf(collector.UnitWords, collector.Figures.Length);
    private long* _entries;
    private int* _slots;
    private int* _units;
    private int _size;
    private int _sizeMost;
    private long _bytes;
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

    /// <summary>Words of an entry.</summary>
    public static int EntryWordsOf(int unitWords, int figures) => unitWords + 3 + (2 * figures);

    /// <summary>Takes in the rows of a partition, and forgets those of another.</summary>
    public void Fill(int partition)
    {
        Count = 0;
        Resize((int)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(8, 2 * Math.Min(collector.RowsOf(partition), collector.RowsOfPartition))));
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
        collector.Take(-_bytes);
        _bytes = 0;
    }

    // So many places, of which half are used, all free; entries stay.
    private void Resize(int size)
    {
        _size = size;
        if (size > _sizeMost)
        {
            var bytes = ((long)size / 2 * _entryWords * sizeof(long)) + ((linksUnits ? 2L : 1L) * size * sizeof(int));
            collector.Take(bytes - _bytes);
            (_bytes, _sizeMost) = (bytes, size);
            _entries = (long*)NativeMemory.Realloc(_entries, (nuint)(size / 2) * (nuint)(_entryWords * sizeof(long)));
            _slots = (int*)NativeMemory.Realloc(_slots, (nuint)size * sizeof(int));
            _units = linksUnits ? (int*)NativeMemory.Realloc(_units, (nuint)size * sizeof(int)) : null;
        }

        NativeMemory.Clear(_slots, (nuint)size * sizeof(int));
        if (linksUnits)
        {
            NativeMemory.Clear(_units, (nuint)size * sizeof(int));
        }
    }

    private void Grow()
    {
        Resize(checked(2 * _size));
        for (var entry = 1; entry <= Count; entry++)
        {
            var known = At(entry - 1);
            var hash = known.Unit.HashOf(collector);
            _slots[FreeSlot(hash, known.Group)] = entry;
            if (linksUnits)
            {
                Link(entry, hash);
            }
        }
    }

    private int FirstSlot(ulong hash, long group) => (int)UnitId.Mix(hash + (ulong)group) & (_size - 1);

    private int FreeSlot(ulong hash, long group)
    {
        var slot = FirstSlot(hash, group);
        while (_slots[slot] != 0)
        {
            slot = (slot + 1) & (_size - 1);
        }

        return slot;
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
        var slot = FirstSlot(hash, number);
        while (_slots[slot] != 0 && !(At(_slots[slot] - 1) is var known && known.Group == number && known.Unit == unit))
        {
            slot = (slot + 1) & (_size - 1);
        }

        var at = _slots[slot];
        if (at == 0)
        {
            if (2 * Count == _size)
            {
                Grow();
                slot = FreeSlot(hash, number);
            }

            _slots[slot] = at = NewEntry(unit, number);
            if (linksUnits)
            {
                Link(at, hash);
            }
        }

        var entry = At(at - 1);
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

    private void Link(int entry, ulong hash)
    {
        var of = At(entry - 1);
        var slot = (int)hash & (_size - 1);
        while (_units[slot] != 0 && At(_units[slot] - 1).Unit != of.Unit)
        {
            slot = (slot + 1) & (_size - 1);
        }

        of.Before = _units[slot];
        _units[slot] = entry;
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
