using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Exchange.Protocol.Errors;

namespace Exchange.Engines.DuckDb;

/// <summary>What DuckDB's errors mean here. Its own messages may quote data and statements, so none is passed on.</summary>
internal static class DuckDbFailure
{
    /// <summary>The failure to surface.</summary>
    public static ExchangeException From(DuckDBException error) => From(error.ErrorType, error);

    /// <summary>The failure to surface.</summary>
    public static ExchangeException From(DuckDbError error) => From(error.Type, error);

    private static ExchangeException From(DuckDBErrorType type, Exception error) => type switch
    {
        DuckDBErrorType.OutOfRange or DuckDBErrorType.Conversion or DuckDBErrorType.Decimal =>
            new(Reasons.EngineFailed, "A number computed by the query is too large for its type.", "Compute with double, or with smaller numbers.", error),
        DuckDBErrorType.OutOfMemory =>
            new(Reasons.EngineFailed, "The engine has not enough memory for the query.", "Group by fewer columns, or give the node more memory.", error),
        DuckDBErrorType.Io =>
            new(Reasons.StorageFailed, "The engine could not read or write its files.", "Check the disk: space, permissions, and that the data folder is there.", error),
        _ => new(Reasons.EngineFailed, "The engine could not run the query.", "Report it with the query to the node's operator.", error),
    };
}
