using System.Globalization;
using System.Text;
using Exchange.Protocol.Errors;

namespace Exchange.Engines.Publishing;

/// <summary>
/// Reads RFC 4180 records with the line each begins on. Lines may end in CR, LF or both; empty lines are passed over.
/// A quotation mark inside an unquoted field is a character like any other.
/// </summary>
internal sealed class CsvReader(TextReader text, char delimiter)
{
    /// <summary>Longest record, in characters.</summary>
    public const int RecordCharactersMax = 2_000_000;

    private readonly char[] _buffer = new char[64 * 1024];
    private readonly StringBuilder _field = new();
    private int _position;
    private int _length;
    private long _nextLine = 1;

    /// <summary>Line on which the record read last begins, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Reads the next record; false at the end.</summary>
    public bool Read(List<string> fields)
    {
        fields.Clear();
        SkipEmptyLines();
        if (Peek() < 0)
        {
            return false;
        }

        Line = _nextLine;
        var characters = 0;
        while (true)
        {
            var more = ReadField();
            characters += _field.Length + 1;
            if (characters > RecordCharactersMax)
            {
                throw Malformed($"Line {Line} is longer than {RecordCharactersMax} characters.");
            }

            fields.Add(_field.ToString());
            if (!more)
            {
                return true;
            }
        }
    }

    /// <summary>The refusal of a file that is no table in text.</summary>
    public static ExchangeException Malformed(string message) =>
        Reasons.SourceMalformed.Because(message, "Correct the file; it may be torn or written with another delimiter or encoding.");

    /// <summary>Reads one field into the buffer; true when another follows on the record.</summary>
    private bool ReadField()
    {
        _field.Clear();
        if (Peek() == '"')
        {
            _position++;
            ReadQuoted();
        }

        while (true)
        {
            var next = Peek();
            if (next < 0)
            {
                return false;
            }

            _position++;
            if (next == delimiter)
            {
                return true;
            }

            if (next is '\r' or '\n')
            {
                EndLine(next);
                return false;
            }

            Append((char)next);
        }
    }

    private void ReadQuoted()
    {
        while (true)
        {
            var next = Peek();
            if (next < 0)
            {
                throw Malformed(string.Create(CultureInfo.InvariantCulture, $"The file ends inside a quoted field; its record begins on line {Line}."));
            }

            _position++;
            if (next == '"')
            {
                var after = Peek();
                if (after == '"')
                {
                    _position++;
                }
                else if (after < 0 || after == delimiter || after is '\r' or '\n')
                {
                    return;
                }
                else
                {
                    throw Malformed(string.Create(CultureInfo.InvariantCulture, $"Line {Line} has text behind a closing quotation mark."));
                }
            }
            else if (next == '\n')
            {
                _nextLine++;
            }

            Append((char)next);
        }
    }

    private void Append(char character)
    {
        if (_field.Length >= RecordCharactersMax)
        {
            throw Malformed(string.Create(CultureInfo.InvariantCulture, $"Line {Line} is longer than {RecordCharactersMax} characters."));
        }

        _field.Append(character);
    }

    private void SkipEmptyLines()
    {
        while (Peek() is var next && next is '\r' or '\n')
        {
            _position++;
            EndLine(next);
        }
    }

    private void EndLine(int first)
    {
        if (first == '\r' && Peek() == '\n')
        {
            _position++;
        }

        _nextLine++;
    }

    private int Peek()
    {
        if (_position == _length)
        {
            _length = Fill();
            _position = 0;
        }

        return _length == 0 ? -1 : _buffer[_position];
    }

    private int Fill()
    {
        try
        {
            return text.Read(_buffer, 0, _buffer.Length);
        }
        catch (DecoderFallbackException error)
        {
            throw new ExchangeException(Reasons.SourceMalformed, string.Create(CultureInfo.InvariantCulture, $"The file is not in the encoding it should be, at or after line {_nextLine}."),
                "Write it in UTF-8, or name its encoding.", error);
        }
    }
}
