using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Rules;

namespace Exchange.Engines.DuckDb;

/// <summary>Further statements of a fragment, about the cells that its first one computed.</summary>
internal sealed class DuckDbScans(DuckDbSession session, ApprovedFragment fragment, FragmentSql sql, IReadOnlyList<RawCell> cells, CancellationToken cancellationToken) : ICellScans
{
    /// <summary>Most cells that a statement names; with more of them, or the greater part, it counts them all.</summary>
    private const int NamedCellsMax = 200;

    private const int ColumnsPerContribution = 8;

    /// <summary>More of squares.</summary>
    private const int ColumnsPerSquare = 5;

    private readonly Lazy<Dictionary<CellKey, int>> _indexes = new(() => cells.Select((cell, index) => (cell, index)).ToDictionary(pair => new CellKey(pair.cell.Key), pair => pair.index));

    public IReadOnlyList<Atom>? ReadAtoms()
    {
        var parameters = new SqlText();
        var text = sql.WriteAtoms(parameters);
        return session.Query(text, parameters.Values, Read, cancellationToken);

        List<Atom>? Read(DuckDbRows reader)
        {
            var atoms = new List<Atom>();
            while (reader.Read())
            {
                if (atoms.Count == CellChecks.AtomsMax)
                {
                    return null;
                }

                var column = fragment.Keys.Count;
                var (pattern, rows) = ((ulong)reader.GetInt64(column++), reader.GetInt64(column++));
                double[] gross = [.. fragment.Audit!.Kinds.Select(kind => kind.Contribution < 0 ? 0 : Sum(reader, column++))];
                atoms.Add(new Atom(_indexes.Value[new CellKey(DuckDbEngine.ReadKey(reader, fragment))], pattern, rows, gross));
            }

            return atoms;
        }
    }

    public IReadOnlyDictionary<int, UnitCount[]> Recount(IReadOnlyCollection<int> wanted, IReadOnlyList<Figure> figures)
    {
        var parameters = new SqlText();
        var named = fragment.Keys.Count > 0 && wanted.Count <= NamedCellsMax && wanted.Count * 2 <= cells.Count;
        var text = sql.WriteRecount(parameters, figures, named ? [.. wanted.Select(index => cells[index].Key)] : null);
        return session.Query(text, parameters.Values, Read, cancellationToken);

        Dictionary<int, UnitCount[]> Read(DuckDbRows reader)
        {
            var counts = new Dictionary<int, UnitCount[]>();
            while (reader.Read())
            {
                var column = fragment.Keys.Count;
                var of = new UnitCount[figures.Count];
                for (var index = 0; index < of.Length; index++)
                {
                    var contribution = figures[index].Contribution;
                    var isSquare = contribution is { Root.Count: > 0 };
                    of[index] = new UnitCount(reader.GetInt64(column), contribution is null ? null : ReadTotals(reader, column + 1) with
                    {
                        Rows = isSquare ? ReadRows(reader, column + ColumnsPerContribution) : null,
                    });
                    column += contribution is null ? 1 : ColumnsPerContribution + (isSquare ? ColumnsPerSquare : 0);
                }

                counts.Add(_indexes.Value[new CellKey(DuckDbEngine.ReadKey(reader, fragment))], of);
            }

            return counts;
        }
    }

    public IReadOnlyDictionary<int, List<UnitBin>>? ReadBins(IReadOnlyCollection<int> wanted, ApprovedAggregate aggregate, bool rowsAreUnits)
    {
        var (parameters, asked) = (new SqlText(), wanted.ToHashSet());
        var text = sql.WriteBins(parameters, aggregate, rowsAreUnits);
        return session.Query(text, parameters.Values, Read, cancellationToken);

        Dictionary<int, List<UnitBin>>? Read(DuckDbRows reader)
        {
            var (bins, count, grid) = (new Dictionary<int, List<UnitBin>>(), 0, aggregate.Grid!);
            while (reader.Read())
            {
                if (count++ == CellChecks.UnitBinsMax)
                {
                    return null;
                }

                var (cell, column) = (_indexes.Value[new CellKey(DuckDbEngine.ReadKey(reader, fragment))], fragment.Keys.Count);
                if (!asked.Contains(cell))
                {
                    continue;
                }

                if (!bins.TryGetValue(cell, out var of))
                {
                    bins.Add(cell, of = []);
                }

                of.Add(new UnitBin(
                    grid.BinOf(reader.GetDouble(column) * grid.Step), reader.GetInt64(column + 1), reader.GetInt64(column + 2), reader.GetDouble(column + 3), reader.GetDouble(column + 4)));
            }

            return bins;
        }
    }

    private static UnitTotals ReadTotals(DuckDbRows reader, int column) => new(
        Sum(reader, column), Sum(reader, column + 1), Sum(reader, column + 2), Sum(reader, column + 3), Sum(reader, column + 4),
        reader.GetInt64(column + 5), reader.IsNull(column + 6) || reader.GetBoolean(column + 6));

    private static RowDeviations ReadRows(DuckDbRows reader, int column) => new(
        reader.IsNull(column) ? 0 : reader.GetInt64(column), Sum(reader, column + 1), Sum(reader, column + 2), Sum(reader, column + 3), Sum(reader, column + 4));

    /// <summary>A sum over no value is NULL in SQL and zero here.</summary>
    private static double Sum(DuckDbRows reader, int column) => reader.IsNull(column) ? 0 : reader.GetDouble(column);
}
