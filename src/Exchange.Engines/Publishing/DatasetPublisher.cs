using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Engines.Publishing;

/// <summary>What to publish.</summary>
/// <param name="Product">The product the rows must fulfil.</param>
/// <param name="Source">Absolute path of a CSV, TSV or Parquet file, or <c>sqlite:</c> + absolute path + <c>#</c> + table.</param>
/// <param name="Engine"><c>duckdb</c>, <c>sqlite</c>, or null: sqlite attached for an SQLite table, else duckdb.</param>
/// <param name="Version">Number of the version to be made.</param>
/// <param name="Base">The version that the rows come on top of, or null to replace.</param>
/// <param name="DropViolations">Leave out rows that break a rule.</param>
/// <param name="Encoding">Empty for UTF-8, or <c>GB18030</c>.</param>
public sealed record PublishRequest(
    Product Product, string Source, string? Engine, int Version, DatasetSource? Base, bool DropViolations, string Encoding);

/// <summary>Rows that break one rule.</summary>
public sealed record Violation(string Column, string Rule, long RowCount, IReadOnlyList<long> FirstLines);

/// <summary>What came of it.</summary>
/// <param name="Published">Null when rows break rules and were not to be dropped: then nothing is stored.</param>
/// <param name="Violations">Rules that rows break.</param>
/// <param name="IgnoredColumns">Columns of the source that the product does not name.</param>
/// <param name="DroppedRows">Rows left out.</param>
public sealed record PublishOutcome(
    DatasetSource? Published, IReadOnlyList<Violation> Violations, IReadOnlyList<string> IgnoredColumns, long DroppedRows);

/// <summary>Reads a source, checks it against the product and stores it as parts of a new version.</summary>
public sealed class DatasetPublisher(EngineSet engines)
{
    /// <summary>
    /// Stores the rows and returns where they are. The caller makes the version count by writing it to the node's state;
    /// until then the parts are garbage that <see cref="EngineSet.DropAllButAsync"/> removes.
    /// </summary>
    /// <param name="request">What to publish.</param>
    /// <param name="progress">Told in words what is being done.</param>
    /// <param name="cancellationToken">Stops the work; nothing stays stored.</param>
    public Task<PublishOutcome> PublishAsync(PublishRequest request, IProgress<string>? progress, CancellationToken cancellationToken) =>
        throw new NotImplementedException(engines.ToString());
}
