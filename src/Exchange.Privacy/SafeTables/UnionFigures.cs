namespace Exchange.Privacy.SafeTables;

/// <summary>
/// The figures of a union of value blocks: sums of theirs. Squares, products and histogram edges only where every part has them, and where
/// the union passes rules 5 and 6 by the data.
/// </summary>
internal sealed class UnionFigures(AtomIndex atoms, TableRules rules, ValueLayer old, LayerPlan plan)
{
    private readonly TableLayout _layout = atoms.Data.Layout;
    private readonly BlockTester _tester = new(atoms, rules, [], false);
    private readonly SquareRule _squares = new(atoms.Data, rules);
    private readonly HistogramRule _histograms = new(atoms.Data, rules);

    public ValueBlock Of(DraftBlock block, IEnumerable<ValueBlock> oldBlocks)
    {
        ValueBlock[] parts = [.. oldBlocks];
        var figures = new List<MeasureFigures>();
        _tester.Tally.Load(block.Atoms);
        for (var i = 0; i < plan.Published.Length; i++)
        {
            figures.Add(Of(plan.Published[i], [.. parts.Select(part => part.Figures![i])]));
        }

        double?[] products = [.. plan.Pairs.Select((pair, i) => CrossDeviations(pair, [.. parts.Select(part => part.CrossDeviations[i])], parts, figures))];
        return new(block.Description, block.CountBlocks, figures, old.HasRows ? parts.Sum(part => part.Rows) : null, products);
    }

    private MeasureFigures Of(int measure, MeasureFigures[] parts)
    {
        var layout = _layout.Measures[measure];
        _tester.Tally.Tally(measure);
        var squares = layout.Squares && parts.All(part => part.SquaredDeviations is not null) && _squares.SquaredDeviations(_tester.Tally, measure) is not null
            ? Moments.OfParts(parts.Select(part => Moments.Of(part, layout.Scale))).SquaredDeviations
            : (double?)null;
        return new(parts.Sum(part => part.Values), parts.Select(part => part.Sum).Aggregate(Amount.Add), squares, Histogram(measure, parts));
    }

    private HistogramFigures? Histogram(int measure, MeasureFigures[] parts)
    {
        if (_layout.Measures[measure].Step is null || parts.Any(part => part.Histogram is null))
        {
            return null;
        }

        var edges = _histograms.Make(_tester.Tally, measure, edge => parts.All(part => part.Histogram!.Edges.Contains(edge))).Edges;
        var counts = new long[edges.Count - 1];
        foreach (var part in parts)
        {
            for (var bin = 0; bin < part.Histogram!.Counts.Count; bin++)
            {
                var found = Array.BinarySearch([.. edges], part.Histogram.Edges[bin]);
                counts[found >= 0 ? found : ~found - 1] += part.Histogram.Counts[bin];
            }
        }

        return new(edges, counts);
    }

    private double? CrossDeviations(int pair, double?[] products, ValueBlock[] parts, List<MeasureFigures> figures)
    {
        var layout = _layout.Pairs[pair];
        var (first, second) = (Array.IndexOf(plan.Published, layout.First), Array.IndexOf(plan.Published, layout.Second));
        if (products.Any(product => product is null) || figures[first].SquaredDeviations is null || figures[second].SquaredDeviations is null
            || _tester.FailureOf(layout.Product) is not null)
        {
            return null;
        }

        return Comoments.OfParts(parts.Select((part, i) => Comoments.Of(
            part.Figures![first], _layout.Measures[layout.First].Scale, part.Figures[second], _layout.Measures[layout.Second].Scale, products[i]!.Value))).CrossDeviations;
    }
}
