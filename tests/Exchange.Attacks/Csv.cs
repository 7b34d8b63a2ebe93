using System.Globalization;

namespace Exchange.Attacks;

/// <summary>Rows as a file; a null is an empty field.</summary>
internal static class Csv
{
    public static string Of(string header, IEnumerable<object?[]> rows) =>
        header + "\n" + string.Concat(rows.Select(row => string.Join(',', row.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture))) + "\n"));
}
