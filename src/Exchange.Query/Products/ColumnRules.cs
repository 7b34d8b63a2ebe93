using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Expressions;

namespace Exchange.Query.Products;

/// <summary>The rules of one column of a product file.</summary>
internal static class ColumnRules
{
    private const int DomainMax = 10_000;
    private const int CutsMax = 1_000;
    private const int FormatCharactersMax = 64;
    private const int UnitCharactersMax = 64;

    /// <summary>A column that the data hold.</summary>
    public static Column Stored(ColumnDefinition definition)
    {
        Check(definition, definition.Type is not null && IsValid(definition.Type),
            "the type must be string, int, double, decimal(p,s) with 1 to 38 digits of which s lie behind the point, bool, date or timestamp");
        return Make(definition, definition.Name, definition.Type!, definition.Required, inherited: null);
    }

    /// <summary>A column that is another view of a stored one: of its type, as often NULL, and never a way around its role.</summary>
    public static Column View(ColumnDefinition definition, Column source)
    {
        Check(definition, definition.Type is null || definition.Type.Kind == TypeKind.Unspecified || definition.Type.Equals(source.Type),
            $"a `from` column has the type of its source, {TypeWords.Of(source.Type)}");
        Check(definition, source.Role is ColumnRole.Dimension or ColumnRole.Measure, "`from` must not name an identifier or a hidden column");
        Check(definition, definition.Format.Length == 0 && !definition.Required, "`format` and `required` belong to the column that `from` names");
        return Make(definition, source.SourceName, source.Type, source.Required, definition.Role == ColumnRole.Measure ? source.Bounds : null);
    }

    private static Column Make(ColumnDefinition definition, string sourceName, ColumnType type, bool required, Interval? inherited)
    {
        Check(definition, definition.Role is >= ColumnRole.Dimension and <= ColumnRole.Hidden, "the role must be dimension, measure, identifier or hidden");
        Check(definition, definition.Format.Length == 0 || (ColumnTypes.IsCalendar(type) && definition.Format.Length <= FormatCharactersMax),
            $"only a date or timestamp has a `format`, of at most {FormatCharactersMax} characters");
        Check(definition, definition.MeasuredIn.Length <= UnitCharactersMax, $"`measured_in` must have at most {UnitCharactersMax} characters");
        CheckDimension(definition, type);
        CheckMeasure(definition, type);
        return new Column
        {
            Name = definition.Name,
            SourceName = sourceName,
            Type = type,
            Role = definition.Role,
            Definition = definition,
            Cuts = definition.Cuts,
            Grain = definition.Grain,
            Bounds = definition.Bounds ?? inherited,
            Required = required,
        };
    }

    private static void CheckDimension(ColumnDefinition definition, ColumnType type)
    {
        var used = definition.Domain.Count > 0 || definition.Range is not null || definition.Cuts.Count > 0 || definition.Grain != Grain.Unspecified;
        Check(definition, !used || definition.Role == ColumnRole.Dimension, "only a dimension has a `domain`, `range`, `cuts` or `grain`");

        Check(definition, definition.Domain.Count == 0 || type.Kind == TypeKind.String, "only a string has a `domain`");
        Check(definition, definition.Domain.Count <= DomainMax, $"`domain` must have at most {DomainMax} values");
        Check(definition, definition.Domain.All(value => value.Length is > 0 and <= Literals.StringCharactersMax), "a value of `domain` must not be empty or too long");
        Check(definition, definition.Domain.Distinct().Count() == definition.Domain.Count, "`domain` names a value twice");

        Check(definition, definition.Range is null || (ColumnTypes.IsNumeric(type) && IsInterval(definition.Range)),
            "`range` must be two finite numbers, the lowest first, of a numeric column");

        Check(definition, definition.Cuts.Count == 0 || ColumnTypes.IsNumeric(type), "only a number has `cuts`");
        Check(definition, definition.Cuts.Count <= CutsMax, $"`cuts` must have at most {CutsMax} points");
        Check(definition, definition.Cuts.All(double.IsFinite) && definition.Cuts.Zip(definition.Cuts.Skip(1), (one, next) => one < next).All(ascends => ascends),
            "`cuts` must be finite and ascending");

        Check(definition, Enum.IsDefined(definition.Grain), "`grain` must be year, quarter, month, week, day or hour");
        Check(definition, definition.Grain == Grain.Unspecified || ColumnTypes.IsCalendar(type), "only a date or timestamp has a `grain`");
        Check(definition, definition.Grain != Grain.Hour || type.Kind == TypeKind.Timestamp, "only a timestamp has the `grain` hour");
    }

    private static void CheckMeasure(ColumnDefinition definition, ColumnType type)
    {
        var isMeasure = definition.Role == ColumnRole.Measure;
        Check(definition, !isMeasure || ColumnTypes.IsNumeric(type), "a measure must be int, double or decimal");
        Check(definition, isMeasure || (definition.Bounds is null && definition.Step == 0 && !definition.ZeroHarmless),
            "only a measure has `bounds`, `step` or `zero`");
        Check(definition, definition.Bounds is null || IsInterval(definition.Bounds), "`bounds` must be two finite numbers, the lowest first");
        Check(definition, double.IsFinite(definition.Step) && definition.Step >= 0, "`step` must be a finite number above zero");
    }

    private static bool IsInterval(Interval interval) =>
        double.IsFinite(interval.Low) && double.IsFinite(interval.High) && interval.Low <= interval.High;

    private static bool IsValid(ColumnType type) => type.Kind switch
    {
        TypeKind.Decimal => type.Precision is >= 1 and <= ColumnTypes.DecimalDigitsMax && type.Scale >= 0 && type.Scale <= type.Precision,
        >= TypeKind.String and <= TypeKind.Timestamp => type.Precision == 0 && type.Scale == 0,
        _ => false,
    };

    private static void Check(ColumnDefinition definition, bool holds, string rule)
    {
        if (!holds)
        {
            ProductRules.Require(false, $"Column {Naming.Quote(definition.Name)}: {rule}.");
        }
    }
}
