namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Deleting and correcting: the rows go at once, the figures stay, for the difference of two tables is what was deleted. They change once
/// a block's deleted rows pass every rule by themselves and what remains still does; then that difference is a block like any other.
/// Blocks never go, and partitions never change: which would trace the unit.
/// </summary>
public static class DeletionAdmission
{
    /// <param name="build">The table, whose figures still have the deleted rows.</param>
    /// <param name="deleted">Every deleted row that a figure still has.</param>
    /// <param name="remaining">All other rows of the table.</param>
    /// <exception cref="ArgumentException">Rows of another layout.</exception>
    public static DeletionDecision Decide(TableBuild build, UnitContributions deleted, UnitContributions remaining)
    {
        var table = build.Table;
        var (gone, left) = (new BlockRows(build, deleted), new BlockRows(build, remaining));
        int[] settled = [.. BlockRows.Components(table)
            .Where(blocks => blocks.Any(gone.Has) && blocks.All(left.Has) && gone.Pass(blocks) && left.Pass(blocks))
            .Where(blocks => blocks.All(block => UnitsFit(block, table, gone, left)))
            .SelectMany(blocks => blocks)
            .Order()];
        if (settled.Length == 0)
        {
            return new(build, []);
        }

        var changed = settled.ToHashSet();
        var tally = new UnitTally(left.Atoms, table.Rules);
        var figures = new BlockFigures(left.Atoms, table.Rules);
        CountBlock[] counts = [.. table.CountBlocks.Select((block, number) =>
        {
            if (!changed.Contains(number) || !gone.Has(number))
            {
                return block;
            }

            tally.Load(left.AtomsOf[number]);
            return block with { UnitsLeast = BlockFigures.Rounded(tally.Units, table.Rules), UnitsMost = BlockFigures.Rounded(tally.Units, table.Rules) };
        })];
        var layers = table.Layers.Select((layer, i) => layer with
        {
            Blocks = [.. layer.Blocks.Select(block => block.Withheld || !changed.Contains(block.Members[0]) || !block.Members.Any(gone.Has)
                ? block
                : Changed(block, figures.Of(left.Draft(block), left.Plans[i]), gone, left, i, table.Rules))],
        });
        var after = new SafeTable(table.Rules, table.Dimensions, table.Measures, table.Pairs, table.RowsAreUnits, table.UnitIsRow, counts, [.. layers]);
        return new(new(after, BlockAssignment.FromBytes(after, build.Assignment.ToBytes())), settled);
    }

    /// <summary>
    /// The number of units is published before and after: those that leave the block altogether are enough, or none. Of a table pooled from
    /// another's blocks the number is not known exactly, and does not change.
    /// </summary>
    private static bool UnitsFit(int block, SafeTable table, BlockRows gone, BlockRows left)
    {
        if (table.CountBlocks[block].UnitsLeast != table.CountBlocks[block].UnitsMost)
        {
            return !gone.Has(block);
        }

        var remain = UnitsOf(left, block);
        var leaving = UnitsOf(gone, block).Count(unit => !remain.Contains(unit));
        return leaving == 0 || leaving >= table.Rules.MinUnits;
    }

    private static HashSet<int> UnitsOf(BlockRows rows, int block)
    {
        var units = new HashSet<int>();
        foreach (var atom in rows.AtomsOf[block])
        {
            foreach (var record in rows.Atoms.RecordsOf(atom))
            {
                units.Add(rows.Atoms.Data.UnitOf(record));
            }
        }

        return units;
    }

    /// <summary>Squares, products and histogram edges stay only where the deleted rows have them by themselves too.</summary>
    private static ValueBlock Changed(ValueBlock before, ValueBlock after, BlockRows gone, BlockRows left, int layer, TableRules rules)
    {
        var (plan, deleted) = (gone.Plans[layer], new BlockFigures(gone.Atoms, rules).Of(gone.Draft(before), gone.Plans[layer]));
        var (tallyGone, tallyLeft) = (new UnitTally(gone.Atoms, rules), new UnitTally(left.Atoms, rules));
        tallyGone.Load(gone.Draft(before).Atoms);
        tallyLeft.Load(left.Draft(before).Atoms);
        var figures = plan.Published.Select((measure, i) =>
        {
            var keepSquares = before.Figures![i].SquaredDeviations is not null && deleted.Figures![i].SquaredDeviations is not null;
            var figure = after.Figures![i] with { SquaredDeviations = keepSquares ? after.Figures[i].SquaredDeviations : null };
            if (before.Figures[i].Histogram is not { } histogram)
            {
                return figure with { Histogram = null };
            }

            tallyGone.Tally(measure);
            tallyLeft.Tally(measure);
            var edges = new HistogramRule(gone.Atoms.Data, rules).Make(tallyGone, measure, histogram.Edges.Contains).Edges;
            return figure with { Histogram = new HistogramRule(left.Atoms.Data, rules).Make(tallyLeft, measure, edges.Contains) };
        });
        MeasureFigures[] all = [.. figures];
        return after with
        {
            Figures = all,
            CrossDeviations = [.. after.CrossDeviations.Select((product, i) => before.CrossDeviations[i] is null || deleted.CrossDeviations[i] is null ? null : product)],
        };
    }
}
