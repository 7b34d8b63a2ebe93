namespace Exchange.Privacy.SafeTables;

/// <summary>
/// Deleting and correcting: the rows go at once, the figures stay, for the difference of two tables is what was deleted. They change once
/// a block's deleted rows pass every rule by themselves and what remains still does; then that difference is a block like any other. Rows
/// that are new to the block have to pass by themselves too, and enter with it. Where a unit's rows were mended the figures stay: what it
/// has less or more could be told, and no rule looks at that. Blocks never go, and partitions never change: which would trace the unit.
/// </summary>
public static class DeletionAdmission
{
    /// <param name="build">The table, whose figures still have the deleted rows, and no segments.</param>
    /// <param name="difference">All rows that its figures have, against those that there are.</param>
    /// <exception cref="ArgumentException">Rows of another layout.</exception>
    /// <exception cref="InvalidOperationException">A block failed its second test: nothing changes.</exception>
    public static DeletionDecision Decide(TableBuild build, RowDifference difference)
    {
        var (gone, left, came) = (new BlockRows(build, difference.Removed), new BlockRows(build, difference.Remaining), new BlockRows(build, difference.Arrived));
        var (settled, changed, kept) = (new List<int>(), new HashSet<int>(), new Dictionary<FiguresKept, int>());
        foreach (var blocks in BlockRows.Components(build.Table))
        {
            int[] other = [.. blocks.Where(block => gone.Has(block) || came.Has(block))];
            if (other.Length > 0 && WhyKept(blocks, build.Table.Rules, difference.MendedUnits, gone, left, came) is { } why)
            {
                kept[why] = kept.GetValueOrDefault(why) + blocks.Length;
                continue;
            }

            settled.AddRange(blocks);
            changed.UnionWith(other);
        }

        settled.Sort();
        if (changed.Count == 0)
        {
            return new(build, settled, kept);
        }

        var told = new UnitContributions(difference.Removed.Layout) { KeepsNumbers = true };
        for (var block = 0; block < build.Table.CountBlocks.Count; block++)
        {
            left.CopyTo(told, block);
            (changed.Contains(block) ? came : gone).CopyTo(told, block);
        }

        return new(Change(build, new BlockRows(build, told), gone, left, came, changed), settled, kept);
    }

    /// <summary>Why the figures of blocks that only change together stay; null where they change.</summary>
    private static FiguresKept? WhyKept(int[] blocks, TableRules rules, HashSet<int> mended, BlockRows gone, BlockRows left, BlockRows came)
    {
        if (mended.Count > 0 && blocks.Any(block => UnitsOf(gone, block).Overlaps(mended) || UnitsOf(came, block).Overlaps(mended)))
        {
            return FiguresKept.Mended;
        }

        bool Fits(int units) => units == 0 || units >= rules.MinUnits;
        var moved = blocks.Select(block => UnitsMoved(block, gone, left, came)).ToList();
        return !gone.Pass(blocks) || !moved.TrueForAll(units => Fits(units.Leave)) ? FiguresKept.FewRemoved
            : !came.Pass(blocks) || !moved.TrueForAll(units => Fits(units.Enter)) ? FiguresKept.FewNew
            : blocks.Any(gone.Has) && !(blocks.All(left.Has) && left.Pass(blocks)) ? FiguresKept.FewRemain
            : null;
    }

