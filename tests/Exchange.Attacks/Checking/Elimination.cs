namespace Exchange.Attacks.Checking;

/// <summary>Exact linear algebra modulo the prime 2^61 − 1: everything that follows from linear equations over unknown cells.</summary>
internal sealed class Elimination(int unknowns)
{
    private const ulong Prime = (1UL << 61) - 1;

    private readonly Dictionary<int, ulong[]> _rows = [];

    /// <summary>Independent equations so far.</summary>
    public int Rank => _rows.Count;

    /// <summary>Learns that the unknowns with these numbers sum to the value.</summary>
    /// <returns>False where that contradicts what is known.</returns>
    public bool Learn(IEnumerable<int> cells, long value)
    {
        var row = new ulong[unknowns + 1];
        foreach (var cell in cells)
        {
            row[cell] = 1;
        }

        row[unknowns] = value >= 0 ? (ulong)value % Prime : Prime - ((ulong)-value % Prime);
        Reduce(row);
        var pivot = Array.FindIndex(row, 0, unknowns, coefficient => coefficient != 0);
        if (pivot < 0)
        {
            return row[unknowns] == 0;
        }

        Scale(row, Inverse(row[pivot]));
        foreach (var other in _rows.Values)
        {
            Subtract(other, row, other[pivot]);
        }

        _rows.Add(pivot, row);
        return true;
    }

    /// <summary>Whether the sum of these unknowns follows from what was learnt.</summary>
    public bool Knows(IEnumerable<int> cells)
    {
        var row = new ulong[unknowns + 1];
        foreach (var cell in cells)
        {
            row[cell] = 1;
        }

        Reduce(row);
        return Array.TrueForAll(row[..unknowns], coefficient => coefficient == 0);
    }

    /// <summary>Whether in every combination of all equations two unknowns have the same coefficient: nothing tells them apart.</summary>
    public bool CannotTellApart(int one, int other) => _rows.Values.All(row => row[one] == row[other]);

    private void Reduce(ulong[] row)
    {
        foreach (var (pivot, known) in _rows)
        {
            Subtract(row, known, row[pivot]);
        }
    }

    private static void Subtract(ulong[] row, ulong[] other, ulong factor)
    {
        if (factor == 0)
        {
            return;
        }

        for (var i = 0; i < row.Length; i++)
        {
            if (other[i] != 0)
            {
                row[i] = (row[i] + Prime - Product(other[i], factor)) % Prime;
            }
        }
    }

    private static void Scale(ulong[] row, ulong factor)
    {
        for (var i = 0; i < row.Length; i++)
        {
            row[i] = Product(row[i], factor);
        }
    }

    private static ulong Inverse(ulong value)
    {
        var (result, power, exponent) = (1UL, value, Prime - 2);
        for (; exponent > 0; exponent >>= 1)
        {
            result = (exponent & 1) == 1 ? Product(result, power) : result;
            power = Product(power, power);
        }

        return result;
    }

    private static ulong Product(ulong one, ulong other) => (ulong)((UInt128)one * other % Prime);
}
