using System.Globalization;

namespace Exchange.Engines;

/// <summary>Exact decimals as unscaled integers of 128 bits.</summary>
internal static class Decimals
{
    private static readonly Int128[] Powers = [.. Enumerable.Range(0, 39).Select(Power)];

    /// <summary>Reads plain or scientific notation; false when it is no number, or has more digits than fit.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, int precision, int scale, out Int128 unscaled)
    {
        unscaled = 0;
        var exponent = 0;
        var mark = text.IndexOfAny('e', 'E');
        if (mark >= 0)
        {
            if (!int.TryParse(text[(mark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent) || Math.Abs((long)exponent) > 400)
            {
                return false;
            }

            text = text[..mark];
        }

        var negative = text.Length > 0 && text[0] == '-';
        text = negative || (text.Length > 0 && text[0] == '+') ? text[1..] : text;
        var point = text.IndexOf('.');
        var digits = point < 0 ? text.ToString() : string.Concat(text[..point], text[(point + 1)..]);
        if (digits.Length == 0 || digits.AsSpan().IndexOfAnyExceptInRange('0', '9') >= 0)
        {
            return false;
        }

        // Digits behind the last place must be zeros, those before the first too.
        var places = scale + exponent - (point < 0 ? 0 : text.Length - point - 1);
        digits = digits.TrimStart('0');
        if (places < 0)
        {
            var cut = Math.Min(digits.Length, -places);
            if (digits.AsSpan(digits.Length - cut).IndexOfAnyExcept('0') >= 0)
            {
                return false;
            }

            digits = digits[..^cut];
            places = 0;
        }

        if (digits.Length == 0)
        {
            return true;
        }

        if (digits.Length + places > Math.Min(precision, 38))
        {
            return false;
        }

        unscaled = Int128.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture) * Powers[places];
        unscaled = negative ? -unscaled : unscaled;
        return true;
    }

    /// <summary>Plain notation with all places of the scale.</summary>
    public static string Text(Int128 unscaled, int scale)
    {
        var digits = Int128.Abs(unscaled).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var text = scale == 0 ? digits : digits[..^scale] + "." + digits[^scale..];
        return unscaled < 0 ? "-" + text : text;
    }

    /// <summary>The nearest double.</summary>
    public static double ToDouble(Int128 unscaled, int scale) => scale == 0 ? (double)unscaled
        : unscaled > -(1L << 53) && unscaled < 1L << 53 && scale <= 22 ? (double)unscaled / (double)Powers[scale]
        : double.Parse(Text(unscaled, scale), CultureInfo.InvariantCulture);

    /// <summary>Ten to that power, 0 to 38.</summary>
    public static Int128 PowerOfTen(int exponent) => Powers[exponent];

    private static Int128 Power(int exponent)
    {
        Int128 power = 1;
        for (var index = 0; index < exponent; index++)
        {
            power *= 10;
        }

        return power;
    }
}
