using System.Runtime.InteropServices;
using DuckDB.NET.Native;

namespace Exchange.Engines.DuckDb.Units;

/// <summary>
/// The aggregate <c>exchange_collect(session BIGINT, unit BIGINT or VARCHAR, figure DOUBLE, …) → BIGINT</c>: puts every row of a group into the
/// <see cref="UnitCollector"/> of the session and returns the number that the group has there, from 1; 0 of a group without rows. The state
/// of a group is where it stands in the collector, so whatever the keys are DuckDB itself tells the groups apart.
/// </summary>
internal static unsafe class CollectFunction
{
    /// <summary>What the statements call it.</summary>
    public const string Name = "exchange_collect";

    /// <summary>Most figures of a statement.</summary>
    public const int FiguresMax = 8;

    /// <summary>Makes the function known to an instance.</summary>
    /// <exception cref="DuckDbError">DuckDB did not take it.</exception>
    public static void Register(DuckDBNativeConnection connection) => AggregateFunctions.Register(
        connection, Name,
        from unit in new[] { DuckDBType.BigInt, DuckDBType.Varchar }
        from figures in Enumerable.Range(0, FiguresMax + 1)
        select (DuckDBType[])[DuckDBType.BigInt, unit, .. Enumerable.Repeat(DuckDBType.Double, figures)],
        AggregateFunctions.TypeOf(DuckDBType.BigInt), new(&StateSize, &Begin, &Update, &Combine, &Finish));

    [UnmanagedCallersOnly]
    private static ulong StateSize(nint function) => (ulong)sizeof(CollectedGroup*);

    [UnmanagedCallersOnly]
    private static void Begin(nint function, void* state) => *(CollectedGroup**)state = null;

    [UnmanagedCallersOnly]
    private static void Update(nint function, nint chunk, void** states)
    {
        try
        {
            if (AggregateFunctions.RowsOf(chunk) > 0)
            {
                UnitCollector.Of(*(long*)AggregateFunctions.ColumnOf(chunk, 0).Values).Lane().Add(chunk, (CollectedGroup***)states);
            }
        }
        catch (Exception error)
        {
            AggregateFunctions.Fail(function, error.Message);
        }
    }

    [UnmanagedCallersOnly]
    private static void Combine(nint function, void** sources, void** targets, ulong count)
    {
        for (var index = 0UL; index < count; index++)
        {
            var source = *(CollectedGroup**)sources[index];
            var target = (CollectedGroup**)targets[index];
            if (*target is null)
            {
                *target = source;
            }
            else if (source is not null)
            {
                source->Same = *target;
            }
        }
    }

    [UnmanagedCallersOnly]
    private static void Finish(nint function, void** sources, nint result, ulong count, ulong offset)
    {
        var numbers = (long*)AggregateFunctions.ValuesOf(result) + offset;
        for (var index = 0UL; index < count; index++)
        {
            var group = *(CollectedGroup**)sources[index];
            numbers[index] = group is null ? 0 : group->GiveNumber();
        }
    }
}
