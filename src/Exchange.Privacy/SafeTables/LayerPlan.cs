namespace Exchange.Privacy.SafeTables;

/// <summary>What a value layer of a table is of, in positions of the layout.</summary>
/// <param name="Measures">All measures that its blocks pass with.</param>
/// <param name="Published">Those that leave.</param>
/// <param name="Pairs">Its pairs.</param>
/// <param name="HasRows">Whether the row count is a measure of it.</param>
internal sealed record LayerPlan(int[] Measures, int[] Published, int[] Pairs, bool HasRows)
{
    /// <summary>
    /// The layers of a table. Where the row count is a measure and measures have several layers, it has one of its own below them all, the
    /// blocks of which no other layer takes apart: the number of values is a row count too, and two partitions of it could be subtracted.
    /// </summary>
    public static LayerPlan[] Of(TableLayout layout, bool rowsAreMeasure)
    {
        var plans = new List<LayerPlan>();
        var published = layout.Measures.Any(measure => measure.Use == MeasureUse.Published);
        if (rowsAreMeasure && (layout.LayerCount > 1 || !published))
        {
            plans.Add(new([], [], [], true));
        }

        for (var layer = 0; layer < layout.LayerCount && published; layer++)
        {
            var measures = layout.MeasuresOf(layer);
            int[] pairs = [.. Enumerable.Range(0, layout.Pairs.Count).Where(pair => measures.Contains(layout.Pairs[pair].First))];
            plans.Add(new(measures, [.. measures.Where(measure => layout.Measures[measure].Use == MeasureUse.Published)], pairs, rowsAreMeasure && layout.LayerCount == 1));
        }

        return [.. plans];
    }

    /// <summary>Whether the first layer is of the row count alone.</summary>
    public static bool StartsWithRows(LayerPlan[] plans) => plans.Length > 1 && plans[0].HasRows && plans[0].Measures.Length == 0;
}
