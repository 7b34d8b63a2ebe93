using System.Runtime.InteropServices;
using System.Text;
using DuckDB.NET.Native;

namespace Exchange.Engines.DuckDb;

/// <summary>
/// DuckDB's C interface for aggregates of our own. Their functions are called on DuckDB's threads with up to 2048 rows at a time, as
/// vectors in its memory, and must let no exception out: <see cref="Fail"/> makes one a failure of the statement.
/// </summary>
internal static unsafe partial class AggregateFunctions
{
    private const string Library = "duckdb";

    /// <summary>The five functions of an aggregate, over states of its own that DuckDB keeps and may move.</summary>
    /// <param name="stateSize">Bytes of a state.</param>
    /// <param name="begin">Makes a state that saw nothing.</param>
    /// <param name="update">Takes in a chunk; the state of each of its rows is given.</param>
    /// <param name="combine">Takes states into others.</param>
    /// <param name="finish">Writes results, from an offset on.</param>
    public readonly struct Functions(
        delegate* unmanaged<nint, ulong> stateSize,
        delegate* unmanaged<nint, void*, void> begin,
        delegate* unmanaged<nint, nint, void**, void> update,
        delegate* unmanaged<nint, void**, void**, ulong, void> combine,
        delegate* unmanaged<nint, void**, nint, ulong, ulong, void> finish)
    {
        /// <summary>Has DuckDB call them.</summary>
        public void SetIn(nint function) => duckdb_aggregate_function_set_functions(function, stateSize, begin, update, combine, finish);
    }

    /// <summary>Makes an aggregate known to an instance, under one name for each of the lists of parameters. The type of its result is destroyed.</summary>
    /// <exception cref="DuckDbError">DuckDB did not take it.</exception>
    public static void Register(DuckDBNativeConnection connection, string name, IEnumerable<DuckDBType[]> parameters, nint result, Functions functions)
    {
        var overloads = duckdb_create_aggregate_function_set(name);
        try
        {
            foreach (var types in parameters)
            {
                Add(overloads, name, types, result, functions);
            }

            if (duckdb_register_aggregate_function_set(connection.DangerousGetHandle(), overloads) != (int)DuckDBState.Success)
            {
                throw new DuckDbError(DuckDBErrorType.Invalid, "The engine does not take the node's aggregate.");
            }
        }
        finally
        {
            duckdb_destroy_aggregate_function_set(ref overloads);
            duckdb_destroy_logical_type(ref result);
        }
    }

    /// <summary>A type for <see cref="Register"/>.</summary>
    public static nint TypeOf(DuckDBType type) => duckdb_create_logical_type((int)type);

    /// <summary>The type of a STRUCT of DOUBLEs.</summary>
    public static nint StructOf(string[] fields)
    {
        var real = TypeOf(DuckDBType.Double);
        var names = Array.ConvertAll(fields, Marshal.StringToCoTaskMemUTF8);
        try
        {
            fixed (nint* types = Enumerable.Repeat(real, fields.Length).ToArray(), first = names)
            {
                return duckdb_create_struct_type(types, first, (ulong)fields.Length);
            }
        }
        finally
        {
            duckdb_destroy_logical_type(ref real);
            Array.ForEach(names, Marshal.FreeCoTaskMem);
        }
    }

    /// <summary>Rows of a chunk.</summary>
    public static int RowsOf(nint chunk) => (int)duckdb_data_chunk_get_size(chunk);

    /// <summary>Columns of a chunk.</summary>
    public static int ColumnsOf(nint chunk) => (int)duckdb_data_chunk_get_column_count(chunk);

    /// <summary>The values of a column of a chunk, and the bits of those that are not NULL; no bits where all are.</summary>
    public static (nint Values, nint Valid) ColumnOf(nint chunk, int column)
    {
        var vector = duckdb_data_chunk_get_vector(chunk, (ulong)column);
        return ((nint)duckdb_vector_get_data(vector), (nint)duckdb_vector_get_validity(vector));
    }

    /// <summary>The values of a vector that results are written to.</summary>
    public static void* ValuesOf(nint vector) => duckdb_vector_get_data(vector);

