namespace Exchange.Engines.Publishing.RowHashes;

/// <summary>Reads RFC 4180 records in UTF-8 from blocks of a file as <see cref="CsvReader"/> does, ten times faster, for it makes no texts.</summary>
/// <param name="delimiter">Between two fields.</param>
/// <param name="hashes">Takes the rows.</param>
/// <param name="guard">Looks at their fields.</param>
internal sealed class Utf8Records(byte delimiter, RowHashWriter hashes, FieldGuard guard)
{
    private static readonly byte[] Mark = [0xef, 0xbb, 0xbf];

    private byte[] _unquoted = new byte[1024];
    private int _fields;
    private bool _begun;
    private bool _headerRead;

    /// <summary>Takes in the whole records of a block, but for the header.</summary>
    /// <param name="block">Begins where a record does.</param>
    /// <param name="last">Nothing follows it.</param>
    /// <returns>How many bytes are done with.</returns>
    public int Take(ReadOnlySpan<byte> block, bool last)
    {
        var at = !_begun && block.StartsWith(Mark) ? Mark.Length : 0;
        _begun = true;
        while (true)
        {
            while (at < block.Length && block[at] is (byte)'\r' or (byte)'\n')
            {
                if (block[at] == '\r' && at + 1 == block.Length && !last)
                {
                    return at;
                }

                // A line that ends in CR alone is one to us, and not to everybody.
                guard.DoubtIf(block[at] == '\r' && (at + 1 == block.Length || block[at + 1] != '\n'));
                at++;
            }

            var length = at == block.Length ? 0 : TakeRecord(block[at..], last);
            if (length == 0)
            {
                return at;
            }

            at += length;
        }
    }

    /// <summary>Takes in the record at the start of the text; 0 when its end is not there yet.</summary>
    private int TakeRecord(ReadOnlySpan<byte> text, bool last)
    {
        hashes.BeginRow();
        _fields = 0;
        var at = 0;
        while (true)
        {
            var length = at < text.Length && text[at] == '"' ? TakeQuoted(text[at..], last) : TakePlain(text[at..], last);
            if (length < 0)
            {
                return 0;
            }

            at += length;
            if (at < text.Length && text[at] == delimiter)
            {
                at++;
                continue;
            }

            guard.EndRecord(_fields);
            if (_headerRead)
            {
                hashes.EndRow();
            }

            _headerRead = true;
            return at;
        }
    }

    private int TakePlain(ReadOnlySpan<byte> text, bool last)
    {
        var length = text.IndexOfAny(delimiter, (byte)'\r', (byte)'\n');
        if (length < 0)
        {
            if (!last)
            {
                return -1;
            }

            length = text.Length;
        }

        guard.DoubtIf(text[..length].Contains((byte)'"'));
        Add(text[..length]);
        return length;
    }

    private int TakeQuoted(ReadOnlySpan<byte> text, bool last)
    {
        var (at, written) = (1, 0);
        while (true)
        {
            var length = text[at..].IndexOf((byte)'"');
            if (length < 0 || (at + length + 1 == text.Length && !last))
            {
                return last ? TakePlain(text, last) : -1;
            }

            Unquote(text.Slice(at, length), ref written);
            at += length + 1;
            if (at == text.Length || text[at] != '"')
            {
                Add(_unquoted.AsSpan(0, written));
                var more = NextEnd(text[at..]);
                guard.DoubtIf(more != 0);
                return at + Math.Max(0, more);
            }

            Unquote("\""u8, ref written);
            at++;
        }
    }

    private void Add(ReadOnlySpan<byte> field)
    {
        if (_headerRead)
        {
            guard.Look(_fields, field);
        }

        _fields++;
        hashes.Add(field);
    }

    // What stands behind a closing quotation mark is no table, and the import says so.
    private int NextEnd(ReadOnlySpan<byte> text) => text.IsEmpty || text[0] == delimiter || text[0] is (byte)'\r' or (byte)'\n' ? 0 : text.IndexOfAny(delimiter, (byte)'\r', (byte)'\n');

    private void Unquote(ReadOnlySpan<byte> text, ref int written)
    {
        while (_unquoted.Length < written + text.Length)
        {
            Array.Resize(ref _unquoted, _unquoted.Length * 2);
        }

        text.CopyTo(_unquoted.AsSpan(written));
        written += text.Length;
    }
}
