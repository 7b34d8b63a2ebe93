namespace Exchange.Privacy.SafeTables;

/// <summary>Measures that share one partition. Its blocks hold every count block once.</summary>
/// <param name="Measures">Positions of its measures in the table.</param>
/// <param name="Pairs">Positions of its pairs in the table.</param>
/// <param name="HasRows">Whether the row count is one of its figures.</param>
/// <param name="Blocks">In description order, withheld ones included.</param>
public sealed record ValueLayer(IReadOnlyList<int> Measures, IReadOnlyList<int> Pairs, bool HasRows, IReadOnlyList<ValueBlock> Blocks);
