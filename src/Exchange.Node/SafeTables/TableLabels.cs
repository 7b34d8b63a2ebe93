using System.Globalization;
using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Node.SafeTables;

/// <summary>Keys of cells ↔ the texts under which a safe table names values of a dimension. One key has one text.</summary>
internal static class TableLabels
{
    /// <summary>The text of a key that is not NULL.</summary>
    public static string TextOf(object key) => key switch
    {
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => (string)key,
    };

    /// <summary>The key of a text; null for NULL.</summary>
    public static object? KeyOf(string? text, Column column) => text is null ? null : KeyConditions.TypeOfKey(column).Kind switch
    {
        TypeKind.String or TypeKind.Decimal => text,
        TypeKind.Double => double.Parse(text, CultureInfo.InvariantCulture),
        _ => long.Parse(text, CultureInfo.InvariantCulture),
    };

    /// <summary>For people: intervals as such, dates as dates.</summary>
    public static string Shown(string? text, Column column)
    {
        if (text is null)
        {
            return "NULL";
        }

        if (column.Cuts.Count > 0)
        {
            return Exchange.Query.Merging.Intervals.LabelOf(column.Cuts, long.Parse(text, CultureInfo.InvariantCulture));
        }

        return KeyConditions.TypeOfKey(column).Kind switch
        {
            TypeKind.Date => DateTime.UnixEpoch.AddDays(long.Parse(text, CultureInfo.InvariantCulture)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            TypeKind.Timestamp => DateTime.UnixEpoch.AddMicroseconds(long.Parse(text, CultureInfo.InvariantCulture)).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            TypeKind.Bool => text == "1" ? "true" : "false",
            _ => text,
        };
    }
}
