namespace Exchange.Privacy.SafeTables;

/// <summary>Numbers from 0 in sets that are joined (union-find with path halving; Tarjan and van Leeuwen 1984). A set is named by its smallest number.</summary>
/// <param name="count">How many numbers.</param>
public sealed class DisjointSets(int count)
{
    private readonly int[] _parents = [.. Enumerable.Range(0, count)];

    /// <summary>Name of the set that holds the number.</summary>
    public int Find(int number)
    {
        while (_parents[number] != number)
        {
            number = _parents[number] = _parents[_parents[number]];
        }

        return number;
    }

    /// <summary>Makes one set of the sets of both.</summary>
    public void Join(int one, int other)
    {
        var (first, second) = (Find(one), Find(other));
        _parents[Math.Max(first, second)] = Math.Min(first, second);
    }
}
