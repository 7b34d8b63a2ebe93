using Exchange.Protocol.Catalog.V1;

namespace Exchange.Protocol.Previews;

/// <summary>What <c>checked</c> terms let out: exact figures over free conditions, each answer checked by itself.</summary>
internal static class CheckedPreview
{
    public static IEnumerable<string> Of(OfferTerms terms, ProductDefinition product)
    {
        var uses = UsesOf(terms, product);
        var grouping = product.Columns.Where(column => Allows(uses, column.Name, ColumnUse.Group)).Select(Grouping).ToList();
        var filtering = uses.Where(entry => entry.Value.Contains(ColumnUse.Filter)).Select(entry => entry.Key).ToList();
        yield return grouping.Count == 0
            ? "It could learn exact figures of all rows together, and how many rows there are."
            : $"It could learn exact figures grouped by {TermsPreview.Listed(grouping)}, and how many rows there are in each group.";
        yield return filtering.Count == 0
            ? "It may set no conditions on rows."
            : $"It may choose rows by any condition on {TermsPreview.Listed(filtering)}; conditions see the values themselves, also of columns that group by intervals.";
        foreach (var (column, aggregates) in uses.Select(entry => (entry.Key, AggregatesOf(entry.Value).ToList())).Where(entry => entry.Item2.Count > 0))
        {
            yield return $"Of {column} it could learn {TermsPreview.Listed(aggregates)}.";
        }

        if (product.Derived.Count > 0)
        {
            yield return $"It may ask for a computed measure ({TermsPreview.Listed(product.Derived.Select(derived => derived.Name))}) wherever it may ask for every measure behind it.";
        }

        var never = product.Columns.Where(column => uses.All(entry => entry.Key != column.Name)).Select(column => column.Name).ToList();
        if (never.Count > 0)
        {
            yield return $"It learns nothing of {TermsPreview.Listed(never, "or")}.";
        }

        yield return $"A figure that stands on fewer than {terms.Disclosure?.MinUnits ?? 0} distinct {UnitOf(product)} is withheld, with every other figure of its cell.";
        yield return "Each answer is checked by itself, and combining answers is not defended against: by asking often enough it could learn about single units. "
            + "These are terms for consumers that the owner trusts.";
    }

    // What the product's columns may be used for, in the product's order; columns without any use are left out.
    private static List<KeyValuePair<string, IReadOnlyCollection<ColumnUse>>> UsesOf(OfferTerms terms, ProductDefinition product)
    {
        var listed = terms.Columns.GroupBy(rule => rule.Column).ToDictionary(rules => rules.Key, IReadOnlyCollection<ColumnUse> (rules) => [.. rules.SelectMany(rule => rule.Uses)]);
        var names = product.Columns.Select(column => column.Name).Concat(product.Derived.Select(derived => derived.Name));
        var uses = terms.ColumnsListed
            ? names.Select(name => KeyValuePair.Create(name, listed.GetValueOrDefault(name) ?? []))
            : product.Columns.Select(column => KeyValuePair.Create(column.Name, WithoutList(column)));
        return [.. uses.Where(entry => entry.Value.Count > 0)];
    }

    // Without a list every dimension groups and filters, and every measure has every aggregate that it allows by itself.
    private static IReadOnlyCollection<ColumnUse> WithoutList(ColumnDefinition column) => column.Role switch
    {
        ColumnRole.Dimension => [ColumnUse.Group, ColumnUse.Filter],
        ColumnRole.Measure when column.Step > 0 => [ColumnUse.Variance, ColumnUse.Corr, ColumnUse.Quantile, ColumnUse.Range],
        ColumnRole.Measure => [ColumnUse.Variance, ColumnUse.Corr],
        _ => [],
    };

    private static bool Allows(List<KeyValuePair<string, IReadOnlyCollection<ColumnUse>>> uses, string column, ColumnUse use) =>
        uses.Any(entry => entry.Key == column && entry.Value.Contains(use));

    private static string Grouping(ColumnDefinition column) => column switch
    {
        { Cuts.Count: > 0 } => $"{column.Name} (by its intervals)",
        { Grain: not Grain.Unspecified } => $"{column.Name} (by {column.Grain.ToString().ToLowerInvariant()})",
        _ => column.Name,
    };

    // Said with what each brings along: an average is a sum over a count, a variance holds both, a correlation the variances.
    private static IEnumerable<string> AggregatesOf(IReadOnlyCollection<ColumnUse> uses)
    {
        var moments = uses.Contains(ColumnUse.Variance) || uses.Contains(ColumnUse.Corr);
        var average = moments || uses.Contains(ColumnUse.Avg);
        (bool Holds, string Word)[] words =
        [
            (average || uses.Contains(ColumnUse.Count), "how many values there are"),
            (average || uses.Contains(ColumnUse.Sum), "sums"),
            (average, "averages"),
            (moments, "variances"),
            (uses.Contains(ColumnUse.Corr), "correlations with other measures that allow them"),
            (uses.Contains(ColumnUse.Quantile), "medians and quantiles"),
            (uses.Contains(ColumnUse.Range), "minima and maxima"),
            (uses.Contains(ColumnUse.Units), "how many different ones there are"),
        ];
        return words.Where(word => word.Holds).Select(word => word.Word);
    }

    private static string UnitOf(ProductDefinition product) => product.Unit == "row" ? "rows" : $"values of {product.Unit}";
}