    private static TableBuild Change(TableBuild build, BlockRows now, BlockRows gone, BlockRows left, BlockRows came, HashSet<int> changed)
    {
        var table = build.Table;
        var tally = new UnitTally(now.Atoms, table.Rules);
        var figures = new BlockFigures(now.Atoms, table.Rules);
        CountBlock[] counts = [.. table.CountBlocks.Select((block, number) =>
        {
            if (!changed.Contains(number))
            {
                return block;
            }

            tally.Load(now.AtomsOf[number]);
            var rows = BlockFigures.Rounded(tally.Rows, table.Rules);
            if (!BlockRows.IsPooled(block))
            {
                var units = BlockFigures.Rounded(tally.Units, table.Rules);
                return block with { UnitsLeast = units, UnitsMost = table.RowsAreUnits ? rows : units };
            }

            // Of a block pooled from several nobody was told how many units these share, and nobody is: both ends move by those who leave and enter.
            var (leave, enter) = UnitsMoved(number, gone, left, came);
            var move = BlockFigures.Rounded(enter - leave, table.Rules);
            return block with { UnitsLeast = Math.Max(block.UnitsLeast + move, 1), UnitsMost = table.RowsAreUnits ? rows : block.UnitsMost + move };
        })];
        var layers = table.Layers.Select((layer, i) => layer with
        {
            Blocks = [.. layer.Blocks.Select(block => block.Withheld || !block.Members.Any(changed.Contains)
                ? block
                : Changed(block, figures.Of(now.Draft(block), now.Plans[i]), now, [.. new[] { gone, came }.Where(rows => block.Members.Any(rows.Has))], i, table.Rules))],
        });
        var after = new SafeTable(table.Rules, table.Dimensions, table.Measures, table.Pairs, table.RowsAreUnits, table.UnitIsRow, counts, [.. layers]);
        var assigned = new BlockAssignment(after, now.AtomsOf.SelectMany((atoms, block) => atoms.Select(atom => ((IReadOnlyList<string?>)BlockAssignment.LabelsOf(now.Atoms, atom), block))));
        var own = new TableBuild(after, assigned.And(build.Assignment));
        return TableAudit.FirstFailure(own, now.Atoms) is { } failure
            ? throw new InvalidOperationException($"A block fails rule {(int)failure.Rule} when it is tested again without its deleted rows: it does not change.")
            : own;
    }

    /// <summary>The number of units is published before and after: how many leave the block altogether, and how many are new to it.</summary>
    private static (int Leave, int Enter) UnitsMoved(int block, BlockRows gone, BlockRows left, BlockRows came)
    {
        if (gone.Atoms.Data.Layout.UnitIsRow)
        {
            return (gone.RecordsOf(block), came.RecordsOf(block));
        }

        var (were, remain, are) = (UnitsOf(gone, block), UnitsOf(left, block), UnitsOf(came, block));
        return (were.Count(unit => !remain.Contains(unit) && !are.Contains(unit)), are.Count(unit => !remain.Contains(unit) && !were.Contains(unit)));
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

    /// <summary>Squares, products and histogram edges stay only where the rows that go, and those that come, have them by themselves too.</summary>
    private static ValueBlock Changed(ValueBlock before, ValueBlock after, BlockRows now, BlockRows[] parts, int layer, TableRules rules)
    {
        var plan = now.Plans[layer];
        ValueBlock[] moved = [.. parts.Select(rows => new BlockFigures(rows.Atoms, rules).Of(rows.Draft(before), plan))];
        var figures = plan.Published.Select((measure, i) =>
        {
            var keepSquares = before.Figures![i].SquaredDeviations is not null && moved.All(part => part.Figures![i].SquaredDeviations is not null);
            var figure = after.Figures![i] with { SquaredDeviations = keepSquares ? after.Figures[i].SquaredDeviations : null };
            return before.Figures[i].Histogram is { } histogram
                ? figure with { Histogram = parts.Append(now).Aggregate(histogram, (edges, rows) => Histogram(rows, before, measure, edges, rules)) }
                : figure with { Histogram = null };
        });
        MeasureFigures[] all = [.. figures];
        return after with
        {
            Figures = all,
            CrossDeviations = [.. after.CrossDeviations.Select((product, i) => before.CrossDeviations[i] is null || moved.Any(part => part.CrossDeviations[i] is null) ? null : product)],
        };
    }

    private static HistogramFigures Histogram(BlockRows rows, ValueBlock block, int measure, HistogramFigures edges, TableRules rules)
    {
        var tally = new UnitTally(rows.Atoms, rules);
        tally.Load(rows.Draft(block).Atoms);
        tally.Tally(measure);
        return new HistogramRule(rows.Atoms.Data, rules).Make(tally, measure, edges.Edges.Contains);
    }
}
