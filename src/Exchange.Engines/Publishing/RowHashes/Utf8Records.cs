namespace Exchange.Engines.Publishing.RowHashes;

/// <summary>Reads RFC 4180 records in UTF-8 from blocks of a file as <see cref="CsvReader"/> does, ten times faster, for it makes no texts.</summary>
internal sealed class Utf8Records(byte delimiter, RowHashWriter hashes)
{
    private static readonly byte[] Mark = [0xef, 0xbb, 0xbf];

    private byte[] _unquoted = new byte[1024];
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

        hashes.Add(text[..length]);
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
                hashes.Add(_unquoted.AsSpan(0, written));
                return at + Math.Max(0, NextEnd(text[at..]));
            }

            Unquote("\""u8, ref written);
            at++;
        }
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
