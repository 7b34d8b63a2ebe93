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
internal static unsafe class MomentsFunction
{
    /// <summary>What the statements call it.</summary>
    public const string Name = "exchange_moments";

    /// <summary>Makes the function known to an instance.</summary>
    /// <exception cref="DuckDbError">DuckDB did not take it.</exception>
    public static void Register(DuckDBNativeConnection connection) => AggregateFunctions.Register(
        connection, Name, [[DuckDBType.Double, DuckDBType.Double]], AggregateFunctions.StructOf(["x", "xx"]), new(&StateSize, &Begin, &Update, &Combine, &Finish));

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
    private static void Begin(nint function, void* state) => *(State*)state = default;

    [UnmanagedCallersOnly]
    private static void Update(nint function, nint chunk, void** states)
    {
        var rows = AggregateFunctions.RowsOf(chunk);
        if (rows == 0)
        {
            return;
        }

        var (first, bits) = AggregateFunctions.ColumnOf(chunk, 0);
        var values = new ReadOnlySpan<double>((void*)first, rows);
        var valid = (ulong*)bits;
        var shift = *(double*)AggregateFunctions.ColumnOf(chunk, 1).Values;
        if (valid is null && new ReadOnlySpan<nint>(states, rows).IndexOfAnyExcept((nint)states[0]) < 0)
        {
            AddAll((State*)states[0], values, shift);
            return;
        }

        for (var row = 0; row < rows; row++)
        {
            if (AggregateFunctions.IsValid(valid, row))
            {
                Add((State*)states[row], values[row] - shift);
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
    private static void Combine(nint function, void** sources, void** targets, ulong count)
    {
        for (var index = 0UL; index < count; index++)
        {
            var source = (State*)sources[index];
            var target = (State*)targets[index];
            Add(ref target->X, ref target->XRest, source->X, source->XRest);
            Add(ref target->XX, ref target->XXRest, source->XX, source->XXRest);
        }
    }

    [UnmanagedCallersOnly]
    private static void Finish(nint function, void** sources, nint result, ulong count, ulong offset)
    {
        var x = (double*)AggregateFunctions.ValuesOf(AggregateFunctions.FieldOf(result, 0)) + offset;
        var xx = (double*)AggregateFunctions.ValuesOf(AggregateFunctions.FieldOf(result, 1)) + offset;
        for (var index = 0UL; index < count; index++)
        {
            var state = (State*)sources[index];
            x[index] = state->X + state->XRest;
            xx[index] = state->XX + state->XXRest;
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
}
