namespace Exchange.Attacks.Checking;

/// <summary>
/// What a table may say to a question: the sums of blocks that lie in a cell, and the whole size of those that touch it. A figure comes
/// with the blocks it is the sum of.
/// </summary>
internal sealed class Expectation(BlockMap map)
{
    /// <summary>A row: its key, its figures and its note.</summary>
    internal sealed record Row(string Key, IReadOnlyList<Expected> Figures, long Touching, long Covered);

    /// <param name="Value">Null for NULL.</param>
    /// <param name="Blocks">Value blocks it is the sum of.</param>
    internal sealed record Expected(Figure Figure, double? Value, IReadOnlyList<int> Blocks);

    /// <summary>Rows by key; the one of no grouping is missing where nothing lies in it.</summary>
    public Dictionary<string, Row> Of(Question question)
    {
        var rows = new Dictionary<string, Row>();
        foreach (var key in Cells(question.Where, question.GroupBy))
        {
            var figures = question.Figures.Select(figure => FigureOf(question, key, figure)).ToList();
            if (figures.TrueForAll(figure => figure is not null))
            {
                rows.Add(key, new Row(key, [.. figures.Select(figure => figure!.Value.Figure)], figures.Max(figure => figure!.Value.Touching), figures.Min(figure => figure!.Value.Covered)));
            }
        }

        return rows;
    }

    private IEnumerable<string> Cells(Condition? where, IReadOnlyList<int> keys) =>
        keys.Count == 0 ? [""] : Places(where, keys).Select(place => place.Cell).OfType<string>().Distinct();

    private (Expected Figure, long Touching, long Covered)? FigureOf(Question question, string key, Figure figure)
    {
        var where = figure.Filter is null ? question.Where : question.Where is null ? figure.Filter : new Condition.Both(question.Where, figure.Filter);
        if (figure.Filter is not null && !Cells(where, question.GroupBy).Contains(key))
        {
            return figure.Kind == "COUNT" ? null : (new Expected(figure, null, []), 0, 0);
        }

        var places = Places(where, question.GroupBy);
        var inside = Enumerable.Range(0, map.ValueBlocks.Count)
            .Where(number => !map.ValueBlocks[number].Withheld && map.ValueBlocks[number].Members.All(member => places[member].Cell == key)).ToList();
        var touching = Enumerable.Range(0, map.ValueBlocks.Count).Except(inside).Where(number => map.ValueBlocks[number].Members.Any(member => places[member].MayLieIn(key)))
            .Sum(number => map.ValueBlocks[number].Members.Sum(member => map.CountBlocks[member].Units));
        var countTouching = Enumerable.Range(0, places.Length).Where(block => places[block].Cell is null && places[block].MayLieIn(key)).Sum(block => map.CountBlocks[block].Units);
        var covered = inside.Sum(number => map.ValueBlocks[number].Members.Sum(member => (long)map.CountBlocks[member].Units));
        var counted = Enumerable.Range(0, places.Length).Where(block => places[block].Cell == key).Sum(block => (long)map.CountBlocks[block].Units);
        var value = ValueOf(figure, inside);
        return figure.Kind == "COUNT" && inside.Count == 0 ? null
            : (new Expected(figure, value, inside), figure.Measure.Length == 0 ? Math.Max(countTouching, touching) : touching,
                figure.Measure.Length == 0 ? Math.Min(counted, covered) : covered);
    }

    private double? ValueOf(Figure figure, List<int> inside)
    {
        var blocks = inside.ConvertAll(number => map.ValueBlocks[number]);
        if (figure.Measure.Length == 0)
        {
            return blocks.Sum(block => block.Rows.Count);
        }

        if (figure.Kind == "VAR_POP")
        {
            blocks = blocks.FindAll(block => block.Figures[figure.Measure]!.Squares);
        }

        // From the rows, not from what the table says of them.
        var values = blocks.SelectMany(block => block.Rows).Select(row => row.Value(figure.Measure)).OfType<decimal>().ToList();
        return figure.Kind switch
        {
            "COUNT" => values.Count,
            _ when values.Count == 0 => null,
            "SUM" => (double)values.Sum(),
            "AVG" => (double)(values.Sum() / values.Count),
            _ => (double)(values.Sum(value => (value - (values.Sum() / values.Count)) * (value - (values.Sum() / values.Count))) / values.Count),
        };
    }

    private Place[] Places(Condition? where, IReadOnlyList<int> keys) => [.. map.CountBlocks.Select(block =>
    {
        var labels = keys.Select(key => block.Description[key]).ToArray();
        var position = map.Position(where, block.Description);
        return new Place(position == Lies.Inside && !labels.Contains("*") ? string.Join('|', labels) : null, labels, position != Lies.Outside);
    })];

    private sealed record Place(string? Cell, string[] Labels, bool Touches)
    {
        public bool MayLieIn(string key) => Cell is not null ? Cell == key
            : Touches && (key.Length == 0 || Labels.Zip(key.Split('|')).All(pair => pair.First == "*" || pair.First == pair.Second));
    }
}
