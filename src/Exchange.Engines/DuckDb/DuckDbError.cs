using DuckDB.NET.Native;

namespace Exchange.Engines.DuckDb;

/// <summary>What DuckDB said of a statement that was prepared or executed natively. The message may quote data and goes nowhere.</summary>
internal sealed class DuckDbError(DuckDBErrorType type, string message) : Exception(message)
{
    /// <summary>The kind of error.</summary>
    public DuckDBErrorType Type { get; } = type;
}
