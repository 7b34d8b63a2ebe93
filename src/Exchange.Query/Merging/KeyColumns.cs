using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;

namespace Exchange.Query.Merging;

/// <summary>Group keys ↔ one column of the answer.</summary>
internal static class KeyColumns
{
    private static readonly object[] SmallNumbers = Enumerable.Range(0, 4096).Select(number => (object)(long)number).ToArray();

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

    public static void Decode(KeyColumn column, ColumnType type, ReleasedCell[] cells, int index)
    {
        var (strings, ints, doubles, decimals) = type.Kind switch
        {
            TypeKind.String => (cells.Length, 0, 0, 0),
            TypeKind.Double => (0, 0, cells.Length, 0),
            TypeKind.Decimal => (0, 0, 0, cells.Length),
            _ => (0, cells.Length, 0, 0),
        };
        AnswerCodec.Require(
            column.Strings.Count == strings && column.Ints.Count == ints && column.Doubles.Count == doubles && column.Decimals.Count == decimals
            && (column.Nulls.Count == 0 || column.Nulls.Count == cells.Length),
            "has a key column of the wrong type or length");
        for (var i = 0; i < cells.Length; i++)
        {
            cells[i].Key[index] = column.Nulls.Count > 0 && column.Nulls[i] ? null : type.Kind switch
            {
                TypeKind.String => Text(column.Strings[i]),
                TypeKind.Double => Number(column.Doubles[i]),
                TypeKind.Decimal => Decimal(column.Decimals[i], type),
                _ => Whole(column.Ints[i], type),
            };
        }
    }

    private static string Text(string key)
    {
        AnswerCodec.Require(key.Length <= Literals.StringCharactersMax, "has a key that is too long");
        return key;
    }

    /// <summary>Both zeros are one key.</summary>
    private static object Number(double key)
    {
        AnswerCodec.Require(double.IsFinite(key), "has a key that is not finite");
        return key == 0 ? 0.0 : key;
    }

    /// <summary>In one notation, that of the column's scale, so that equal keys are equal texts.</summary>
    private static string Decimal(string key, ColumnType type)
    {
        var isNumber = ExactDecimal.TryParse(key, out var exact);
        AnswerCodec.Require(
            isNumber && exact.Scale <= type.Scale && (exact.Unscaled == 0 || exact.Type.Precision - exact.Scale <= type.Precision - type.Scale),
            "has a key that is no decimal of its column");
        return exact.WithScale(type.Scale).ToString();
    }

    private static object Whole(long key, ColumnType type)
    {
        AnswerCodec.Require(type.Kind switch
        {
            TypeKind.Bool => key is 0 or 1,
            TypeKind.Date => Literals.IsDay(key),
            TypeKind.Timestamp => Literals.IsMoment(key),
            _ => true,
        }, "has a key outside of its type");
        return key >= 0 && key < SmallNumbers.Length ? SmallNumbers[key] : key;
    }
}
