using System.Text;

namespace Exchange.Engines.Publishing.RowHashes;

/// <summary>
/// The keyed hash of one value, the same however a source writes it: 1.50, 1.5 and 15e-1 are one number (to 15 digits where it has a
/// fraction, so that a double is found again in any of its decimal forms); true and 1 are one, and a moment is one with T or a space, with
/// Z or without, with zeros behind it or none. Everything else is its text. Nothing is 0.
/// </summary>
internal static class ValueHash
{
    private const int DigitsMax = 19;
    private const int FractionDigitsMax = 15;
    private const int MomentLength = 19;
    private const int MomentBytesMax = 40;

    /// <summary>The hash of a field of a source in UTF-8.</summary>
    public static ulong Of(RowHashKey key, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }

        if (text[0] <= '9')
        {
            return TryNumber(key, text, out var number) ? number : IsMoment(text) ? OfMoment(key, text) : SipHash.Of(key, text);
        }

        return text.Length is 4 or 5 && Truth(text) is { } truth ? SipHash.OfTen(key, truth, 0) : SipHash.Of(key, text);
    }

    /// <summary>A number by its digits without zeros at either end, its exponent and its sign.</summary>
    private static bool TryNumber(RowHashKey key, ReadOnlySpan<byte> text, out ulong hash)
    {
        hash = 0;
        var at = text[0] is (byte)'-' or (byte)'+' ? 1 : 0;
        var negative = text[0] == '-';
        var (digits, count, zeros, exponent) = (0UL, 0, 0, 0);
        var (point, any) = (false, false);
        for (; at < text.Length; at++)
        {
            var digit = text[at] - (uint)'0';
            if (digit <= 9)
            {
                any = true;
                exponent -= point ? 1 : 0;
                if (digit == 0)
                {
                    zeros += count == 0 ? 0 : 1;
                    continue;
                }

                for (; zeros >= 0; zeros--)
                {
                    digits *= 10;
                    count++;
                }

                zeros = 0;
                digits += digit;
                if (count > DigitsMax)
                {
                    return false;
                }
            }
            else if (text[at] == '.' && !point)
            {
                point = true;
            }
            else
            {
                break;
            }
        }

        if (!any || (at < text.Length && !TryExponent(text[at..], ref exponent)))
        {
            return false;
        }

        exponent += zeros;
        if (count > FractionDigitsMax && exponent < 0)
        {
            exponent += Round(ref digits, count - FractionDigitsMax);
        }

        hash = digits == 0 ? SipHash.OfTen(key, 0, 0) : SipHash.OfTen(key, digits, (ushort)((exponent << 1) | (negative ? 1 : 0)));
        return true;
    }

    private static bool TryExponent(ReadOnlySpan<byte> text, ref int exponent)
    {
        if (text[0] is not ((byte)'e' or (byte)'E') || text.Length is < 2 or > 5)
        {
            return false;
        }

        var first = text[1] is (byte)'-' or (byte)'+' ? 2 : 1;
        var value = 0;
        for (var at = first; at < text.Length; at++)
        {
            if (text[at] is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            value = (value * 10) + text[at] - '0';
        }

        exponent += text[1] == '-' ? -value : value;
        return first < text.Length;
    }

    private static int Round(ref ulong digits, int drop)
    {
        var unit = 1UL;
        for (var i = 0; i < drop; i++)
        {
            unit *= 10;
        }

        digits = (digits / unit) + (digits % unit >= unit / 2 ? 1UL : 0);
        while (digits % 10 == 0)
        {
            digits /= 10;
            drop++;
        }

        return drop;
    }

    private static bool IsMoment(ReadOnlySpan<byte> text) =>
        text.Length is >= MomentLength and <= MomentBytesMax && text[4] == '-' && text[7] == '-' && text[10] is (byte)'T' or (byte)' ' && text[13] == ':' && text[16] == ':';

    private static ulong OfMoment(RowHashKey key, ReadOnlySpan<byte> text)
    {
        Span<byte> plain = stackalloc byte[MomentBytesMax];
        text = text[^1] == 'Z' ? text[..^1] : text;
        text.CopyTo(plain);
        plain[10] = (byte)' ';
        var length = text.Length;
        if (length > MomentLength && text[MomentLength] == '.')
        {
            length = text.TrimEnd((byte)'0').Length;
            length -= length == MomentLength + 1 ? 1 : 0;
        }

        return SipHash.Of(key, plain[..length]);
    }

    private static ulong? Truth(ReadOnlySpan<byte> text) =>
        Ascii.EqualsIgnoreCase(text, "true"u8) ? 1 : Ascii.EqualsIgnoreCase(text, "false"u8) ? 0 : null;
}
