using Exchange.Protocol.Catalog.V1;

namespace Exchange.Node.Queries;

/// <summary>Column types as files and answers write them.</summary>
internal static class TypeWords
{
    public static string Of(ColumnType type) => type.Kind switch
    {
        TypeKind.Decimal => $"decimal({type.Precision},{type.Scale})",
        _ => type.Kind.ToString().ToLowerInvariant(),
    };
}
