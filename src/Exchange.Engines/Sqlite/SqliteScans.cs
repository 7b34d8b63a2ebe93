using Exchange.Engines.Sqlite.Evaluation;
using Exchange.Query.Approval;

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
        Scalar?[] values = [.. audit.Kinds.Select(kind => kind.Contribution < 0 ? null : compiled.Optional(fragment.Contributions[kind.Contribution].Value))];
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
        Scalar?[] values = [.. figures.Select(figure => compiled.Optional(figure.Contribution?.Value))];
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
                    of[index].Add(unit, value);
                }
            }
        }

        return tallies.ToDictionary(tally => tally.Key, tally => tally.Value.Select(figure => figure.Count).ToArray());
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
