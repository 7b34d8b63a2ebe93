namespace Exchange.Privacy.SafeTables;

/// <summary>A grouping by values of a dimension, or by something that is computed from them (the year of a month).</summary>
/// <param name="Dimension">Its position.</param>
/// <param name="ClassOfLabel">Per label of the table the number of its group, from 0.</param>
public sealed record GroupKey(int Dimension, IReadOnlyList<int> ClassOfLabel)
{
    /// <summary>A group per value.</summary>
    public static GroupKey ByValue(SafeTable table, int dimension) => new(dimension, [.. Enumerable.Range(0, table.Dimensions[dimension].Labels.Count)]);
}
