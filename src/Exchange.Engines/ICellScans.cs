using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Rules;

namespace Exchange.Engines;

/// <summary>Further scans over the rows of cells that are already computed; cells are named by their index.</summary>
internal interface ICellScans
{
    /// <summary>
    /// The atoms of every cell: rows by which conditions of the fragment's audit they fulfil. At most
    /// <see cref="CellChecks.AtomsMax"/> in all, or null.
    /// </summary>
    IReadOnlyList<Atom>? ReadAtoms();

    /// <summary>Counts figures exactly, by unit; one list per cell that was asked for.</summary>
    IReadOnlyDictionary<int, UnitCount[]> Recount(IReadOnlyCollection<int> cells, IReadOnlyList<Figure> figures);

    /// <summary>
    /// What the units have in each bin of an aggregate's grid, by cell: of every unit, or where rows are units, all together. At most
    /// <see cref="CellChecks.UnitBinsMax"/> in all, or null.
    /// </summary>
    IReadOnlyDictionary<int, List<UnitBin>>? ReadBins(IReadOnlyCollection<int> cells, ApprovedAggregate aggregate, bool rowsAreUnits);
}

/// <summary>Rows of a cell that fulfil the same conditions.</summary>
/// <param name="Cell">Index of the cell.</param>
/// <param name="Pattern">Bit i: they fulfil condition i.</param>
/// <param name="Rows">How many.</param>
/// <param name="Gross">Σ|x| for each kind of the audit; zero for counts.</param>
internal sealed record Atom(int Cell, ulong Pattern, long Rows, double[] Gross);

/// <summary>What is to be counted by unit.</summary>
/// <param name="Condition">Rows that count; null for all.</param>
/// <param name="Contribution">What is added up; null for the units alone.</param>
internal sealed record Figure(Expression? Condition, Contribution? Contribution);

/// <summary>Units of a figure.</summary>
/// <param name="Units">Distinct units; rows without a unit id are one.</param>
/// <param name="Totals">Of the contribution.</param>
internal sealed record UnitCount(long Units, UnitTotals? Totals);
