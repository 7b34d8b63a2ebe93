namespace Exchange.Privacy.SafeTables;

/// <summary>Rows that are not in a table's figures (waiting), or leave them (deleted), by the blocks of the table, and whether they pass by themselves.</summary>
internal sealed class BlockRows
{
    private readonly SafeTable _table;
    private readonly TableRules _rules;
    private readonly LayerPlan[] _plans;
    private readonly BlockTester[] _testers;
    private readonly int[] _caps;

    public BlockRows(TableBuild build, UnitContributions rows)
    {
        (_table, _rules) = (build.Table, build.Table.Rules);
        Atoms = new AtomIndex(rows);
        _plans = LayerPlan.Of(rows.Layout, !_table.RowsAreUnits);
        _testers = Array.ConvertAll(_plans, plan => new BlockTester(Atoms, _rules, plan.Measures, plan.HasRows));
        _caps = SensitiveCaps.Of(Atoms, _rules);
        LabelMap.RanksIn(rows.Layout, _table);
        var sets = _table.CountBlocks.Select(_ => new List<int>()).ToArray();
        var blockOf = build.Assignment.BlocksOf(Atoms);
        for (var atom = 0; atom < Atoms.Count; atom++)
        {
            if (blockOf[atom] >= 0)
            {
                sets[blockOf[atom]].Add(atom);
            }
        }

        AtomsOf = Array.ConvertAll(sets, set => set.ToArray());
    }

    public AtomIndex Atoms { get; }

    public LayerPlan[] Plans => _plans;

    /// <summary>Per count block of the table its atoms among these rows.</summary>
    public int[][] AtomsOf { get; }

    /// <summary>Count blocks that no layer lets change apart, in order: the smallest unions of value blocks of all layers.</summary>
    public static IEnumerable<int[]> Components(SafeTable table)
    {
        var parents = Enumerable.Range(0, table.CountBlocks.Count).ToArray();
        foreach (var block in table.Layers.SelectMany(layer => layer.Blocks))
        {
            foreach (var member in block.Members)
            {
                parents[Root(member)] = Root(block.Members[0]);
            }
        }

        return Enumerable.Range(0, parents.Length).GroupBy(Root).Select(group => group.ToArray());

        int Root(int block)
        {
            while (parents[block] != block)
            {
                block = parents[block] = parents[parents[block]];
            }

            return block;
        }
    }

    /// <summary>Whether the rows of these count blocks pass every rule by themselves, in every block that has any.</summary>
    public bool Pass(IReadOnlyCollection<int> countBlocks) =>
        countBlocks.All(PassesCount) && Enumerable.Range(0, _plans.Length).All(layer => BlocksOf(layer, countBlocks).All(block => block.Withheld || PassesValues(layer, block)));

    /// <summary>The value blocks of a layer that these count blocks are in.</summary>
    public IEnumerable<ValueBlock> BlocksOf(int layer, IReadOnlyCollection<int> countBlocks) =>
        _table.Layers[layer].Blocks.Where(block => countBlocks.Contains(block.Members[0]));

    /// <summary>The rows of a value block, as a block.</summary>
    public DraftBlock Draft(ValueBlock block) =>
        new([.. block.Members.SelectMany(member => AtomsOf[member]).Order()], [.. block.Description], [.. block.Members]);

    /// <summary>Whether units of a block may be in several that it was pooled from, so that their number is known as an interval.</summary>
    public static bool IsPooled(CountBlock block) => block.UnitsLeast != block.UnitsMost;

    public int RecordsOf(int countBlock) => AtomsOf[countBlock].Sum(atom => Atoms.RecordsOf(atom).Length);

    public bool Has(int countBlock) => AtomsOf[countBlock].Length > 0;

    /// <summary>Adds the rows of a count block to others.</summary>
    public void CopyTo(UnitContributions others, int countBlock)
    {
        foreach (var atom in AtomsOf[countBlock])
        {
            foreach (var record in Atoms.RecordsOf(atom))
            {
                others.AddFrom(Atoms.Data, record);
            }
        }
    }

    private bool PassesCount(int block)
    {
        if (!Has(block))
        {
            return true;
        }

        var tally = _testers.Length > 0 ? _testers[0].Tally : new UnitTally(Atoms, _rules);
        tally.Load(AtomsOf[block]);
        var length = Descriptions.LengthOf([.. _table.CountBlocks[block].Description]);
        return tally.Units >= _rules.MinUnits && AtomsOf[block].All(atom => _caps[atom] >= length)
            && (!_table.RowsAreUnits || tally.Rows == tally.Units || (IsPooled(_table.CountBlocks[block]) && PassesRows(block)));
    }

    /// <summary>Of a block pooled from overlapping ones a unit may have a row in each: the row count is a measure of it.</summary>
    private bool PassesRows(int block) => new BlockTester(Atoms, _rules, [], rowsAreMeasure: true).Test(AtomsOf[block]) is null;

    private bool PassesValues(int layer, ValueBlock block) => !block.Members.Any(Has) || _testers[layer].Test(Draft(block).Atoms) is null;
}
