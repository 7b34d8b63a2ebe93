using Exchange.Protocol.Errors;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Rules;
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

    private sealed class CollectedCell(RawCell cell) : VisitedCell
    {
        public override bool IsNull(int key) => cell.Key[key] is null;

        public override long WholeAt(int key) => (long)cell.Key[key]!;

        public override double DoubleAt(int key) => (double)cell.Key[key]!;

        public override string TextAt(int key) => (string)cell.Key[key]!;

        public override PartialState StateAt(int aggregate) => cell.States[aggregate];
    }

    private sealed record Cell(long[] SupportRows, Accumulator[] States, double[] Gross);

    public string Name => EngineName;

    /// <summary>Where its own parts are.</summary>
    public string Folder => folder;

    /// <summary>File of a part.</summary>
    public string FileOf(string part) => Path.Combine(folder, part + ".sqlite");

    public Task<RawAggregate> RunAsync(ApprovedFragment fragment, DatasetSource source, CancellationToken cancellationToken) =>
        EngineThreads.RunAsync(
            () => fragment is { Bounds: not null, Product.Unit: not null }
                ? new BoundedUnits(fragment).Fold(Run(BoundedScan.ByUnit(fragment), source, cancellationToken).Cells)
                : Run(fragment, source, cancellationToken),
            cancellationToken);

    public async Task VisitAsync(ApprovedFragment fragment, DatasetSource source, Action<VisitedCell> visit, CancellationToken cancellationToken)
    {
        // Groups are collected here, so all cells are there before the first is handed over.
        foreach (var cell in (await RunAsync(fragment, source, cancellationToken).ConfigureAwait(false)).Cells)
        {
            visit(new CollectedCell(cell));
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Deletes parts that nobody reads.</summary>
    public void Drop(Predicate<string> unread)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        foreach (var file in Directory.EnumerateFiles(folder).Where(file => unread(Path.GetFileName(file).Split('.')[0])))
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
            var cells = ScanCells(compiled, tables, fragment, source, cancellationToken);
            var rule = new UnitRule(fragment, source);
            var keys = cells.Keys.ToList();
            var scans = new SqliteScans(compiled, fragment, tables, keys, cancellationToken);
            RawCell[] raw = [.. keys.Select(key => Finish(fragment, compiled, key, cells[key]))];
            CountUnits(raw, fragment, rule, scans);
            return new RawAggregate(new CellChecks(fragment, rule, scans).Complete(raw));
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

    private static RawCell Finish(ApprovedFragment fragment, CompiledFragment compiled, GroupKey key, Cell cell)
    {
        PartialState[] states = [.. cell.States.Select(state => state.State)];
        return new RawCell(
            [.. key.Parts.Select((part, index) => part.ToKey(compiled.Keys[index]))],
            states,
            [.. cell.SupportRows.Select(rows => new SupportCount(rows, null))],
            [.. cell.Gross.Select((gross, index) => fragment.Contributions[index].SumOf >= 0 ? CellChecks.TotalOf(fragment, index, states) : new GrossTotal(gross, null))],
            []);
    }

    /// <summary>Distinct units of the supports of small cells, in a second scan of the same transaction.</summary>
    private static void CountUnits(RawCell[] cells, ApprovedFragment fragment, UnitRule rule, SqliteScans scans)
    {
        var small = Enumerable.Range(0, cells.Length).Where(index => rule.NeedsCount(cells[index].Supports)).ToList();
        if (small.Count == 0)
        {
            return;
        }

        var counts = fragment.Product.Unit is null ? null : scans.Recount(small, [.. fragment.Supports.Select(support => new Figure(support, null))]);
        foreach (var index in small)
        {
            var supports = cells[index].Supports;
            cells[index] = cells[index] with
            {
                Supports = counts is null ? rule.EachRowAUnit(supports) : rule.WithUnits(supports, [.. counts[index].Select(count => count.Units)]),
            };
        }
    }

    private static Dictionary<GroupKey, Cell> ScanCells(
        CompiledFragment fragment, IReadOnlyList<SqliteTable> tables, ApprovedFragment approved, DatasetSource source, CancellationToken cancellationToken)
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
                    if (cells.Count == approved.CellsMax)
                    {
                        if (approved.Bounds is not null)
                        {
                            continue;
                        }

                        throw CellBound.Exceeded(approved.CellsMax);
                    }

                    cells.Add(key.Copy(), cell = new Cell(new long[fragment.Supports.Length], new Accumulator[fragment.Aggregates.Length], new double[fragment.Contributions.Length]));
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

        for (var index = 0; index < cell.Gross.Length; index++)
        {
            // What a state tells is not added up twice.
            if (fragment.Contributions[index] is { } contribution && contribution.Condition?.IsTrue() != false && contribution.Value.TryReal(out var value))
            {
                cell.Gross[index] += Math.Abs(value);
            }
        }
    }
}
