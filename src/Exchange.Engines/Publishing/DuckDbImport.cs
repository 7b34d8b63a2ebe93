using System.Globalization;
using DuckDB.NET.Data;
using DuckDB.NET.Native;
using Exchange.Engines.DuckDb;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;

namespace Exchange.Engines.Publishing;

/// <summary>
/// Writes one part. Runs in a DuckDB instance of its own, the only kind that may read outside the node's folder, and ends with it.
/// Until <see cref="Keep"/> the part's file is deleted at the end, so whatever interrupts the import leaves nothing.
/// </summary>
internal sealed class DuckDbImport : IDisposable
{
    private const string Alias = "part";
    private const string Rows = "part.main.\"rows\"";

    private readonly IReadOnlyList<StoredColumn> _columns;
    private readonly Magnitudes _magnitudes;
    private readonly string _file;
    private readonly DuckDbSession _session;
    private bool _kept;

    public DuckDbImport(DuckDbDatabase database, string part, IReadOnlyList<StoredColumn> columns, Magnitudes magnitudes, CancellationToken cancellationToken)
    {
        (_columns, _magnitudes) = (columns, magnitudes);
        _file = database.FileOf(part);
        _session = new DuckDbSession(database.OpenInstance());
        // No answer depends on the order of rows, and threads that need not keep it load faster.
        Run(() => _session.Execute("SET preserve_insertion_order = false", cancellationToken));
        Run(() => _session.Execute($"ATTACH {SqlText.Literal(_file)} AS {Alias}", cancellationToken));
        OwnedFolder.Protect(_file);
        for (var index = 0; index < columns.Count; index++)
        {
            if (columns[index].Domain.Count > 0)
            {
                Run(() => _session.Execute($"CREATE TYPE {EnumOf(index)} AS ENUM ({string.Join(", ", columns[index].Domain.Select(SqlText.Literal))})", cancellationToken));
            }
        }
    }

    /// <summary>The instance it runs in, which may read the source.</summary>
    public DuckDbSession Session => _session;

    /// <summary>
    /// Loads a source that may break rules. False, with nothing stored, when a field cannot be read or breaks one, or the rows are doubted
    /// by who else looks at them: the caller then looks row by row.
    /// </summary>
    public bool TryLoad(DuckDbSelect source, Func<long, bool> doubts, CancellationToken cancellationToken)
    {
        try
        {
            Create(source, cancellationToken);
        }
        catch (DuckDBException error) when (error.ErrorType is not (DuckDBErrorType.Io or DuckDBErrorType.OutOfMemory or DuckDBErrorType.Permission or DuckDBErrorType.Fatal or DuckDBErrorType.Internal))
        {
            return false;
        }
        catch (DuckDBException error)
        {
            throw DuckDbFailure.From(error);
        }

        var seen = Look(cancellationToken);
        if (seen.Broken == 0 && !doubts(seen.Rows))
        {
            Take(seen);
            return true;
        }

        Run(() => _session.Execute($"DROP TABLE {Rows}", cancellationToken));
        return false;
    }

    /// <summary>Loads checked rows.</summary>
    public void LoadClean(string file, long rowCount, CancellationToken cancellationToken)
    {
        Run(() => Create(DuckDbSelect.OfClean(file, _columns), cancellationToken));
        Take(Look(cancellationToken));
        if (RowCount != rowCount)
        {
            throw new InvalidOperationException("The engine stored another number of rows than were checked.");
        }
    }

    /// <summary>Rows of the part.</summary>
    public long RowCount { get; private set; }

    /// <summary>The most rows of one unit over the part and the parts before it; rows without a unit id are one unit.</summary>
    public long MaxRowsPerUnit(string unit, IReadOnlyList<string> baseFiles, CancellationToken cancellationToken)
    {
        for (var index = 0; index < baseFiles.Count; index++)
        {
            var attach = string.Create(CultureInfo.InvariantCulture, $"ATTACH {SqlText.Literal(baseFiles[index])} AS base{index} (READ_ONLY)");
            Run(() => _session.Execute(attach, cancellationToken));
        }

        var column = SqlText.Identifier(unit);
        var tables = baseFiles.Select((_, index) => string.Create(CultureInfo.InvariantCulture, $"base{index}.main.\"rows\"")).Prepend(Rows);
        var union = string.Join(" UNION ALL ", tables.Select(table => $"SELECT {column} AS u FROM {table}"));
        return Run(() => _session.QueryOnce($"SELECT max(n) FROM (SELECT count(*) AS n FROM ({union}) AS r GROUP BY u) AS counts", First, cancellationToken));
    }

