using Exchange.Query.Execution;

namespace Exchange.Engines.Publishing;

/// <summary>What came of a publication.</summary>
/// <param name="Published">Null when rows break rules and were not to be dropped: then nothing is stored.</param>
/// <param name="Violations">Rules that rows break.</param>
/// <param name="IgnoredColumns">Columns of the source that the product does not name.</param>
/// <param name="DroppedRows">Rows left out.</param>
public sealed record PublishOutcome(
    DatasetSource? Published, IReadOnlyList<Violation> Violations, IReadOnlyList<string> IgnoredColumns, long DroppedRows);
