namespace Exchange.Privacy.SafeTables;

/// <summary>A block of a value layer: a union of count blocks in which every measure of the layer passes its rules.</summary>
/// <param name="Description">As of a <see cref="CountBlock"/>.</param>
/// <param name="Members">Positions of its count blocks, ascending.</param>
/// <param name="Figures">Per measure of the layer, in its order; null where the values of the block are withheld.</param>
/// <param name="Rows">Rows in it, where the layer has the row count and the block its values; otherwise null.</param>
/// <param name="CrossDeviations">Per pair of the layer Σ(x − mean x)(y − mean y), null where the block has none.</param>
public sealed record ValueBlock(
    IReadOnlyList<int> Description, IReadOnlyList<int> Members, IReadOnlyList<MeasureFigures>? Figures, long? Rows, IReadOnlyList<double?> CrossDeviations)
{
    /// <summary>Whether the block is published without values.</summary>
    public bool Withheld => Figures is null;
}
