using Exchange.Engines.Sqlite.Evaluation;
using Exchange.Query.Approval;
using Exchange.Query.Execution;

namespace Exchange.Engines.Sqlite;

/// <summary>Further scans of the same transaction, about the cells that the first one computed.</summary>
internal sealed class SqliteScans(
    CompiledFragment compiled, ApprovedFragment fragment, IReadOnlyList<SqliteTable> tables, IReadOnlyList<GroupKey> cells, CancellationToken cancellationToken) : ICellScans
{
    private readonly Dictionary<GroupKey, int> _indexes = cells.Select((key, index) => (key, index)).ToDictionary(pair => pair.key, pair => pair.index);

    public IReadOnlyList<Atom>? ReadAtoms()
    {
        var audit = fragment.Audit!;
        Scalar?[] conditions = [.. audit.Conditions.Select(compiled.Optional)];
        RealProduct?[] values = [.. audit.Kinds.Select(kind => kind.Contribution < 0 ? null : compiled.ProductOf(fragment.Contributions[kind.Contribution].Factors))];
        var atoms = new Dictionary<(int Cell, ulong Pattern), (long Rows, double[] Gross)>();
        foreach (var (cell, _) in Rows())
        {
            var pattern = 0UL;
            for (var index = 0; index < conditions.Length; index++)
            {
                pattern |= conditions[index]?.IsTrue() == false ? 0 : 1UL << index;
            }

            ref var atom = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(atoms, (cell, pattern), out var known);
            if (!known && atoms.Count > CellChecks.AtomsMax)
            {
                return null;
            }

            atom = (atom.Rows + 1, atom.Gross ?? new double[values.Length]);
            for (var index = 0; index < values.Length; index++)
            {
                atom.Gross[index] += values[index] is { } scalar && scalar.TryReal(out var value) ? Math.Abs(value) : 0;
            }
        }

        return [.. atoms.Select(atom => new Atom(atom.Key.Cell, atom.Key.Pattern, atom.Value.Rows, atom.Value.Gross))];
    }

    public IReadOnlyDictionary<int, UnitCount[]> Recount(IReadOnlyCollection<int> wanted, IReadOnlyList<Figure> figures)
    {
        Scalar?[] conditions = [.. figures.Select(figure => compiled.Optional(figure.Condition))];
        RealProduct?[] values = [.. figures.Select(figure => figure.Contribution is { } contribution ? compiled.ProductOf(contribution.Factors) : null)];
        RealProduct?[] roots = [.. figures.Select(figure => figure.Contribution is { Root: { Count: > 0 } root } ? compiled.ProductOf(root) : null)];
        var tallies = wanted.ToDictionary(cell => cell, _ => figures.Select(figure => new UnitTally<KeyPart>(figure.Contribution, fragment.Rules)).ToArray());
        foreach (var (cell, row) in Rows())
        {
            if (!tallies.TryGetValue(cell, out var of))
            {
                continue;
            }

            var unit = compiled.Unit is { } scalar ? KeyPart.Of(scalar) : new KeyPart(null, row, false);
            for (var index = 0; index < of.Length; index++)
            {
                if (conditions[index]?.IsTrue() == false)
                {
                    continue;
                }

                var value = 0.0;
                if (values[index]?.TryReal(out value) != false)
                {
                    var root = 0.0;
                    _ = roots[index]?.TryReal(out root);
                    of[index].Add(unit, value, root);
                }
            }
        }

        return tallies.ToDictionary(tally => tally.Key, tally => tally.Value.Select(figure => figure.Count).ToArray());
    }

    public IReadOnlyDictionary<int, List<UnitBin>>? ReadBins(IReadOnlyCollection<int> wanted, ApprovedAggregate aggregate, bool rowsAreUnits)
    {
        var (filter, value, asked) = (compiled.Optional(aggregate.Filter), compiled.Optional(aggregate.Argument)!, wanted.ToHashSet());
        var units = new Dictionary<KeyPart, long>();
        var bins = new Dictionary<(int Cell, int Bin, long Unit), (long Rows, CompensatedSum Sum, double Max)>();
        foreach (var (cell, _) in Rows())
        {
            if (filter?.IsTrue() == false || !value.TryReal(out var number) || !asked.Contains(cell))
            {
                continue;
            }

            var unit = -1L;
            if (!rowsAreUnits && !units.TryGetValue(KeyPart.Of(compiled.Unit!), out unit))
            {
                units.Add(KeyPart.Of(compiled.Unit!), unit = units.Count);
            }

            ref var bin = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(bins, (cell, aggregate.Grid!.BinOf(number), unit), out var known);
            if (!known && bins.Count > CellChecks.UnitBinsMax)
            {
                return null;
            }

            bin.Sum.Add(number);
            (bin.Rows, bin.Max) = (bin.Rows + 1, known ? Math.Max(bin.Max, number) : number);
        }

        return bins.GroupBy(bin => bin.Key.Cell).ToDictionary(
            cell => cell.Key, cell => cell.Select(bin => new UnitBin(bin.Key.Bin, bin.Key.Unit, bin.Value.Rows, bin.Value.Sum.Value, bin.Value.Max)).ToList());
    }

    /// <summary>The rows that count, each with its cell and its number over all tables.</summary>
    private IEnumerable<(int Cell, long Row)> Rows()
    {
        var key = new GroupKey(new KeyPart[compiled.Keys.Length]);
        var row = 0L;
        foreach (var table in tables)
        {
            using var scan = compiled.Scan(table);
            while (scan.Read(cancellationToken))
            {
                row++;
                if (compiled.Where?.IsTrue() == false)
                {
                    continue;
                }

                compiled.ReadKey(key);
                if (_indexes.TryGetValue(key, out var cell))
                {
                    yield return (cell, row);
                }
            }
        }
    }
}
