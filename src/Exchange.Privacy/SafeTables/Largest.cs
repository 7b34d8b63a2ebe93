namespace Exchange.Privacy.SafeTables;

/// <summary>The largest few of many numbers, with whose they are, largest first.</summary>
internal sealed class Largest(int capacity)
{
    private readonly (Int128 Value, int Slot)[] _items = new (Int128, int)[capacity];
    private int _count;

    public ReadOnlySpan<(Int128 Value, int Slot)> Items => _items.AsSpan(0, _count);

    public Int128 Total => TotalOf(_count);

    public Int128 TotalOf(int count)
    {
        Int128 total = 0;
        foreach (var (value, _) in Items[..Math.Min(count, _count)])
        {
            total += value;
        }

        return total;
    }

    public Int128 First => _count == 0 ? 0 : _items[0].Value;

    public void Clear() => _count = 0;

    public void Add(Int128 value, int slot)
    {
        if (_count == _items.Length && value <= _items[^1].Value)
        {
            return;
        }

        var at = _count < _items.Length ? _count++ : _count - 1;
        for (; at > 0 && _items[at - 1].Value < value; at--)
        {
            _items[at] = _items[at - 1];
        }

        _items[at] = (value, slot);
    }
}
