using System.Globalization;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;

namespace Exchange.Engines.Publishing;

/// <summary>Checks rows against the rules of their columns, one at a time, and keeps count of what is broken and where.</summary>
internal sealed class RowChecker(IReadOnlyList<StoredColumn> columns)
{
    /// <summary>Most lines named per rule.</summary>
    private const int LinesMax = 5;

    private readonly FieldParser[] _parsers = [.. columns.Select(column => new FieldParser(column.Name, column.Type, column.Format))];
    private readonly HashSet<string>?[] _domains = [.. columns.Select(column => column.Domain.Count == 0 ? null : column.Domain.ToHashSet(StringComparer.Ordinal))];
    private readonly Dictionary<(string Column, string Rule), Tally> _tallies = [];

    private sealed class Tally
    {
        public long Rows { get; set; }

        public List<long> Lines { get; } = [];
    }

    /// <summary>Rows that kept every rule.</summary>
    public long GoodRows { get; private set; }

    /// <summary>Rows that broke one or more.</summary>
    public long BadRows { get; private set; }

    /// <summary>What was broken so far, in the order of its first line.</summary>
    public IReadOnlyList<Violation> Violations =>
        [.. _tallies.Select(tally => new Violation(tally.Key.Column, tally.Key.Rule, tally.Value.Rows, tally.Value.Lines)).OrderBy(violation => violation.FirstLines[0])];

    /// <summary>Checks a row and gives its values; false when it breaks a rule.</summary>
    /// <param name="line">Where it is.</param>
    /// <param name="fields">Its texts, one per column; null or empty for NULL. Null when the line has not as many fields as the header.</param>
    /// <param name="values">Takes the values.</param>
    /// <exception cref="ExchangeException"><c>DATE_AMBIGUOUS</c>.</exception>
    public bool Check(long line, IReadOnlyList<string?>? fields, object?[] values)
    {
        var good = fields is not null;
        if (fields is null)
        {
            Count("", "not as many fields as the header", line);
        }
        else
        {
            for (var index = 0; index < _parsers.Length; index++)
            {
                good &= CheckField(index, fields[index], line, out values[index]);
            }
        }

        GoodRows += good ? 1 : 0;
        BadRows += good ? 0 : 1;
        return good;
    }

    /// <summary>A checked value as text, for DuckDB to read.</summary>
    public string Write(int column, object value) => _parsers[column].Write(value);

    private bool CheckField(int index, string? text, long line, out object? value)
    {
        var column = columns[index];
        value = null;
        if (string.IsNullOrEmpty(text))
        {
            return !column.Required || Count(column.Name, "required, but empty", line);
        }

        if (!_parsers[index].TryParse(text, out var parsed))
        {
            RefuseAmbiguous(index, text, line);
            return Count(column.Name, _parsers[index].Rule, line);
        }

        value = parsed;
        if (_domains[index]?.Contains(text) == false)
        {
            return Count(column.Name, "not in the domain", line);
        }

        return column.Interval is null || IsWithin(parsed, column) || Count(column.Name, $"outside the {column.IntervalName}", line);
    }

    private void RefuseAmbiguous(int index, string text, long line)
    {
        if (_parsers[index].IsIsoDate && DateFormat.Readings(text) is { } readings)
        {
            throw Reasons.DateAmbiguous.Because(
                string.Create(CultureInfo.InvariantCulture, $"The column \"{columns[index].Name}\" has dates that can be read in more than one way, first on line {line}: as {readings}."),
                "Give the column the one that is meant as its `format` in the product, or write the dates in ISO 8601.");
        }
    }

    private static bool IsWithin(object value, StoredColumn column)
    {
        var number = value switch
        {
            long whole => whole,
            double real => real,
            Int128 unscaled => Decimals.ToDouble(unscaled, column.Type.Scale),
            _ => double.NaN,
        };
        return column.Type.Kind is not (TypeKind.Int or TypeKind.Double or TypeKind.Decimal) || (number >= column.Interval!.Low && number <= column.Interval.High);
    }

    /// <summary>Counts a broken rule; always false, for the caller to return.</summary>
    private bool Count(string column, string rule, long line)
    {
        if (!_tallies.TryGetValue((column, rule), out var tally))
        {
            _tallies.Add((column, rule), tally = new Tally());
        }

        tally.Rows++;
        if (tally.Lines.Count < LinesMax)
        {
            tally.Lines.Add(line);
        }

        return false;
    }
}
