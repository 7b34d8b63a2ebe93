using DuckDB.NET.Native;

namespace Exchange.Engines.DuckDb;

/// <summary>
/// A statement that DuckDB parsed and planned once. Executed through DuckDB's C API: the ADO.NET driver would parse, bind and plan
/// it again every time. DuckDB keeps the plan only of a statement without parameters, so one with parameters is bound again by itself.
/// </summary>
internal sealed class DuckDbStatement : IDisposable
{
    private readonly DuckDBPreparedStatement _prepared;

    /// <exception cref="DuckDbError">DuckDB does not accept the text.</exception>
    public DuckDbStatement(DuckDBNativeConnection connection, string text)
    {
        Text = text;
        if (NativeMethods.PreparedStatements.DuckDBPrepare(connection, text, out _prepared) != DuckDBState.Success)
        {
            var message = NativeMethods.PreparedStatements.DuckDBPrepareError(_prepared);
            _prepared.Dispose();
            throw new DuckDbError(DuckDBErrorType.Invalid, message);
        }
    }

    /// <summary>The statement.</summary>
    public string Text { get; }

    /// <summary>Runs it with values for $1, $2, …, which are texts.</summary>
    /// <param name="values">The values.</param>
    /// <param name="streaming">Compute rows while they are read, a few at a time; otherwise all are there when it returns.</param>
    /// <exception cref="DuckDbError">The statement failed or was interrupted.</exception>
    public DuckDbRows Execute(IReadOnlyList<string> values, bool streaming = false)
    {
        for (var index = 0; index < values.Count; index++)
        {
            if (NativeMethods.PreparedStatements.DuckDBBindVarchar(_prepared, index + 1, values[index]) != DuckDBState.Success)
            {
                throw new DuckDbError(DuckDBErrorType.InvalidInput, "A parameter could not be bound.");
            }
        }

        var state = streaming
            ? NativeMethods.PreparedStatements.DuckDBExecutePreparedStreaming(_prepared, out var result)
            : NativeMethods.PreparedStatements.DuckDBExecutePrepared(_prepared, out result);
        if (state != DuckDBState.Success)
        {
            var error = new DuckDbError(NativeMethods.Query.DuckDBResultErrorType(ref result), NativeMethods.Query.DuckDBResultError(ref result));
            result.Close();
            throw error;
        }

        return new DuckDbRows(result);
    }

    /// <inheritdoc/>
    public void Dispose() => _prepared.Dispose();
}
