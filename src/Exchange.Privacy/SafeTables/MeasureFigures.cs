namespace Exchange.Privacy.SafeTables;

/// <summary>What a value block says of one measure.</summary>
/// <param name="Values">Rows with a value.</param>
/// <param name="Sum">Their sum.</param>
/// <param name="SquaredDeviations">
/// Σ(x − mean)², which with count and sum is the sum of squares, without the digits that a difference of large numbers loses; null where
/// the layout wants none or the block fails rule 5.
/// </param>
/// <param name="Histogram">Null where the layout wants none.</param>
public sealed record MeasureFigures(long Values, Amount Sum, double? SquaredDeviations, HistogramFigures? Histogram);
