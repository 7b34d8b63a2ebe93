using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Engines.Publishing;

/// <summary>What to publish.</summary>
/// <param name="Product">The product the rows must fulfil.</param>
/// <param name="Source">Absolute path of a CSV, TSV or Parquet file, or <c>sqlite:</c> + absolute path + <c>#</c> + table.</param>
/// <param name="Engine"><c>duckdb</c>, <c>sqlite</c>, or null: that of the base version, else sqlite attached for an SQLite table, else duckdb.</param>
/// <param name="Version">Number of the version to be made.</param>
/// <param name="Base">The version that the rows come on top of, or null to replace. Of an attached one, the same table as it is now.</param>
/// <param name="DropViolations">Leave out rows that break a rule; an attached table cannot.</param>
/// <param name="Encoding">Empty for UTF-8, or <c>GB18030</c>.</param>
public sealed record PublishRequest(
    Product Product, string Source, string? Engine, int Version, DatasetSource? Base, bool DropViolations, string Encoding)
{
    /// <summary>The files of row hashes of a version with that part; null where those of the version before it are not known.</summary>
    internal IReadOnlyList<string>? HashesWith(string part) => Base is { RowHashes: null } ? null : [.. Base?.RowHashes ?? [], part];
}
