using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Node.SafeTables;

/// <summary>
/// At the asker: joins the owners' patterns into the finest parts that all of them have, and names the blocks of those that lie whole in
/// one cell of the question. Every description that some owner uses stands for the values that no narrower one describes. An owner tells
/// them with the narrowest block of its own that describes them, so they belong together where one owner tells them together.
/// </summary>
internal sealed class CommonParts
{
    private readonly Fragment _fragment;
    private readonly DescriptionPlaces _places;
    private readonly List<string> _names;
    private readonly List<List<string?>> _labels;
    private readonly List<int[]> _descriptions = [];
    private readonly Dictionary<string, int> _numbers = [];

    private CommonParts(Fragment fragment, Product product, TablePattern shape)
    {
        _fragment = fragment;
        _names = [.. shape.Dimensions.Select(dimension => dimension.Name)];
        _places = new DescriptionPlaces(fragment, product, _names);
        _labels = _names.ConvertAll(_ => new List<string?>());
    }

    /// <summary>Whether the pattern's dimensions and values are of the product.</summary>
    public static bool IsOf(TablePattern pattern, Product product) => pattern.Dimensions.All(dimension =>
        product.Columns.TryGetValue(dimension.Name, out var column) && column.Role == Protocol.Catalog.V1.ColumnRole.Dimension
        && dimension.Values.All(value => IsKey(value, column)));

    /// <summary>The common blocks.</summary>
    /// <param name="fragment">What is asked.</param>
    /// <param name="product">Its product.</param>
    /// <param name="patterns">Checked patterns with the same dimensions, one per owner; at least one.</param>
    /// <exception cref="ExchangeException"><c>NOT_IN_TABLE</c>, <c>FILTER_BETWEEN_CUTS</c>.</exception>
    public static TablePattern Of(Fragment fragment, Product product, IReadOnlyList<TablePattern> patterns)
    {
        var common = new CommonParts(fragment, product, patterns[0]);
        var told = patterns.Select(common.Add).ToList();
        return common.Named(told);
    }

    /// <summary>Takes an owner's descriptions in; gives the part that each is in.</summary>
    private Dictionary<string, uint> Add(TablePattern pattern)
    {
        var codes = pattern.Dimensions.Select((dimension, i) => dimension.Values.Select(value => CodeOf(i, value.HasText ? value.Text : null)).ToArray()).ToList();
        var parts = new Dictionary<string, uint>();
        for (var block = 0; block < pattern.Parts.Count; block++)
        {
            var description = new int[_names.Count];
            for (var i = 0; i < description.Length; i++)
            {
                var code = pattern.Codes[(block * description.Length) + i];
                description[i] = code == 0 ? -1 : codes[i][code - 1];
            }

            var key = KeyOf(description);
            parts.Add(key, pattern.Parts[block]);
            if (_numbers.TryAdd(key, _descriptions.Count))
            {
                _descriptions.Add(description);
            }
        }

        return parts;
    }

    private TablePattern Named(List<Dictionary<string, uint>> told)
    {
        var (sets, bad) = (new DisjointSets(_descriptions.Count), new HashSet<int>());
        foreach (var owner in told)
        {
            var first = new Dictionary<uint, int>();
            for (var number = 0; number < _descriptions.Count; number++)
            {
                switch (PartOf(_descriptions[number], owner))
                {
                    case null:
                        break;
                    case 0:
                        bad.Add(number);
                        break;
                    case { } part:
                        sets.Join(first.TryAdd(part, number) ? number : first[part], number);
                        break;
                }
            }
        }

        var places = new Dictionary<int, string?>();
        for (var number = 0; number < _descriptions.Count; number++)
        {
            var place = bad.Contains(number) ? null : PlaceOf(_descriptions[number]);
            var set = sets.Find(number);
            places[set] = places.TryGetValue(set, out var other) && other != place ? null : place;
        }

        var named = new TablePattern();
        named.Dimensions.Add(_names.Select((name, i) => new PatternDimension { Name = name, Values = { _labels[i].Select(ValueOf) } }));
        foreach (var description in _descriptions.Where((_, number) => places[sets.Find(number)] is not null))
        {
            named.Codes.Add(description.Select(code => (uint)(code + 1)));
        }

        return named;
    }

    /// <summary>The part of the owner's narrowest block that describes it; null where the owner has none, and so no rows of it.</summary>
    private static uint? PartOf(int[] description, Dictionary<string, uint> owner)
    {
        var cut = (int[])description.Clone();
        for (var length = cut.Length; ; length--)
        {
            if (owner.TryGetValue(KeyOf(cut), out var part))
            {
                return part;
            }

            if (length == 0)
            {
                return null;
            }

            cut[length - 1] = -1;
        }
    }

    /// <summary>Which cell, and which filters, a description lies in whole; null where it may lie across.</summary>
    private string? PlaceOf(int[] description)
    {
        List<string?> values = [.. description.TakeWhile(code => code >= 0).Select((code, dimension) => _labels[dimension][code])];
        var place = new List<string>();
        foreach (var condition in _fragment.Aggregates.Select(aggregate => aggregate.Filter).Prepend(_fragment.Where).OfType<Expression>())
        {
            if (_places.TruthOf(condition, values) is not { } truth)
            {
                return null;
            }

            place.Add(truth ? "in" : "out");
        }

        if (_places.GroupOf(values) is not { } keys)
        {
            return null;
        }

        place.AddRange(keys.Select(key => key is null ? "-" : $"{TableLabels.TextOf(key).Length}:{TableLabels.TextOf(key)}"));
        return string.Join(';', place);
    }

    private int CodeOf(int dimension, string? label)
    {
        var at = _labels[dimension].IndexOf(label);
        if (at < 0)
        {
            at = _labels[dimension].Count;
            _labels[dimension].Add(label);
        }

        return at;
    }

    private static bool IsKey(PatternValue value, Column column)
    {
        try
        {
            var key = TableLabels.KeyOf(value.HasText ? value.Text : null, column);
            return column.Cuts.Count == 0 || key is not long bucket || (bucket >= 0 && bucket <= column.Cuts.Count);
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            return false;
        }
    }

    private static PatternValue ValueOf(string? label)
    {
        var value = new PatternValue();
        if (label is not null)
        {
            value.Text = label;
        }

        return value;
    }

    private static string KeyOf(int[] description) => string.Join(',', description);
}
