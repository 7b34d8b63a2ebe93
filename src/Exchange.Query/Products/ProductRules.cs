using System.Text.RegularExpressions;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Query.Expressions;

namespace Exchange.Query.Products;

/// <summary>
/// The rules of a product as a whole; those of one column are <see cref="ColumnRules"/>, those of derived measures
/// <see cref="DerivedRules"/>. A product that passes never fails a query later for a reason of its own.
/// </summary>
internal static partial class ProductRules
{
    public const int ColumnsMax = 200;
    public const int NameCharactersMax = 128;
    private const int TitleCharactersMax = 500;
    private const int MajorMax = 9_999;
    private const int SetsMax = 200;

    /// <summary>Every column and derived measure by name.</summary>
    /// <exception cref="ExchangeException"><c>PRODUCT_INVALID</c>.</exception>
    public static IReadOnlyDictionary<string, Column> Check(ProductDefinition definition)
    {
        Require(NamePattern().IsMatch(definition.Name), "The product's name must be 1 to 60 characters of a-z, 0-9 and '_', starting with a letter.");
        Require(definition.Major is >= 1 and <= MajorMax, $"The product's major version must be from 1 to {MajorMax}.");
        Require(definition.Title.Length <= TitleCharactersMax, $"The product's title must have at most {TitleCharactersMax} characters.");
        Require(definition.Columns.Count is >= 1 and <= ColumnsMax, $"A product must have 1 to {ColumnsMax} columns.");

        CheckNames(definition.Columns.Select(column => column.Name).Concat(definition.Derived.Select(derived => derived.Name)));
        var columns = new Dictionary<string, Column>(StringComparer.Ordinal);
        foreach (var column in definition.Columns.Where(column => column.From.Length == 0))
        {
            columns.Add(column.Name, ColumnRules.Stored(column));
        }

        foreach (var column in definition.Columns.Where(column => column.From.Length > 0))
        {
            var source = definition.Columns.FirstOrDefault(other => other.Name == column.From && other.From.Length == 0);
            Require(source is not null, $"Column {Naming.Quote(column.Name)}: `from` must name a stored column of the product.");
            columns.Add(column.Name, ColumnRules.View(column, columns[source!.Name]));
        }

        DerivedRules.Add(definition.Derived, columns);
        CheckUnit(definition.Unit, columns);
        CheckSets(definition, columns);
        return columns;
    }

    public static void Require(bool holds, string rule)
    {
        if (!holds)
        {
            throw Reasons.ProductInvalid.Because(rule, "Correct the product file and publish it again.");
        }
    }

    /// <summary>Engines compare names without case, so two that differ only in it would be one.</summary>
    private static void CheckNames(IEnumerable<string> names)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in names)
        {
            Require(name.Length is >= 1 and <= NameCharactersMax, $"Column {Naming.Quote(name)}: a name must have 1 to {NameCharactersMax} characters.");
            Require(!name.Any(char.IsControl) && name.Trim() == name, $"Column {Naming.Quote(name)}: a name must not hold control characters or start or end with a space.");
            Require(!name.Equals("participant", StringComparison.OrdinalIgnoreCase), "Column \"participant\": the name is taken by the pseudo-column of every product.");
            Require(seen.Add(name), $"Column {Naming.Quote(name)}: the name is used twice.");
        }
    }

    private static void CheckUnit(string unit, Dictionary<string, Column> columns) =>
        Require(unit == "row" || (columns.TryGetValue(unit, out var column) && column.Role == ColumnRole.Identifier),
            $"The unit {Naming.Quote(unit)} must be `row` or an identifier column.");

    private static void CheckSets(ProductDefinition definition, Dictionary<string, Column> columns)
    {
        bool IsMeasure(string name) => columns.TryGetValue(name, out var column) && column.Role == ColumnRole.Measure;

        Require(definition.Pairs.Count <= SetsMax && definition.Groups.Count <= SetsMax, $"A product must have at most {SetsMax} pairs and {SetsMax} groups.");
        foreach (var pair in definition.Pairs)
        {
            Require(pair.Columns.Count == 2, "Each of `pairs` must name two measures.");
            Require(pair.Columns.All(IsMeasure), $"`pairs` must name measures of the product; {Unknown(pair, IsMeasure)} is none.");
        }

        foreach (var group in definition.Groups)
        {
            Require(group.Columns.Count >= 1, "Each of `groups` must name at least one measure.");
            Require(group.Columns.All(IsMeasure), $"`groups` must name measures of the product; {Unknown(group, IsMeasure)} is none.");
        }

        Require(definition.Panel.Length == 0 || (columns.TryGetValue(definition.Panel, out var panel) && panel.Role == ColumnRole.Dimension),
            $"The panel {Naming.Quote(definition.Panel)} must be a dimension.");
    }

    private static string Unknown(ColumnSet set, Func<string, bool> isMeasure) => Naming.Quote(set.Columns.FirstOrDefault(name => !isMeasure(name)) ?? "");

    [GeneratedRegex(@"\A[a-z][a-z0-9_]{0,59}\z")]
    private static partial Regex NamePattern();
}