    /// <summary>A field of a vector of structs.</summary>
    public static nint FieldOf(nint vector, int field) => duckdb_struct_vector_get_child(vector, (ulong)field);

    /// <summary>Whether the value is not NULL.</summary>
    public static bool IsValid(ulong* valid, int row) => valid is null || (valid[row / 64] & (1UL << (row % 64))) != 0;

    /// <summary>Fails the statement.</summary>
    public static void Fail(nint function, string message)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(message + '\0'))
        {
            duckdb_aggregate_function_set_error(function, text);
        }
    }

    private static void Add(nint overloads, string name, DuckDBType[] parameters, nint result, Functions functions)
    {
        var function = duckdb_create_aggregate_function();
        try
        {
            duckdb_aggregate_function_set_name(function, name);
            duckdb_aggregate_function_set_return_type(function, result);
            foreach (var parameter in parameters)
            {
                var logical = TypeOf(parameter);
                duckdb_aggregate_function_add_parameter(function, logical);
                duckdb_destroy_logical_type(ref logical);
            }

            duckdb_aggregate_function_set_special_handling(function);
            functions.SetIn(function);
            if (duckdb_add_aggregate_function_to_set(overloads, function) != (int)DuckDBState.Success)
            {
                throw new DuckDbError(DuckDBErrorType.Invalid, "The engine does not take the node's aggregate.");
            }
        }
        finally
        {
            duckdb_destroy_aggregate_function(ref function);
        }
    }

    [LibraryImport(Library)]
    private static partial nint duckdb_create_aggregate_function();

    [LibraryImport(Library)]
    private static partial void duckdb_destroy_aggregate_function(ref nint function);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint duckdb_create_aggregate_function_set(string name);

    [LibraryImport(Library)]
    private static partial void duckdb_destroy_aggregate_function_set(ref nint overloads);

    [LibraryImport(Library)]
    private static partial int duckdb_add_aggregate_function_to_set(nint overloads, nint function);

    [LibraryImport(Library)]
    private static partial int duckdb_register_aggregate_function_set(nint connection, nint overloads);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial void duckdb_aggregate_function_set_name(nint function, string name);

    [LibraryImport(Library)]
    private static partial void duckdb_aggregate_function_add_parameter(nint function, nint type);

    [LibraryImport(Library)]
    private static partial void duckdb_aggregate_function_set_return_type(nint function, nint type);

    [LibraryImport(Library)]
    private static partial void duckdb_aggregate_function_set_special_handling(nint function);

    [LibraryImport(Library)]
    private static partial void duckdb_aggregate_function_set_functions(
        nint function,
        delegate* unmanaged<nint, ulong> stateSize,
        delegate* unmanaged<nint, void*, void> begin,
        delegate* unmanaged<nint, nint, void**, void> update,
        delegate* unmanaged<nint, void**, void**, ulong, void> combine,
        delegate* unmanaged<nint, void**, nint, ulong, ulong, void> finish);

    [LibraryImport(Library)]
    private static partial void duckdb_aggregate_function_set_error(nint function, byte* message);

    [LibraryImport(Library)]
    private static partial nint duckdb_create_logical_type(int type);

    [LibraryImport(Library)]
    private static partial void duckdb_destroy_logical_type(ref nint type);

    [LibraryImport(Library)]
    private static partial nint duckdb_create_struct_type(nint* types, nint* names, ulong count);

    [LibraryImport(Library)]
    private static partial nint duckdb_struct_vector_get_child(nint vector, ulong index);

    [LibraryImport(Library)]
    private static partial ulong duckdb_data_chunk_get_size(nint chunk);

    [LibraryImport(Library)]
    private static partial ulong duckdb_data_chunk_get_column_count(nint chunk);

    [LibraryImport(Library)]
    private static partial nint duckdb_data_chunk_get_vector(nint chunk, ulong index);

    [LibraryImport(Library)]
    private static partial void* duckdb_vector_get_data(nint vector);

    [LibraryImport(Library)]
    private static partial ulong* duckdb_vector_get_validity(nint vector);
}
