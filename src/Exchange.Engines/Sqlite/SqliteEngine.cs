using Exchange.Protocol.Errors;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Microsoft.Data.Sqlite;

namespace Exchange.Engines.Sqlite;

/// <summary>
/// Runs fragments over attached SQLite tables and over parts of our own. SQLite reads, in one transaction per file; conditions,
/// groups and sums are computed here, which is exact where SQLite is not and groups by texts two to three times faster.
/// </summary>
internal sealed class SqliteEngine(string folder) : IQueryEngine
{
    public const string EngineName = "sqlite";

    /// <summary>Location of its own parts: their folder, relative to the node's data folder.</summary>
    public const string Location = "sqlite";

    /// <summary>Table of a part file.</summary>
    public const string PartTable = "rows";

    private sealed record Cell(long[] SupportRows, Accumulator[] States);

    public string Name => EngineName;

    /// <summary>Where its own parts are.</summary>
    public string Folder => folder;

    /// <summary>File of a part.</summary>
    public string FileOf(string part) => Path.Combine(folder, part + ".sqlite");

    public Task<RawAggregate> RunAsync(ApprovedFragment fragment, DatasetSource source, CancellationToken cancellationToken) =>
        EngineThreads.RunAsync(() => Run(fragment, source, cancellationToken), cancellationToken);

    public async Task VisitAsync(ApprovedFragment fragment, DatasetSource source, Action<RawCell> visit, CancellationToken cancellationToken)
    {
        // Groups are collected here, so all cells are there before the first is handed over.
        foreach (var cell in (await RunAsync(fragment, source, cancellationToken).ConfigureAwait(false)).Cells)
        {
            visit(cell);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Deletes every part but those.</summary>
    public void DropAllBut(IReadOnlySet<string> parts)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var file in Directory.EnumerateFiles(folder).Where(file => !parts.Contains(Path.GetFileName(file).Split('.')[0])))
        {
            File.Delete(file);
        }
    }

    /// <summary>Opens the tables of a source; an attached one is refused unless it is what was published.</summary>
    public IReadOnlyList<SqliteTable> Open(DatasetSource source)
    {
        var tables = new List<SqliteTable>();
        try
        {
            foreach (var part in source.Parts)
            {
                tables.Add(source.Attached ? OpenAttached(source, part) : OpenPart(part));
            }

            return tables;
        }
        catch
        {
            tables.ForEach(table => table.Dispose());
            throw;
        }
    }

    private static SqliteTable OpenAttached(DatasetSource source, string table)
    {
        if (!File.Exists(source.Location))
        {
            throw SourceStamps.Changed();
        }

        var opened = new SqliteTable(source.Location, table);
        try
        {
            SourceStamps.EnsureUnchanged(source.Location, source.Stamp!);
            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    private SqliteTable OpenPart(string part) => File.Exists(FileOf(part)) ? new SqliteTable(FileOf(part), PartTable)
        : throw Reasons.StorageFailed.Because("A stored part of the dataset is missing from the node's data folder.", "Restore the folder from a backup, or publish the dataset again.");

    private RawAggregate Run(ApprovedFragment fragment, DatasetSource source, CancellationToken cancellationToken)
    {
        var compiled = new CompiledFragment(fragment, source.Attached);
        var tables = Open(source);
        try
        {
            var cells = ScanCells(compiled, tables, fragment.CellsMax, source, cancellationToken);
            var rule = new UnitRule(fragment, source);
            var supports = cells.ToDictionary(cell => cell.Key, cell => cell.Value.SupportRows.Select(rows => new SupportCount(rows, null)).ToArray());
            var small = supports.Where(cell => rule.NeedsCount(cell.Value)).Select(cell => cell.Key).ToList();
            if (small.Count > 0)
            {
                var units = compiled.Unit is null ? null : ScanUnits(compiled, tables, small, cancellationToken);
                foreach (var key in small)
                {
                    supports[key] = units is null ? rule.EachRowAUnit(supports[key]) : rule.WithUnits(supports[key], [.. units[key].Select(set => (long)set.Count)]);
                }
            }

            return new RawAggregate([.. cells.Select(cell => new RawCell(
                [.. cell.Key.Parts.Select((part, index) => part.ToKey(compiled.Keys[index]))],
                [.. cell.Value.States.Select(state => state.State)],
                supports[cell.Key]))]);
        }
        catch (OverflowException error)
        {
            throw new ExchangeException(Reasons.EngineFailed, "A number computed by the query is too large for its type.", "Compute with double, or with smaller numbers.", error);
        }
        catch (SqliteException error)
        {
            throw SqliteTable.Failure(error);
        }
        finally
        {
            foreach (var table in tables)
            {
                table.Dispose();
            }
        }
    }

    private static Dictionary<GroupKey, Cell> ScanCells(
        CompiledFragment fragment, IReadOnlyList<SqliteTable> tables, int cellsMax, DatasetSource source, CancellationToken cancellationToken)
    {
        var cells = new Dictionary<GroupKey, Cell>();
        var key = new GroupKey(new KeyPart[fragment.Keys.Length]);
        foreach (var table in tables)
        {
            using var scan = fragment.Scan(table);
            while (scan.Read(cancellationToken))
            {
                if (fragment.Where?.IsTrue() == false)
                {
                    continue;
                }

                fragment.ReadKey(key);
                if (!cells.TryGetValue(key, out var cell))
                {
                    if (cells.Count == cellsMax)
                    {
                        throw CellBound.Exceeded(cellsMax);
                    }

                    cells.Add(key.Copy(), cell = new Cell(new long[fragment.Supports.Length], new Accumulator[fragment.Aggregates.Length]));
                }

                Add(fragment, cell);
            }

            // A change that kept size and time, such as one within the clock's grain, mostly shows here.
            if (source.Stamp is not null && scan.RowCount != source.Stamp.RowCount)
            {
                throw SourceStamps.Changed();
            }
        }

        return cells;
    }

    private static void Add(CompiledFragment fragment, Cell cell)
    {
        for (var index = 0; index < cell.States.Length; index++)
        {
            cell.States[index].Add(fragment.Aggregates[index]);
        }

        for (var index = 0; index < cell.SupportRows.Length; index++)
        {
            cell.SupportRows[index] += fragment.Supports[index]?.IsTrue() == false ? 0 : 1;
        }
    }

    /// <summary>Distinct units of each support of those cells, in a second scan of the same transaction.</summary>
    private static Dictionary<GroupKey, HashSet<KeyPart>[]> ScanUnits(
        CompiledFragment fragment, IReadOnlyList<SqliteTable> tables, IReadOnlyList<GroupKey> small, CancellationToken cancellationToken)
    {
        var units = small.ToDictionary(cell => cell, _ => fragment.Supports.Select(_ => new HashSet<KeyPart>()).ToArray());
        var key = new GroupKey(new KeyPart[fragment.Keys.Length]);
        foreach (var table in tables)
        {
            using var scan = fragment.Scan(table);
            while (scan.Read(cancellationToken))
            {
                if (fragment.Where?.IsTrue() == false)
                {
                    continue;
                }

                fragment.ReadKey(key);
                if (!units.TryGetValue(key, out var sets))
                {
                    continue;
                }

                var unit = KeyPart.Of(fragment.Unit!);
                for (var index = 0; index < sets.Length; index++)
                {
                    if (fragment.Supports[index]?.IsTrue() != false)
                    {
                        sets[index].Add(unit);
                    }
                }
            }
        }

        return units;
    }
}
