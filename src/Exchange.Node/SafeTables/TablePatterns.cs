using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;

namespace Exchange.Node.SafeTables;

/// <summary>
/// At the owner: the pattern of its table, and the part of the table that a common pattern names. The pattern is the descriptions of the
/// blocks and which of them a question's figures have together; it has no figure, and what it shows every answer's shape shows as well.
/// </summary>
internal static class TablePatterns
{
    /// <summary>The pattern as far as the fragment's figures look at it.</summary>
    /// <param name="fragment">An approved fragment.</param>
    /// <param name="live">The table with its segments.</param>
    /// <param name="blocksMax">Most blocks that are told.</param>
    /// <exception cref="ExchangeException"><c>TOO_MANY_GROUPS</c>.</exception>
    public static TablePattern Of(Fragment fragment, LiveTable live, int blocksMax)
    {
        SafeTable[] tables = [live.Table, .. live.Segments.Select(segment => segment.Table)];
        var descriptions = new Dictionary<string, (int Number, IReadOnlyList<int> Codes)>();
        foreach (var block in tables.SelectMany(table => table.CountBlocks))
        {
            descriptions.TryAdd(KeyOf(block.Description), (descriptions.Count, block.Description));
        }

        if (descriptions.Count > blocksMax)
        {
            throw Reasons.TooManyGroups.Because($"The owner's table has more than {blocksMax} blocks.", "Ask without --common.");
        }

        var (parts, withheld) = (new DisjointSets(descriptions.Count), new HashSet<int>());
        foreach (var table in tables)
        {
            foreach (var block in LayersOf(fragment, table).SelectMany(layer => table.Layers[layer].Blocks))
            {
                var numbers = block.Members.Select(member => descriptions[KeyOf(table.CountBlocks[member].Description)].Number).ToList();
                numbers.ForEach(number => parts.Join(numbers[0], number));
                if (block.Withheld)
                {
                    withheld.Add(numbers[0]);
                }
            }
        }

        var hidden = withheld.Select(parts.Find).ToHashSet();
        var pattern = new TablePattern();
        pattern.Dimensions.Add(live.Table.Dimensions.Select(dimension => new PatternDimension
        {
            Name = dimension.Name,
            Values = { dimension.Labels.Select(ValueOf) },
        }));
        foreach (var (number, codes) in descriptions.Values)
        {
            pattern.Codes.Add(codes.Select(code => (uint)(code + 1)));
            pattern.Parts.Add(hidden.Contains(parts.Find(number)) ? 0 : (uint)parts.Find(number) + 1);
        }

        return pattern;
    }

    /// <summary>Answers from the blocks that the pattern names and that the table has. Values and dimensions that it does not have name none.</summary>
    public static SafeTableQuery Excerpt(LiveTable live, TablePattern common)
    {
        var same = common.Dimensions.Select(dimension => dimension.Name).SequenceEqual(live.Table.Dimensions.Select(dimension => dimension.Name));
        var named = new HashSet<string>();
        var codes = new int[common.Dimensions.Count];
        for (var at = 0; same && at < common.Codes.Count; at += codes.Length)
        {
            for (var i = 0; i < codes.Length; i++)
            {
                codes[i] = common.Codes[at + i] == 0 ? -1 : CodeOf(live.Table.Dimensions[i], common.Dimensions[i].Values[(int)common.Codes[at + i] - 1]);
            }

            if (!codes.Contains(Unknown))
            {
                named.Add(KeyOf(codes));
            }
        }

        return new SafeTableQuery([.. live.Segments.Select(segment => segment.Table).Prepend(live.Table)
            .Select(table => TableExcerpt.Of(table, description => named.Contains(KeyOf(description))))]);
    }

    private const int Unknown = -2;

    private static int CodeOf(TableDimension dimension, PatternValue value)
    {
        for (var i = 0; i < dimension.Labels.Count; i++)
        {
            if (dimension.Labels[i] == (value.HasText ? value.Text : null))
            {
                return i;
            }
        }

        return Unknown;
    }

    /// <summary>A label as it travels.</summary>
    public static PatternValue ValueOf(string? label)
    {
        var value = new PatternValue();
        if (label is not null)
        {
            value.Text = label;
        }

        return value;
    }

    /// <summary>The value layers that the fragment's figures are taken from; the count layer is in every pattern.</summary>
    private static IEnumerable<int> LayersOf(Fragment fragment, SafeTable table)
    {
        var names = fragment.Aggregates.SelectMany(aggregate => new[] { aggregate.Argument, aggregate.SecondArgument }).OfType<Expression>().Select(argument => argument.Column).ToHashSet();
        var counts = fragment.Aggregates.Any(aggregate => aggregate.Kind == AggregateKind.CountRows) && !table.RowsAreUnits;
        return Enumerable.Range(0, table.Layers.Count).Where(layer =>
            (counts && table.Layers[layer].HasRows) || table.Layers[layer].Measures.Any(measure => names.Contains(table.Measures[measure].Name)));
    }

    private static string KeyOf(IReadOnlyList<int> description) => string.Join(',', description);
}
