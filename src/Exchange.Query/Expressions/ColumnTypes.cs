using Exchange.Protocol.Catalog.V1;

namespace Exchange.Query.Expressions;

/// <summary>The column types as values, and what may be asked about them. Never change one of these shared messages.</summary>
internal static class ColumnTypes
{
    /// <summary>Most digits of a decimal.</summary>
    public const int DecimalDigitsMax = 38;

    public static readonly ColumnType String = new() { Kind = TypeKind.String };
    public static readonly ColumnType Int = new() { Kind = TypeKind.Int };
    public static readonly ColumnType Double = new() { Kind = TypeKind.Double };
    public static readonly ColumnType Bool = new() { Kind = TypeKind.Bool };
    public static readonly ColumnType Date = new() { Kind = TypeKind.Date };
    public static readonly ColumnType Timestamp = new() { Kind = TypeKind.Timestamp };

    public static ColumnType Decimal(int precision, int scale) => new() { Kind = TypeKind.Decimal, Precision = precision, Scale = scale };

    public static bool IsNumeric(ColumnType type) => type.Kind is TypeKind.Int or TypeKind.Double or TypeKind.Decimal;

    public static bool IsCalendar(ColumnType type) => type.Kind is TypeKind.Date or TypeKind.Timestamp;
}