    /// <summary>Makes the part complete on disk; it stays.</summary>
    public void Keep(CancellationToken cancellationToken)
    {
        Run(() => _session.Execute($"DETACH {Alias}", cancellationToken));
        _kept = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        if (!_kept)
        {
            File.Delete(_file);
            File.Delete(_file + ".wal");
        }
    }

    private static long First(DuckDBDataReader reader) => reader.Read() && !reader.IsDBNull(0) ? reader.GetInt64(0) : 0;

    private static T Run<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (DuckDBException error)
        {
            throw DuckDbFailure.From(error);
        }
    }

    private static void Run(Action call) => Run(() =>
    {
        call();
        return true;
    });

    private static string EnumOf(int index) => string.Create(CultureInfo.InvariantCulture, $"{Alias}.e{index}");

    /// <summary>A text with a domain is stored as its number in it, which groups three times faster.</summary>
    private void Create(DuckDbSelect source, CancellationToken cancellationToken)
    {
        var outputs = _columns.Select((column, index) =>
            (column.Domain.Count > 0 ? $"CAST({source.Expressions[index]} AS {EnumOf(index)})" : source.Expressions[index]) + " AS " + SqlText.Identifier(column.Name));
        _session.Execute($"CREATE TABLE {Rows} AS SELECT {string.Join(", ", outputs)} FROM {source.From}", cancellationToken);
    }

    /// <summary>One scan of the part.</summary>
    private Seen Look(CancellationToken cancellationToken)
    {
        var broken = _columns.Select(BrokenCondition).OfType<string>().DefaultIfEmpty("false");
        var largest = _magnitudes.Positions.Select(position => $", max(abs(CAST({SqlText.Identifier(_magnitudes.NameOf(position))} AS DOUBLE)))");
        var statement = $"SELECT count(*), count(*) FILTER (WHERE {string.Join(" OR ", broken)}){string.Concat(largest)} FROM {Rows}";
        return Run(() => _session.QueryOnce(statement, reader =>
        {
            reader.Read();
            return new Seen(
                reader.GetInt64(0), reader.GetInt64(1), [.. _magnitudes.Positions.Select((_, index) => reader.IsDBNull(index + 2) ? 0 : reader.GetDouble(index + 2))]);
        }, cancellationToken));
    }

    private void Take(Seen seen)
    {
        RowCount = seen.Rows;
        for (var index = 0; index < seen.Largest.Count; index++)
        {
            _magnitudes.Add(_magnitudes.Positions[index], seen.Largest[index]);
        }
    }

    private static string? BrokenCondition(StoredColumn column)
    {
        var name = SqlText.Identifier(column.Name);
        List<string> conditions = [];
        if (column.Required)
        {
            conditions.Add($"{name} IS NULL");
        }

        if (column.Type.Kind == TypeKind.Double)
        {
            conditions.Add($"NOT isfinite({name})");
        }
        else if (column.Type.Kind is TypeKind.Date or TypeKind.Timestamp)
        {
            conditions.Add($"{name} NOT BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'");
        }

        if (column.Interval is not null && column.Type.Kind is (TypeKind.Int or TypeKind.Double or TypeKind.Decimal))
        {
            conditions.Add(string.Create(CultureInfo.InvariantCulture, $"CAST({name} AS DOUBLE) NOT BETWEEN CAST('{column.Interval!.Low:R}' AS DOUBLE) AND CAST('{column.Interval.High:R}' AS DOUBLE)"));
        }

        return conditions.Count == 0 ? null : string.Join(" OR ", conditions);
    }

    /// <summary>What a scan of the part saw.</summary>
    /// <param name="Rows">How many rows.</param>
    /// <param name="Broken">How many of them break a rule.</param>
    /// <param name="Largest">The largest values, one per position of the magnitudes.</param>
    private readonly record struct Seen(long Rows, long Broken, IReadOnlyList<double> Largest);
}
