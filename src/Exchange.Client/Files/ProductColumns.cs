using Exchange.Protocol.Catalog.V1;

namespace Exchange.Client.Files;

/// <summary>Reads the columns of a product file.</summary>
internal static class ProductColumns
{
    private const string Harmless = "harmless";

    /// <summary>Reads one column. A view (<c>from</c>) has no type of its own yet.</summary>
    public static ColumnDefinition Read(string name, YamlValue value)
    {
        var map = value.Map(
            "column", "type", "role", "domain", "range", "cuts", "grain", "format", "from", "bounds", "step", "zero", "sensitive", "required", "measured_in");
        var column = new ColumnDefinition
        {
            Name = name,
            Role = map.Required("role").Word<ColumnRole>("role"),
            Type = map["type"] is { } type ? TypeText.Parse(type) : null,
            From = map["from"]?.Text() ?? "",
            Range = map["range"] is { } range ? ReadInterval(range) : null,
            Bounds = map["bounds"] is { } bounds ? ReadInterval(bounds) : null,
            Grain = map["grain"]?.Word<Grain>("grain") ?? Grain.Unspecified,
            Format = map["format"]?.Text() ?? "",
            Step = map["step"]?.NumberAbove(0, double.MaxValue) ?? 0,
            ZeroHarmless = map["zero"] is { } zero && ReadZero(zero),
            Sensitive = map["sensitive"]?.Bool() ?? false,
            Required = map["required"]?.Bool() ?? false,
            MeasuredIn = map["measured_in"]?.Text() ?? "",
        };
        column.Domain.AddRange(map["domain"]?.Texts() ?? []);
        column.Cuts.AddRange(map["cuts"]?.List().Select(cut => cut.Number()) ?? []);
        return column.Type is null && column.From.Length == 0 ? throw map.Wrong($"the column '{name}' has no 'type'.", $"Write 'type:' with one of: {string.Join(", ", TypeText.Valid)}.") : column;
    }

    /// <summary>Gives every view the type of the column it is made from.</summary>
    public static void ResolveViews(ProductDefinition definition, YamlValue columns)
    {
        var byName = columns.Map("columns");
        string[] stored = [.. definition.Columns.Where(column => column.From.Length == 0).Select(column => column.Name)];
        foreach (var view in definition.Columns.Where(column => column.From.Length > 0))
        {
            var from = byName.Required(view.Name).Map("column").Required("from");
            var source = definition.Columns.FirstOrDefault(column => column.Name == view.From && column.From.Length == 0)
                ?? throw from.UnknownWord("column", view.From, stored);
            if (view.Type is not null && !view.Type.Equals(source.Type))
            {
                throw from.Wrong($"the column '{view.Name}' has another type than the column it is made from.", "Leave 'type' out: a column made from another one has its type.");
            }

            view.Type = source.Type.Clone();
        }
    }

    private static Interval ReadInterval(YamlValue value)
    {
        var ends = value.List();
        return ends.Count == 2
            ? new Interval { Low = ends[0].Number(), High = ends[1].Number() }
            : throw value.Wrong("an interval has two ends.", "Write '[lowest, highest]'.");
    }

    private static bool ReadZero(YamlValue value) => value.Text() == Harmless ? true : throw value.UnknownWord("value of 'zero'", value.Text(), [Harmless]);
}
