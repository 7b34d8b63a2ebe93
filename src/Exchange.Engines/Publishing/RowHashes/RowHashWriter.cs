using System.Buffers.Binary;
using System.Text;

namespace Exchange.Engines.Publishing.RowHashes;

/// <summary>
/// Takes the keyed hash of each row of a source and writes them to a file. A row's hash is the sum of its values' hashes, so that neither
/// the order nor the names of columns matter, nor columns that are empty. The sums without one column, of which a sample is kept per
/// column, find rows of which one column was changed, left out or added.
/// </summary>
internal sealed class RowHashWriter : IDisposable
{
    /// <summary>Bytes of a stored hash: of a billion other rows, one in a thousand thousand has the hash of a given row by chance.</summary>
    public const int HashBytes = 5;

    /// <summary>Most columns, the first ones, without which rows are looked for.</summary>
    public const int NearColumnsMax = 64;

    /// <summary>Bytes before the hashes: the mark of the form, and the number of rows.</summary>
    public const int HeadBytes = 16;

    /// <summary>Mark of the form of the file: <c>rows/1</c>.</summary>
    public const ulong Form = 0x312f73776f72;

    private const int Shift = 64 - (8 * HashBytes);
    private const int ScratchBytes = 512;

    private readonly RowHashKey _key;
    private readonly string _path;
    private readonly FileStream _file;
    private readonly ulong[] _values = new ulong[NearColumnsMax];
    private readonly RecentHashes _recent = new();
    private readonly List<NearSample> _near = [];
    private readonly byte[] _buffer = new byte[HashBytes * 16 * 1024];
    private int _buffered;
    private ulong _sum;
    private int _columns;
    private long _rows;
    private bool _kept;

    public RowHashWriter(RowHashKey key, string path)
    {
        (_key, _path) = (key, path);
        OwnedFolder.Ensure(Path.GetDirectoryName(path)!);
        _file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        _file.Write(new byte[HeadBytes]);
    }

    /// <summary>Forgets what was added since the last row ended.</summary>
    public void BeginRow() => (_sum, _columns) = (0, 0);

    /// <summary>Adds the next field of the row, UTF-8, empty for NULL.</summary>
    public void Add(ReadOnlySpan<byte> field)
    {
        var value = _recent.Of(_key, field);
        _sum += value;
        if (_columns < NearColumnsMax)
        {
            _values[_columns++] = value;
        }
    }

    /// <summary>Adds the next field of the row.</summary>
    public void Add(string? field)
    {
        var bytes = Encoding.UTF8.GetMaxByteCount(field?.Length ?? 0);
        Span<byte> text = bytes <= ScratchBytes ? stackalloc byte[ScratchBytes] : new byte[bytes];
        Add(text[..Encoding.UTF8.GetBytes(field ?? "", text)]);
    }

    /// <summary>Takes the row in.</summary>
    public void EndRow()
    {
        while (_near.Count < _columns)
        {
            _near.Add(new NearSample());
        }

        for (var column = 0; column < _columns; column++)
        {
            _near[column].Offer((_sum - _values[column]) >> Shift);
        }

        Write(_sum >> Shift);
        _rows++;
    }

    /// <summary>Makes the file complete on disk; it stays.</summary>
    public void Keep()
    {
        Flush();
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, (ulong)_near.Count);
        _file.Write(number);
        foreach (var sample in _near)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, sample.Limit);
            _file.Write(number);
            BinaryPrimitives.WriteUInt64LittleEndian(number, (ulong)sample.Hashes.Count);
            _file.Write(number);
            foreach (var hash in sample.Hashes)
            {
                Write(hash);
            }

            Flush();
        }

        Span<byte> head = stackalloc byte[HeadBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(head, Form);
        BinaryPrimitives.WriteInt64LittleEndian(head[8..], _rows);
        _file.Position = 0;
        _file.Write(head);
        _file.Flush(flushToDisk: true);
        _kept = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        if (!_kept)
        {
            File.Delete(_path);
        }
    }

    private void Write(ulong hash)
    {
        if (_buffered == _buffer.Length)
        {
            Flush();
        }

        for (var i = 0; i < HashBytes; i++)
        {
            _buffer[_buffered++] = (byte)(hash >> (8 * i));
        }
    }

    private void Flush()
    {
        _file.Write(_buffer, 0, _buffered);
        _buffered = 0;
    }
}
