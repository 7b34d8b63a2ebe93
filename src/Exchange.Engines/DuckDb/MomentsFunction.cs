using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DuckDB.NET.Native;

namespace Exchange.Engines.DuckDb;

/// <summary>
/// The aggregate <c>exchange_moments(value DOUBLE, shift DOUBLE) → STRUCT(x DOUBLE, xx DOUBLE)</c>: Σ(value − shift) and
/// Σ(value − shift)² over the values that are not NULL, both compensated (Knuth's two-sum; Ogita, Rump and Oishi, "Accurate sum and
/// dot product", 2005), zero over none. One pass over the vectors where they lie, eight values at a time where all rows belong to
/// one group; DuckDB's own <c>fsum</c> waits for each addition before it begins the next. The shift is the same in every row.
/// </summary>
internal static unsafe partial class MomentsFunction
{
    private const string Library = "duckdb";

    /// <summary>What the statements call it.</summary>
    public const string Name = "exchange_moments";

    /// <summary>Makes the function known to an instance.</summary>
    /// <exception cref="DuckDbError">DuckDB did not take it.</exception>
    public static void Register(DuckDBNativeConnection connection)
    {
        var function = duckdb_create_aggregate_function();
        var real = duckdb_create_logical_type((int)DuckDBType.Double);
        var names = new[] { Marshal.StringToCoTaskMemUTF8("x"), Marshal.StringToCoTaskMemUTF8("xx") };
        nint pair = 0;
        try
        {
            var types = stackalloc nint[] { real, real };
            fixed (nint* first = names)
            {
                pair = duckdb_create_struct_type(types, first, 2);
            }

            duckdb_aggregate_function_set_name(function, Name);
            duckdb_aggregate_function_add_parameter(function, real);
            duckdb_aggregate_function_add_parameter(function, real);
            duckdb_aggregate_function_set_return_type(function, pair);
            duckdb_aggregate_function_set_functions(function, &StateSize, &Begin, &Update, &Combine, &Finish);
            if (duckdb_register_aggregate_function(connection.DangerousGetHandle(), function) != (int)DuckDBState.Success)
            {
                throw new DuckDbError(DuckDBErrorType.Invalid, "The engine does not take the node's aggregate.");
            }
        }
        finally
        {
            duckdb_destroy_logical_type(ref pair);
            duckdb_destroy_logical_type(ref real);
            duckdb_destroy_aggregate_function(ref function);
            Array.ForEach(names, Marshal.FreeCoTaskMem);
        }
    }

    /// <summary>Two sums, each with what its rounded additions left over.</summary>
    private struct State
    {
        public double X;
        public double XRest;
        public double XX;
        public double XXRest;
    }

    [UnmanagedCallersOnly]
    private static ulong StateSize(nint function) => (ulong)sizeof(State);

    [UnmanagedCallersOnly]
    private static void Begin(nint function, State* state) => *state = default;

