using Exchange.Protocol.Catalog.V1;

namespace Exchange.Engines.Publishing;

/// <summary>
/// Looks at every field of a text file while its rows are hashed, and doubts those that DuckDB does not read as our own rules would:
/// it rounds 1.5 to an int, drops the offset of a timestamp and takes 2024/01/02 for a day. So DuckDB may read the file by its
/// columns' types, three times faster than by texts that are then guarded. It also doubts whatever two readers may cut into fields
/// differently. What is doubted is not yet wrong: the rows are then looked at one by one.
/// </summary>
internal sealed class FieldGuard
{
    private const int DayLength = 10;
    private const int MomentLength = 19;
    private const int FractionMax = 6;

    private readonly (TypeKind Kind, int Scale)[] _columns;

    /// <param name="fields">Fields of a record.</param>
    /// <param name="match">Which of them are stored.</param>
    /// <param name="columns">The stored columns.</param>
    public FieldGuard(int fields, ColumnMatch match, IReadOnlyList<StoredColumn> columns)
    {
        _columns = new (TypeKind, int)[fields];
        for (var index = 0; index < columns.Count; index++)
        {
            _columns[match.Positions[index]] = columns[index].Format.Length > 0 ? default : (columns[index].Type.Kind, columns[index].Type.Scale);
        }
    }

    /// <summary>Whether anything was doubted.</summary>
    public bool Doubts { get; private set; }

    /// <summary>Records looked at, the header included.</summary>
    public long Records { get; private set; }

    /// <summary>Doubts the way in which a field or a record was cut out.</summary>
    public void DoubtIf(bool doubtful) => Doubts |= doubtful;

    /// <summary>Looks at a field of a row.</summary>
    /// <param name="position">Where it stands in its record, from 0.</param>
    /// <param name="field">Its text in UTF-8, without quotation marks around it.</param>
    public void Look(int position, ReadOnlySpan<byte> field)
    {
        if (position < _columns.Length && !field.IsEmpty)
        {
            var (kind, scale) = _columns[position];
            Doubts |= kind switch
            {
                TypeKind.Int => !IsInt(field),
                TypeKind.Decimal => !IsDecimal(field, scale),
                TypeKind.Double => !IsNumber(field),
                TypeKind.Date => !IsDay(field),
                TypeKind.Timestamp => !IsMoment(field),
                _ => false,
            };
        }
    }

    /// <summary>Notes the end of a record.</summary>
    /// <param name="fields">How many fields it had.</param>
    public void EndRecord(int fields)
    {
        Records++;
        Doubts |= fields != _columns.Length;
    }

    // As a whole number is written back: no sign but the minus, no leading zero.
    private static bool IsInt(ReadOnlySpan<byte> text)
    {
        text = text[0] == '-' ? text[1..] : text;
        return IsDigits(text) && (text[0] != '0' || text.Length == 1);
    }

    private static bool IsDecimal(ReadOnlySpan<byte> text, int scale)
    {
        text = text[0] == '-' ? text[1..] : text;
        var point = text.IndexOf((byte)'.');
        return point < 0 ? IsDigits(text) : IsDigits(text[..point]) && IsDigits(text[(point + 1)..]) && text.Length - point - 1 <= scale;
    }

    // Any form of a number, but no word for one and nothing between its digits.
    private static bool IsNumber(ReadOnlySpan<byte> text)
    {
        foreach (var one in text)
        {
            if ((uint)(one - '0') > 9 && one is not ((byte)'-' or (byte)'+' or (byte)'.' or (byte)'e' or (byte)'E'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsDay(ReadOnlySpan<byte> text) =>
        text.Length == DayLength && text[4] == '-' && text[7] == '-' && IsDigits(text[..4]) && IsDigits(text[5..7]) && IsDigits(text[8..]);

    private static bool IsMoment(ReadOnlySpan<byte> text)
    {
        text = text[^1] == 'Z' ? text[..^1] : text;
        return text.Length >= MomentLength && IsDay(text[..DayLength]) && text[DayLength] is (byte)'T' or (byte)' '
            && IsBelow(text[11..13], 24) && text[13] == ':' && IsBelow(text[14..16], 60) && text[16] == ':' && IsBelow(text[17..19], 60)
            && (text.Length == MomentLength || (text[MomentLength] == '.' && text.Length - MomentLength - 1 <= FractionMax && IsDigits(text[(MomentLength + 1)..])));
    }

    private static bool IsBelow(ReadOnlySpan<byte> two, int end) => IsDigits(two) && ((two[0] - '0') * 10) + two[1] - '0' < end;

    private static bool IsDigits(ReadOnlySpan<byte> text)
    {
        foreach (var one in text)
        {
            if ((uint)(one - '0') > 9)
            {
                return false;
            }
        }

        return !text.IsEmpty;
    }
}
