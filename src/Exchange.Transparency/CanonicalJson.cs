using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Exchange.Transparency;

/// <summary>
/// JSON in the one form of RFC 8785 (JSON Canonicalization Scheme): members sorted by UTF-16 code units, no white space,
/// shortest escapes, numbers as ECMAScript prints them. Equal values give equal bytes, so bytes can be signed and hashed.
/// </summary>
public static class CanonicalJson
{
    /// <summary>Writes a value canonically, in UTF-8.</summary>
    /// <exception cref="ArgumentException">A number that is not finite, or a string with a lone surrogate (RFC 8785, section 3.2.2.2).</exception>
    public static byte[] Serialize(JsonNode? value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text.ToString());
    }

    private static void Write(JsonNode? node, StringBuilder text)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject members:
                WriteObject(members, text);
                break;
            case JsonArray items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    text.Append(i == 0 ? "" : ",");
                    Write(items[i], text);
                }

                text.Append(']');
                break;
            default:
                WriteScalar(node, text);
                break;
        }
    }

    private static void WriteObject(JsonObject members, StringBuilder text)
    {
        text.Append('{');
        var first = true;
        var sorted = members.ToArray();
        Array.Sort(sorted, static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        foreach (var (name, value) in sorted)
        {
            text.Append(first ? "" : ",");
            first = false;
            WriteString(name, text);
            text.Append(':');
            Write(value, text);
        }

        text.Append('}');
    }

    private static void WriteScalar(JsonNode node, StringBuilder text)
    {
        switch (node.GetValueKind())
        {
            case JsonValueKind.String:
                WriteString(node.GetValue<string>(), text);
                break;
            case JsonValueKind.True:
                text.Append("true");
                break;
            case JsonValueKind.False:
                text.Append("false");
                break;
            default:
                if (node is JsonValue number && number.TryGetValue<int>(out var small))
                {
                    text.Append(CultureInfo.InvariantCulture, $"{small}");
                    break;
                }

                // RFC 8785 knows only IEEE doubles (section 3.2.2.3): larger integers belong in strings.
                text.Append(FormatNumber(double.Parse(node.ToJsonString(), CultureInfo.InvariantCulture)));
                break;
        }
    }

    /// <summary>A double as ECMAScript's Number::toString prints it (ECMA-262, section 6.1.6.1.20).</summary>
    /// <exception cref="ArgumentException">Not a finite number.</exception>
    public static string FormatNumber(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentException("JSON has no NaN and no infinity.", nameof(value));
        }

        if (value == 0)
        {
            return "0";
        }

        // .NET's round-trip format gives the same shortest digits; only the layout differs.
        var (digits, exponent) = Decompose(Math.Abs(value).ToString("R", CultureInfo.InvariantCulture));
        var sign = value < 0 ? "-" : "";
        return sign + Layout(digits, exponent);
    }

    private static (string Digits, int Exponent) Decompose(string roundTrip)
    {
        var mantissa = roundTrip;
        var power = 0;
        var e = roundTrip.IndexOf('E');
        if (e >= 0)
        {
            mantissa = roundTrip[..e];
            power = int.Parse(roundTrip[(e + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        }

        var point = mantissa.IndexOf('.');
        var whole = point < 0 ? mantissa : mantissa[..point];
        var fraction = point < 0 ? "" : mantissa[(point + 1)..];
        var digits = (whole + fraction).TrimStart('0');
        var leadingZeros = (whole + fraction).Length - digits.Length;
        var exponent = power + whole.Length - leadingZeros;
        return (digits.TrimEnd('0'), exponent);
    }

    // "exponent" is n of ECMA-262: the value is 0.digits × 10^n.
    private static string Layout(string digits, int exponent) => exponent switch
    {
        > 0 and <= 21 when digits.Length <= exponent => digits.PadRight(exponent, '0'),
        > 0 and <= 21 => digits[..exponent] + "." + digits[exponent..],
        > -6 and <= 0 => "0." + new string('0', -exponent) + digits,
        _ => digits[..1] + (digits.Length > 1 ? "." + digits[1..] : "") + "e" + (exponent > 0 ? "+" : "-") + Math.Abs(exponent - 1).ToString(CultureInfo.InvariantCulture),
    };

    private static readonly SearchValues<char> NeedsEscape = SearchValues.Create(
        "\"\\" + new string([.. Enumerable.Range(0, 32).Select(code => (char)code)]));

    private static void WriteString(string value, StringBuilder text)
    {
        text.Append('"');
        if (value.AsSpan().IndexOfAny(NeedsEscape) < 0)
        {
            text.Append(value).Append('"');
            return;
        }

        foreach (var character in value)
        {
            _ = character switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append("\\u").Append(((int)character).ToString("x4", CultureInfo.InvariantCulture)),
                _ => text.Append(character),
            };
        }

        text.Append('"');
    }
}
