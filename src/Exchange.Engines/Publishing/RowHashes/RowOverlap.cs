namespace Exchange.Engines.Publishing.RowHashes;

/// <summary>Which share of the rows of one of two datasets, the larger share, is in the other.</summary>
/// <param name="Same">The same in every value of the source.</param>
/// <param name="Near">The same but for one column that was changed, left out or added; an estimate.</param>
public sealed record RowOverlap(double Same, double Near);
