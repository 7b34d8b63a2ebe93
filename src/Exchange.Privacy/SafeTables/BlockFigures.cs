namespace Exchange.Privacy.SafeTables;

/// <summary>The figures of value blocks that pass rules 1 to 4, from the data: with rules 5 and 6, and rounded.</summary>
internal sealed class BlockFigures(AtomIndex atoms, TableRules rules)
{
    private readonly UnitContributions _data = atoms.Data;
    private readonly BlockTester _tester = new(atoms, rules, [], false);
    private readonly SquareRule _squares = new(atoms.Data, rules);
    private readonly HistogramRule _histograms = new(atoms.Data, rules);

    public ValueBlock Of(DraftBlock block, LayerPlan plan)
    {
        var tally = _tester.Tally;
        tally.Load(block.Atoms);
        var rows = tally.Rows;
        var sums = new Dictionary<int, (long Values, BigNumber Sum)>();
        var figures = new List<MeasureFigures>();
        foreach (var measure in plan.Published)
        {
            var (layout, columns) = (_data.Layout.Measures[measure], _data.Measure(measure));
            tally.Tally(measure);
            sums[measure] = (tally.Values, SquareRule.Linear(tally.Sum, layout, columns));
            Amount sum = layout.Floating ? FixedPoint.ToDouble(tally.Sum, columns.Sum.Exponent) : layout.YesNo ? Rounded(tally.Sum, rules) : tally.Sum;
            var squares = layout.Squares ? _squares.SquaredDeviations(tally, measure) : null;
            var histogram = layout.Step is null ? null : _histograms.Make(tally, measure);
            figures.Add(new(Rounded(tally.Values, rules), sum, squares, Rounded(histogram)));
        }

        double?[] products = [.. plan.Pairs.Select(pair => CrossDeviations(_data.Layout.Pairs[pair], sums, plan, figures))];
        return new(block.Description, block.CountBlocks, figures, plan.HasRows ? Rounded(rows, rules) : null, products);
    }

    public static ValueBlock Withheld(DraftBlock block, LayerPlan plan) => new(block.Description, block.CountBlocks, null, null, new double?[plan.Pairs.Length]);

    public static long Rounded(long count, TableRules rules) => (long)Rounded((Int128)count, rules);

    /// <summary>
    /// A block has a cross product where both measures have squares, every row with a value of one has one of the other (otherwise the
    /// product would tell of the few rows that have one only), and the product passes rules 1 to 4 as a measure, with p of squares.
    /// </summary>
    private double? CrossDeviations(PairLayout pair, Dictionary<int, (long Values, BigNumber Sum)> sums, LayerPlan plan, List<MeasureFigures> figures)
    {
        var squared = figures[Array.IndexOf(plan.Published, pair.First)].SquaredDeviations is not null
            && figures[Array.IndexOf(plan.Published, pair.Second)].SquaredDeviations is not null;
        if (!squared || _tester.FailureOf(pair.Product) is not null)
        {
            return null;
        }

        var tally = _tester.Tally;
        var (first, second) = (sums[pair.First], sums[pair.Second]);
        if (first.Values != tally.Values || second.Values != tally.Values)
        {
            return null;
        }

        var product = SquareRule.Linear(tally.Sum, _data.Layout.Measures[pair.Product], _data.Measure(pair.Product));
        return ((product * tally.Values) - (first.Sum * second.Sum)).DividedBy(tally.Values);
    }

    private static Int128 Rounded(Int128 count, TableRules rules)
    {
        if (rules.RoundTo <= 1)
        {
            return count;
        }

        var rest = Int128.Abs(count) % rules.RoundTo;
        var rounded = Int128.Abs(count) - rest + (2 * rest >= rules.RoundTo ? rules.RoundTo : 0);
        return count < 0 ? -rounded : rounded;
    }

    private HistogramFigures? Rounded(HistogramFigures? histogram) =>
        histogram is null ? null : histogram with { Counts = [.. histogram.Counts.Select(count => Rounded(count, rules))] };
}
