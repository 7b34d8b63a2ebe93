using System.Globalization;
using System.Text;

namespace Exchange.Engines.DuckDb;

/// <summary>
/// A statement being written. Nothing that comes from a fragment gets into the text but quoted identifiers of the product and
/// numbers, which are written here from their binary value; texts are numbered parameters. Numbers are no parameters because
/// DuckDB keeps no plan of a statement that has one, and planning costs a small dataset several times its scan.
/// </summary>
internal sealed class SqlText
{
    private readonly List<string> _values = [];

    /// <summary>Values of the parameters $1, $2, ….</summary>
    public IReadOnlyList<string> Values => _values;

    /// <summary>A parameter with the text. Equal texts share one, so that equal expressions stay equal for the optimizer.</summary>
    public string Parameter(string value)
    {
        var number = _values.IndexOf(value) + 1;
        if (number == 0)
        {
            _values.Add(value);
            number = _values.Count;
        }

        return "$" + number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>A BIGINT.</summary>
    public static string Number(long value) => string.Create(CultureInfo.InvariantCulture, $"CAST({value} AS BIGINT)");

    /// <summary>A DOUBLE with all its digits: in DuckDB a number with an exponent is one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not finite; no approved fragment holds such a number.</exception>
    public static string Number(double value) => double.IsFinite(value)
        ? "(" + value.ToString("E16", CultureInfo.InvariantCulture) + ")"
        : throw new ArgumentOutOfRangeException(nameof(value), "A number in a statement must be finite.");

    /// <summary>A quoted identifier.</summary>
    public static string Identifier(string name) => Quote(name, '"');

    /// <summary>A quoted text; for statements that take no parameter, such as ATTACH and CREATE TYPE.</summary>
    public static string Literal(string text) => Quote(text, '\'');

    private static string Quote(string text, char mark)
    {
        if (text.Contains('\0'))
        {
            throw new ArgumentException("A name or text holds a NUL character.", nameof(text));
        }

        return new StringBuilder(text.Length + 2).Append(mark).Append(text.Replace(mark.ToString(), new string(mark, 2), StringComparison.Ordinal)).Append(mark).ToString();
    }
}
