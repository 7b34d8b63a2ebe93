using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

namespace Exchange.Node.SafeTables;

/// <summary>How much of its rows a table does not tell a question, in units.</summary>
/// <param name="CoveredUnits">Units in the cells that the question gets, added up over blocks and cells.</param>
/// <param name="Cells">Cells that it gets.</param>
/// <param name="Share">From 0 to 1: the part of the units that its filter may take and that are in none of the cells.</param>
internal sealed record TableLoss(long CoveredUnits, int Cells, double Share)
{
    /// <summary>Asks the table twice: as the question is, and without its grouping, where a block crosses nothing but the filter.</summary>
    /// <exception cref="Protocol.Errors.ExchangeException">What the question would be refused for.</exception>
    public static TableLoss Of(Fragment fragment, Product product, LiveTable live, int cellsMax)
    {
        var cells = TableAnswers.Answer(fragment, product, live, cellsMax);
        var ungrouped = fragment.Clone();
        ungrouped.GroupBy.Clear();
        var covered = cells.Sum(cell => cell.CoveredUnits);
        return TableAnswers.Answer(ungrouped, product, live, cellsMax) is [var all]
            ? new TableLoss(covered, cells.Count, all.CoveredUnits + all.TouchingUnits is > 0 and var may ? Math.Max(0, 1 - (covered / (double)may)) : 0)
            : new TableLoss(covered, cells.Count, 1);
    }
}