    [UnmanagedCallersOnly]
    private static void Update(nint function, nint chunk, State** states)
    {
        var rows = (int)duckdb_data_chunk_get_size(chunk);
        if (rows == 0)
        {
            return;
        }

        var vector = duckdb_data_chunk_get_vector(chunk, 0);
        var values = new ReadOnlySpan<double>(duckdb_vector_get_data(vector), rows);
        var valid = duckdb_vector_get_validity(vector);
        var shift = *(double*)duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 1));
        if (valid is null && new ReadOnlySpan<nint>(states, rows).IndexOfAnyExcept((nint)states[0]) < 0)
        {
            AddAll(states[0], values, shift);
            return;
        }

        for (var row = 0; row < rows; row++)
        {
            if (valid is null || (valid[row / 64] & (1UL << (row % 64))) != 0)
            {
                Add(states[row], values[row] - shift);
            }
        }
    }

    private static void AddAll(State* state, ReadOnlySpan<double> values, double shift)
    {
        // Two independent chains of four keep the adders busy.
        Vector256<double> x1 = default, x1Rest = default, xx1 = default, xx1Rest = default;
        Vector256<double> x2 = default, x2Rest = default, xx2 = default, xx2Rest = default;
        var shifts = Vector256.Create(shift);
        var row = 0;
        for (; row + 8 <= values.Length; row += 8)
        {
            var value = Vector256.Create(values[row..]) - shifts;
            Add(ref x1, ref x1Rest, value);
            Add(ref xx1, ref xx1Rest, value * value);
            value = Vector256.Create(values[(row + 4)..]) - shifts;
            Add(ref x2, ref x2Rest, value);
            Add(ref xx2, ref xx2Rest, value * value);
        }

        for (var lane = 0; lane < 4; lane++)
        {
            Add(ref state->X, ref state->XRest, x1[lane], x1Rest[lane]);
            Add(ref state->X, ref state->XRest, x2[lane], x2Rest[lane]);
            Add(ref state->XX, ref state->XXRest, xx1[lane], xx1Rest[lane]);
            Add(ref state->XX, ref state->XXRest, xx2[lane], xx2Rest[lane]);
        }

        for (; row < values.Length; row++)
        {
            Add(state, values[row] - shift);
        }
    }

    [UnmanagedCallersOnly]
    private static void Combine(nint function, State** sources, State** targets, ulong count)
    {
        for (var index = 0UL; index < count; index++)
        {
            var source = sources[index];
            var target = targets[index];
            Add(ref target->X, ref target->XRest, source->X, source->XRest);
            Add(ref target->XX, ref target->XXRest, source->XX, source->XXRest);
        }
    }

    [UnmanagedCallersOnly]
    private static void Finish(nint function, State** sources, nint result, ulong count, ulong offset)
    {
        var x = (double*)duckdb_vector_get_data(duckdb_struct_vector_get_child(result, 0)) + offset;
        var xx = (double*)duckdb_vector_get_data(duckdb_struct_vector_get_child(result, 1)) + offset;
        for (var index = 0UL; index < count; index++)
        {
            x[index] = sources[index]->X + sources[index]->XRest;
            xx[index] = sources[index]->XX + sources[index]->XXRest;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(State* state, double value)
    {
        Add(ref state->X, ref state->XRest, value, 0);
        Add(ref state->XX, ref state->XXRest, value * value, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref double sum, ref double rest, double value, double valueRest)
    {
        var total = sum + value;
        var part = total - sum;
        rest += (sum - (total - part)) + (value - part) + valueRest;
        sum = total;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref Vector256<double> sum, ref Vector256<double> rest, Vector256<double> value)
    {
        var total = sum + value;
        var part = total - sum;
        rest += (sum - (total - part)) + (value - part);
        sum = total;
    }

    [LibraryImport(Library)]
    private static partial nint duckdb_create_aggregate_function();

    [LibraryImport(Library)]
    private static partial void duckdb_destroy_aggregate_function(ref nint function);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial void duckdb_aggregate_function_set_name(nint function, string name);

    [LibraryImport(Library)]
    private static partial void duckdb_aggregate_function_add_parameter(nint function, nint type);

    [LibraryImport(Library)]
    private static partial void duckdb_aggregate_function_set_return_type(nint function, nint type);

    [LibraryImport(Library)]
    private static partial void duckdb_aggregate_function_set_functions(
        nint function,
        delegate* unmanaged<nint, ulong> stateSize,
        delegate* unmanaged<nint, State*, void> begin,
        delegate* unmanaged<nint, nint, State**, void> update,
        delegate* unmanaged<nint, State**, State**, ulong, void> combine,
        delegate* unmanaged<nint, State**, nint, ulong, ulong, void> finish);

    [LibraryImport(Library)]
    private static partial int duckdb_register_aggregate_function(nint connection, nint function);

    [LibraryImport(Library)]
    private static partial nint duckdb_create_logical_type(int type);

    [LibraryImport(Library)]
    private static partial void duckdb_destroy_logical_type(ref nint type);

    [LibraryImport(Library)]
    private static partial nint duckdb_create_struct_type(nint* types, nint* names, ulong count);

    [LibraryImport(Library)]
    private static partial ulong duckdb_data_chunk_get_size(nint chunk);

    [LibraryImport(Library)]
    private static partial nint duckdb_data_chunk_get_vector(nint chunk, ulong index);

    [LibraryImport(Library)]
    private static partial void* duckdb_vector_get_data(nint vector);

    [LibraryImport(Library)]
    private static partial ulong* duckdb_vector_get_validity(nint vector);

    [LibraryImport(Library)]
    private static partial nint duckdb_struct_vector_get_child(nint vector, ulong index);
}
