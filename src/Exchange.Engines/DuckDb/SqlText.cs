using System.Globalization;
using System.Text;
using DuckDB.NET.Data;

namespace Exchange.Engines.DuckDb;

/// <summary>
/// A statement being written: text with numbered parameters. Nothing that comes from a fragment gets into the text but
/// quoted identifiers of the product; equal values share a parameter so that equal expressions stay equal for the optimizer.
/// </summary>
internal sealed class SqlText
{
    private readonly Dictionary<object, int> _numbers = [];
    private readonly List<object> _values = [];

    /// <summary>Values of the parameters $1, $2, ….</summary>
    public IReadOnlyList<object> Values => _values;

    /// <summary>A parameter with the value.</summary>
    public string Parameter(object value)
    {
        // A double and a long of the same number are different parameters: the boxed type is part of the key.
        if (!_numbers.TryGetValue(value, out var number))
        {
            _values.Add(value);
            number = _values.Count;
            _numbers.Add(value, number);
        }

        return "$" + number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Makes the statement's parameters the values written so far.</summary>
    public void BindTo(DuckDBCommand command)
    {
        command.Parameters.Clear();
        foreach (var value in _values)
        {
            command.Parameters.Add(new DuckDBParameter(value));
        }
    }

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
