using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DuckDB.NET.Native;

namespace Exchange.Engines.DuckDb;

/// <summary>
/// The aggregate <c>exchange_grid_sum(value DOUBLE, middle DOUBLE, step DOUBLE, reach DOUBLE) → HUGEINT</c>: the sum of the values' whole numbers on
/// a grid, zero over none. Whatever a value is, it adds a whole number within ±reach, so that no rounding stands between data and noise.
/// DuckDB's own way, two operations and a checked cast of every value and then a sum, takes twice as long. The grid is the same in every row.
/// </summary>
internal static unsafe class GridSumFunction
{
    /// <summary>What the statements call it.</summary>
    public const string Name = "exchange_grid_sum";

    /// <summary>Makes the function known to an instance.</summary>
    /// <exception cref="DuckDbError">DuckDB did not take it.</exception>
    public static void Register(DuckDBNativeConnection connection) => AggregateFunctions.Register(
        connection, Name, [[DuckDBType.Double, DuckDBType.Double, DuckDBType.Double, DuckDBType.Double]], AggregateFunctions.TypeOf(DuckDBType.HugeInt), new(&StateSize, &Begin, &Update, &Combine, &Finish));

    /// <summary>The whole number of a place on the grid: the nearest, of two the even one, within ±reach. What is no number has the largest, as in every engine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long NumberAt(double place, double reach) =>
        double.ConvertToIntegerNative<long>(!(place < reach) ? reach : place > -reach ? Math.Round(place) : -reach);

    /// <summary>128 bits, as DuckDB lays them out, in memory that it aligns to 64.</summary>
    private struct Sum
    {
        public ulong Low;
        public long High;
    }

    [UnmanagedCallersOnly]
    private static ulong StateSize(nint function) => (ulong)sizeof(Sum);

    [UnmanagedCallersOnly]
    private static void Begin(nint function, void* state) => *(Sum*)state = default;

    [UnmanagedCallersOnly]
    private static void Update(nint function, nint chunk, void** states)
    {
        var rows = AggregateFunctions.RowsOf(chunk);
        if (rows == 0)
        {
            return;
        }

        var (first, bits) = AggregateFunctions.ColumnOf(chunk, 0);
        var values = (double*)first;
        var valid = (ulong*)bits;
        var (middle, step, reach) = (OfAll(chunk, 1), OfAll(chunk, 2), OfAll(chunk, 3));
        for (var row = 0; row < rows; row++)
        {
            if (AggregateFunctions.IsValid(valid, row))
            {
                var number = NumberAt((values[row] - middle) / step, reach);
                Add((Sum*)states[row], (ulong)number, number >> 63);
            }
        }
    }

    private static double OfAll(nint chunk, int column) => *(double*)AggregateFunctions.ColumnOf(chunk, column).Values;

    [UnmanagedCallersOnly]
    private static void Combine(nint function, void** sources, void** targets, ulong count)
    {
        for (var index = 0UL; index < count; index++)
        {
            var source = (Sum*)sources[index];
            Add((Sum*)targets[index], source->Low, source->High);
        }
    }

    [UnmanagedCallersOnly]
    private static void Finish(nint function, void** sources, nint result, ulong count, ulong offset)
    {
        var sums = (Sum*)AggregateFunctions.ValuesOf(result) + offset;
        for (var index = 0UL; index < count; index++)
        {
            sums[index] = *(Sum*)sources[index];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(Sum* sum, ulong low, long high)
    {
        var total = sum->Low + low;
        sum->High += high + (total < low ? 1 : 0);
        sum->Low = total;
    }
}
