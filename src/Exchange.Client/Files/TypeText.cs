using System.Globalization;
using System.Text.RegularExpressions;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Client.Files;

/// <summary>Column types as people write them: <c>string</c>, <c>decimal(12,2)</c>.</summary>
internal static partial class TypeText
{
    private const int PrecisionMax = 38;

    /// <summary>Every type's word.</summary>
    public static readonly IReadOnlyList<string> Valid = ["string", "int", "double", "decimal(p,s)", "bool", "date", "timestamp"];

    /// <summary>Reads a type.</summary>
    public static ColumnType Parse(YamlValue value)
    {
        var text = value.Text().Trim();
        if (text != "decimal" && Words.TryParse<TypeKind>(text, out var kind))
        {
            return new ColumnType { Kind = kind };
        }

        if (DecimalPattern().Match(text) is { Success: true } match)
        {
            var precision = int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
            var scale = int.Parse(match.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
            return precision is >= 1 and <= PrecisionMax && scale <= precision
                ? new ColumnType { Kind = TypeKind.Decimal, Precision = precision, Scale = scale }
                : throw value.Wrong($"a decimal has 1 to {PrecisionMax} digits, and no more behind the point than in all.", "Write for example \"decimal(12,2)\".");
        }

        // In {…} an unquoted decimal(12,2) ends at its comma.
        throw text.StartsWith("decimal", StringComparison.Ordinal)
            ? value.Wrong($"unknown type '{text}' – did you mean \"decimal(12,2)\", in quotes?", "Write a decimal type with digits in all and behind the point, in quotes.")
            : value.UnknownWord("type", text, Valid);
    }

    [GeneratedRegex(@"\Adecimal\(\s*([0-9]{1,2})\s*,\s*([0-9]{1,2})\s*\)\z")]
    private static partial Regex DecimalPattern();
}
