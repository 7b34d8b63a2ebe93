namespace Exchange.Engines;

/// <summary>Bounds of one node's engines.</summary>
/// <param name="Threads">Threads of DuckDB, at least 1.</param>
/// <param name="MemoryBytes">Memory limit of DuckDB; bounded scans may take half as much beside it.</param>
/// <param name="SmallRowsMax">
/// Up to this many rows a dataset is small, and what surrounds its scan costs more than the scan: DuckDB counts distinct units in the
/// one statement there is instead of planning a second, and runs on the thread that asks instead of one of its own.
/// </param>
public sealed record EngineLimits(int Threads, long MemoryBytes, long SmallRowsMax = 50_000);
