namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Appending: rows wait until those for one block pass every rule by themselves, and enter as a segment with its own units and histogram.
/// Then the difference of the answers before and after is a block like any other. Count blocks that share a value block enter together.
/// Decide at fixed dates: when rows enter must not depend on who is among them.
/// </summary>
public static class SegmentAdmission
{
    /// <param name="build">The table that the rows are for.</param>
    /// <param name="waiting">All rows that wait, under the layout of the table.</param>
    /// <exception cref="ArgumentException">Rows of another layout.</exception>
    /// <exception cref="InvalidOperationException">A block of the segment failed its second test.</exception>
    public static SegmentDecision Decide(TableBuild build, UnitContributions waiting)
    {
        var rows = new BlockRows(build, waiting);
        int[] admitted = [.. BlockRows.Components(build.Table).Where(rows.Pass).SelectMany(blocks => blocks).Where(rows.Has).Order()];
        if (admitted.Length == 0)
        {
            return new(null, []);
        }

        var segment = Segment(build.Table, rows, admitted);
        var assignment = new BlockAssignment(segment, rows.Atoms, admitted.SelectMany((block, number) => rows.AtomsOf[block].Select(atom => (atom, number))));
        var own = new TableBuild(segment, assignment);
        return TableAudit.FirstFailure(own, rows.Atoms, isSegment: true) is { } failure
            ? throw new InvalidOperationException($"A block of the segment fails rule {(int)failure.Rule} when it is tested again: it does not leave.")
            : new(own, admitted);
    }

    private static SafeTable Segment(SafeTable table, BlockRows rows, int[] admitted)
    {
        var figures = new BlockFigures(rows.Atoms, table.Rules);
        var tally = new UnitTally(rows.Atoms, table.Rules);
        var layers = table.Layers.Select((layer, i) => layer with
        {
            Blocks = [.. rows.BlocksOf(i, Components(layer, admitted)).Select(block =>
            {
                var members = block.Members.Where(rows.Has).Select(member => Array.IndexOf(admitted, member)).ToArray();
                var draft = rows.Draft(block) with { CountBlocks = members };
                return block.Withheld ? BlockFigures.Withheld(draft, rows.Plans[i]) : figures.Of(draft, rows.Plans[i]);
            })],
        });
        CountBlock[] counts = [.. admitted.Select(block =>
        {
            tally.Load(rows.AtomsOf[block]);
            return new CountBlock(table.CountBlocks[block].Description, BlockFigures.Rounded(tally.Units, table.Rules), BlockFigures.Rounded(tally.Units, table.Rules));
        })];
        return new(table.Rules, table.Dimensions, table.Measures, table.Pairs, table.RowsAreUnits, table.UnitIsRow, counts, [.. layers]);
    }

    /// <summary>The count blocks of every value block that has admitted rows.</summary>
    private static HashSet<int> Components(ValueLayer layer, int[] admitted) =>
        [.. layer.Blocks.Where(block => block.Members.Intersect(admitted).Any()).SelectMany(block => block.Members)];
}
