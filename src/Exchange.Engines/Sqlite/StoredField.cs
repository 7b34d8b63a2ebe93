using Exchange.Engines.Publishing;
using Exchange.Engines.Sqlite.Evaluation;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using SQLitePCL;

namespace Exchange.Engines.Sqlite;

/// <summary>
/// A column of the current row. Our own parts hold ints, bools, dates (days), timestamps (microseconds) and decimals of up to 18
/// digits (unscaled) as INTEGER, larger decimals as TEXT; in an attached table a field may be written in any way that publishing accepts.
/// </summary>
internal sealed class StoredField(StoredColumn column, bool attached) : Scalar(column.Type.Kind, column.Type.Scale)
{
    /// <summary>Most digits of a decimal that fit an INTEGER.</summary>
    public const int IntegerDigitsMax = 18;

    private readonly FieldParser _parser = new(column.Name, column.Type, column.Format);
    private SqliteScan _scan = null!;
    private int _position;

    /// <summary>Name of the column.</summary>
    public string Name => column.Name;

    /// <summary>Reads from that scan from now on.</summary>
    public void ReadFrom(SqliteScan scan, int position) => (_scan, _position) = (scan, position);

    public override bool TryWhole(out long value)
    {
        var type = _scan.TypeOf(_position);
        if (type == raw.SQLITE_INTEGER && (!attached || Kind == TypeKind.Int || Kind == TypeKind.Bool))
        {
            value = _scan.Whole(_position);
            return true;
        }

        var present = TryParsed(type, out var parsed);
        value = parsed is long whole ? whole : 0;
        return present;
    }

    public override bool TryExact(out Int128 value)
    {
        if (Kind != TypeKind.Decimal)
        {
            return base.TryExact(out value);
        }

        var type = _scan.TypeOf(_position);
        if (type == raw.SQLITE_INTEGER && !attached)
        {
            value = _scan.Whole(_position);
            return true;
        }

        var present = TryParsed(type, out var parsed);
        value = parsed is Int128 exact ? exact : 0;
        return present;
    }

    public override bool TryReal(out double value)
    {
        if (Kind != TypeKind.Double)
        {
            return base.TryReal(out value);
        }

        var type = _scan.TypeOf(_position);
        if (type is raw.SQLITE_FLOAT or raw.SQLITE_INTEGER)
        {
            value = _scan.Real(_position);
            return true;
        }

        var present = TryParsed(type, out var parsed);
        value = parsed is double real ? real : 0;
        return present;
    }

    public override bool TryText(out string value)
    {
        value = _scan.TypeOf(_position) == raw.SQLITE_TEXT ? _scan.Text(_position) : _scan.AsText(_position) ?? "";
        return value.Length > 0;
    }

    private bool TryParsed(int type, out object? value)
    {
        value = null;
        if (type == raw.SQLITE_NULL || _scan.AsText(_position) is not { Length: > 0 } text)
        {
            return false;
        }

        if (_parser.TryParse(text, out var parsed))
        {
            value = parsed;
            return true;
        }

        // Every field could be read when the table was published.
        throw SourceStamps.Changed();
    }
}
