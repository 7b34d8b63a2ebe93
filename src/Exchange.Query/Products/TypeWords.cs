using Exchange.Protocol.Catalog.V1;

namespace Exchange.Query.Products;

/// <summary>Column types as product files, answers and sentences write them.</summary>
public static class TypeWords
{
    /// <summary>Such as <c>int</c> or <c>decimal(12,2)</c>.</summary>
    public static string Of(ColumnType type) => type.Kind switch
    {
        TypeKind.Unspecified => "unknown",
        TypeKind.Decimal => $"decimal({type.Precision},{type.Scale})",
        _ => type.Kind.ToString().ToLowerInvariant(),
    };
}
