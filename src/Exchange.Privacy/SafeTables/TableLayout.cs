namespace Exchange.Privacy.SafeTables;

/// <summary>What a table is made of: dimensions in order of importance, the last of which coarsens first, and measures.</summary>
public sealed class TableLayout
{
    /// <exception cref="ArgumentException">A layout that cannot be kept safe or has no meaning.</exception>
    public TableLayout(IReadOnlyList<DimensionLayout> dimensions, IReadOnlyList<MeasureLayout> measures, IReadOnlyList<PairLayout>? pairs = null)
    {
        (Dimensions, Measures, Pairs) = ([.. dimensions], [.. measures], [.. pairs ?? []]);
        LayerCount = Measures.Count == 0 ? 1 : Measures.Max(measure => measure.Layer) + 1;
        foreach (var measure in Measures)
        {
            measure.Require(LayerCount);
        }

        if (Enumerable.Range(0, LayerCount).Any(layer => Measures.Count > 0 && Measures.All(measure => measure.Layer != layer)))
        {
            throw new ArgumentException("The layers of measures are numbered from 0 without gaps.");
        }

        if (Dimensions.SkipWhile(dimension => !dimension.Sensitive).Any(dimension => !dimension.Sensitive))
        {
            throw new ArgumentException("Sensitive dimensions come last.");
        }

        if (Dimensions.Any(dimension => dimension.Labels.Distinct().Count() != dimension.Labels.Count))
        {
            throw new ArgumentException("Two codes of a dimension have one label.");
        }

        foreach (var pair in Pairs)
        {
            var (first, second, product) = (Measures[pair.First], Measures[pair.Second], Measures[pair.Product]);
            if (!first.Squares || !second.Squares || product.Use != MeasureUse.Product || first.Layer != second.Layer || first.Layer != product.Layer)
            {
                throw new ArgumentException("A pair is of two measures of one layer that both have squares, and of their product.");
            }
        }
    }

    /// <summary>In order of importance, sensitive ones last.</summary>
    public IReadOnlyList<DimensionLayout> Dimensions { get; }

    /// <summary>Published and checked measures and products.</summary>
    public IReadOnlyList<MeasureLayout> Measures { get; }

    /// <summary>Cross products that may leave.</summary>
    public IReadOnlyList<PairLayout> Pairs { get; }

    /// <summary>Whether each row is its own unit; otherwise units are identifiers, and rows without one are together one unit.</summary>
    public bool UnitIsRow { get; init; }

    /// <summary>
    /// That every member of a block has exactly one row in it tells nothing (a panel of months). Where it does, a block needs min_spread
    /// units with more than one row: a row count equal to the number of units tells every member's.
    /// </summary>
    public bool OneRowHarmless { get; init; } = true;

    internal int LayerCount { get; }

    internal int[] MeasuresOf(int layer) => [.. Enumerable.Range(0, Measures.Count).Where(i => Measures[i].Layer == layer)];
}
