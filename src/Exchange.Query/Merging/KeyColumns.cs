using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;

namespace Exchange.Query.Merging;

/// <summary>Group keys ↔ one column of the answer.</summary>
internal static class KeyColumns
{
    public static KeyColumn Encode(ColumnType type, IReadOnlyList<ReleasedCell> cells, int index)
    {
        var column = new KeyColumn();
        var anyNull = false;
        foreach (var cell in cells)
        {
            var key = cell.Key[index];
            anyNull |= key is null;
            switch (type.Kind)
            {
                case TypeKind.String:
                    column.Strings.Add((string?)key ?? "");
                    break;
                case TypeKind.Decimal:
                    column.Decimals.Add((string?)key ?? "");
                    break;
                case TypeKind.Double:
                    column.Doubles.Add((double?)key ?? 0);
                    break;
                default:
                    column.Ints.Add((long?)key ?? 0);
                    break;
            }
        }

        if (anyNull)
        {
            column.Nulls.AddRange(cells.Select(cell => cell.Key[index] is null));
        }

        return column;
    }

    /// <summary>Checks every key of a peer's column, and brings decimals into the one notation of their column.</summary>
    public static void Check(KeyColumn column, ColumnType type, int count)
    {
        var (strings, ints, doubles, decimals) = type.Kind switch
        {
            TypeKind.String => (count, 0, 0, 0),
            TypeKind.Double => (0, 0, count, 0),
            TypeKind.Decimal => (0, 0, 0, count),
            _ => (0, count, 0, 0),
        };
        AnswerCodec.Require(
            column.Strings.Count == strings && column.Ints.Count == ints && column.Doubles.Count == doubles && column.Decimals.Count == decimals
            && (column.Nulls.Count == 0 || column.Nulls.Count == count),
            "has a key column of the wrong type or length");
        for (var i = 0; i < count; i++)
        {
            if (column.Nulls.Count > 0 && column.Nulls[i])
            {
                continue;
            }

            switch (type.Kind)
            {
                case TypeKind.String:
                    AnswerCodec.Require(column.Strings[i].Length <= Literals.StringCharactersMax, "has a key that is too long");
                    break;
                case TypeKind.Double:
                    AnswerCodec.Require(double.IsFinite(column.Doubles[i]), "has a key that is not finite");
                    break;
                case TypeKind.Decimal:
                    column.Decimals[i] = Decimal(column.Decimals[i], type);
                    break;
                default:
                    CheckWhole(column.Ints[i], type);
                    break;
            }
        }
    }

    /// <summary>A checked key.</summary>
    public static object? At(KeyColumn column, ColumnType type, int index) => column.Nulls.Count > 0 && column.Nulls[index] ? null : type.Kind switch
    {
        TypeKind.String => column.Strings[index],
        TypeKind.Double => column.Doubles[index] == 0 ? 0.0 : column.Doubles[index],
        TypeKind.Decimal => column.Decimals[index],
        _ => column.Ints[index],
    };

    /// <summary>In one notation, that of the column's scale, so that equal keys are equal texts.</summary>
    private static string Decimal(string key, ColumnType type)
    {
        var isNumber = ExactDecimal.TryParse(key, out var exact);
        AnswerCodec.Require(
            isNumber && exact.Scale <= type.Scale && (exact.Unscaled == 0 || exact.Type.Precision - exact.Scale <= type.Precision - type.Scale),
            "has a key that is no decimal of its column");
        return exact.WithScale(type.Scale).ToString();
    }

    private static void CheckWhole(long key, ColumnType type) => AnswerCodec.Require(type.Kind switch
    {
        TypeKind.Bool => key is 0 or 1,
        TypeKind.Date => Literals.IsDay(key),
        TypeKind.Timestamp => Literals.IsMoment(key),
        _ => true,
    }, "has a key outside of its type");
}
