using System.Globalization;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Naming;

namespace Exchange.Client.Files;

/// <summary>Reads a product file. What a definition means is checked by the node; here only that every word is one.</summary>
public static class ProductFile
{
    /// <summary>Reads the file.</summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>FILE_MISSING</c>, or <c>FILE_INVALID</c> with file, line and the nearest valid word.</exception>
    public static ProductDefinition Read(string path)
    {
        var file = YamlFile.Read(path, "product", "product", "title", "unit", "columns", "derived", "pairs", "groups", "panel");
        var (name, major) = ReadId(file.Required("product"));
        var definition = new ProductDefinition
        {
            Name = name,
            Major = major,
            Title = file["title"]?.Text() ?? "",
            Columns = { file.Required("columns").Map("columns").Entries.Select(entry => ProductColumns.Read(entry.Key, entry.Value)) },
        };
        definition.Unit = ReadUnit(file.Required("unit"), definition);
        ProductColumns.ResolveViews(definition, file.Required("columns"));
        if (file["derived"] is { } derived)
        {
            definition.Derived.AddRange(derived.Map("derived measures").Entries.Select(entry => new DerivedMeasure { Name = entry.Key, Expression = entry.Value.Text() }));
        }

        definition.Pairs.AddRange(ReadSets(file["pairs"], definition));
        definition.Groups.AddRange(ReadSets(file["groups"], definition));
        if (file["panel"] is { } panel)
        {
            definition.Panel = KnownColumn(panel, panel.Text(), definition);
        }

        return definition;
    }

    /// <summary>Splits <c>name/major</c>.</summary>
    internal static (string Name, int Major) ReadId(YamlValue value)
    {
        var text = value.Text();
        if (!Identifiers.IsProductId(text))
        {
            throw value.Wrong("a product is written 'name/major', such as readings/1.", "Use a-z, 0-9 and '_' before the slash and a number from 1 behind it.");
        }

        var slash = text.IndexOf('/');
        return (text[..slash], int.Parse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    private static string ReadUnit(YamlValue value, ProductDefinition definition)
    {
        var unit = value.Text();
        string[] valid = [.. definition.Columns.Where(column => column.Role == ColumnRole.Identifier).Select(column => column.Name), "row"];
        return valid.Contains(unit) ? unit : throw value.UnknownWord("unit", unit, valid);
    }

    private static IEnumerable<ColumnSet> ReadSets(YamlValue? value, ProductDefinition definition) => value is null
        ? []
        : value.List().Select(set => new ColumnSet { Columns = { set.List().Select(item => KnownColumn(item, item.Text(), definition)) } }).ToList();

    private static string KnownColumn(YamlValue value, string name, ProductDefinition definition)
    {
        string[] valid = [.. definition.Columns.Select(column => column.Name), .. definition.Derived.Select(derived => derived.Name)];
        return valid.Contains(name) ? name : throw value.UnknownWord("column", name, valid);
    }
}
