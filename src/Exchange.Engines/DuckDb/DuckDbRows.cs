using System.Runtime.InteropServices;
using DuckDB.NET.Native;

namespace Exchange.Engines.DuckDb;

/// <summary>The rows of an executed statement, read where DuckDB put them: a chunk of up to 2048 rows at a time, column by column.</summary>
internal sealed class DuckDbRows : IDisposable
{
    private readonly Column[] _columns;
    private DuckDBResult _result;
    private DuckDBDataChunk? _chunk;
    private List<DuckDBDataChunk>? _kept;
    private int _replayed = -1;
    private int _row = -1;
    private int _rows;

    /// <summary>Takes the result over.</summary>
    public DuckDbRows(DuckDBResult result)
    {
        _result = result;
        _columns = new Column[(int)NativeMethods.Query.DuckDBColumnCount(ref _result)];
        for (var index = 0; index < _columns.Length; index++)
        {
            _columns[index] = new Column(ref _result, index);
        }
    }

    /// <summary>Goes to the next row; false behind the last one.</summary>
    /// <exception cref="DuckDbError">The statement failed or was interrupted while rows were computed.</exception>
    public unsafe bool Read()
    {
        if (++_row < _rows)
        {
            return true;
        }

        Advance();
        _row = 0;
        _rows = _chunk!.IsInvalid ? 0 : (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(_chunk);
        if (_rows == 0 && NativeMethods.Query.DuckDBResultErrorType(ref _result) is var failure && failure != DuckDBErrorType.Invalid)
        {
            // Rows that are computed while they are read may fail on the way.
            throw new DuckDbError(failure, NativeMethods.Query.DuckDBResultError(ref _result));
        }

        for (var index = 0; index < _columns.Length && _rows > 0; index++)
        {
            _columns[index].Locate(NativeMethods.DataChunks.DuckDBDataChunkGetVector(_chunk, index));
        }

        return _rows > 0;
    }

    /// <summary>Keeps the rows that are read from now on, for <see cref="Rewind"/>.</summary>
    public void Keep() => _kept = [];

    /// <summary>Goes back to before the first of the rows, all of which were read and kept.</summary>
    public void Rewind() => (_replayed, _row, _rows) = (0, -1, 0);

    /// <summary>Whether the row has no value there.</summary>
    public bool IsNull(int column) => _columns[column].IsNull(_row);

    /// <summary>A BIGINT.</summary>
    public unsafe long GetInt64(int column) => ((long*)_columns[column].DataOf(DuckDBType.BigInt))[_row];

    /// <summary>A UBIGINT.</summary>
    public unsafe ulong GetUInt64(int column) => ((ulong*)_columns[column].DataOf(DuckDBType.UnsignedBigInt))[_row];

    /// <summary>A DOUBLE.</summary>
    public unsafe double GetDouble(int column) => ((double*)_columns[column].DataOf(DuckDBType.Double))[_row];

    /// <summary>A HUGEINT, or the digits of a DECIMAL of more than 18.</summary>
    public unsafe Int128 GetInt128(int column) => ((DuckDBHugeInt*)_columns[column].DataOf(DuckDBType.HugeInt))[_row].ToInt128();

    /// <summary>A BOOLEAN.</summary>
    public unsafe bool GetBoolean(int column) => ((byte*)_columns[column].DataOf(DuckDBType.Boolean))[_row] != 0;

    /// <summary>A DATE, in days since 1970-01-01.</summary>
    public unsafe int GetDays(int column) => ((int*)_columns[column].DataOf(DuckDBType.Date))[_row];

    /// <summary>A TIMESTAMP, in microseconds since 1970-01-01.</summary>
    public unsafe long GetMicroseconds(int column) => ((long*)_columns[column].DataOf(DuckDBType.Timestamp))[_row];

    /// <summary>A VARCHAR or an ENUM.</summary>
    public string GetString(int column) => _columns[column].Text(_row);

    /// <summary>A MAP of DOUBLE to UBIGINT.</summary>
    public (double Number, long Count)[] GetCounts(int column) => _columns[column].Counts(_row);

    /// <inheritdoc/>
    public void Dispose()
    {
        _kept?.ForEach(chunk => chunk.Dispose());
        _chunk?.Dispose();
        _result.Close();
    }

    private void Advance()
    {
        if (_replayed >= 0)
        {
            // The last that was kept is the empty one behind all rows.
            _chunk = _kept![_replayed++];
            return;
        }

        if (_kept is null)
        {
            _chunk?.Dispose();
        }

        _chunk = NativeMethods.Query.DuckDBFetchChunk(_result);
        _kept?.Add(_chunk);
    }

    /// <summary>One column: its type, and where the current chunk has its values.</summary>
    private sealed unsafe class Column
    {
        private readonly DuckDBType _type;
        private readonly string[] _words = [];
        private readonly DuckDBType _wordNumber;
        private void* _data;
        private ulong* _validity;
        private IntPtr _entries;

        public Column(ref DuckDBResult result, int index)
        {
            _type = NativeMethods.Query.DuckDBColumnType(ref result, index);
            if (_type == DuckDBType.Enum)
            {
                using var type = NativeMethods.Query.DuckDBColumnLogicalType(ref result, index);
                _wordNumber = NativeMethods.LogicalType.DuckDBEnumInternalType(type);
                _words = [.. Enumerable.Range(0, (int)NativeMethods.LogicalType.DuckDBEnumDictionarySize(type)).Select(word => NativeMethods.LogicalType.DuckDBEnumDictionaryValue(type, word))];
            }
            else if (_type == DuckDBType.Decimal)
            {
                using var type = NativeMethods.Query.DuckDBColumnLogicalType(ref result, index);
                _type = NativeMethods.LogicalType.DuckDBDecimalInternalType(type);
            }
        }

        public void Locate(IntPtr vector)
        {
            _data = NativeMethods.Vectors.DuckDBVectorGetData(vector);
            _validity = NativeMethods.Vectors.DuckDBVectorGetValidity(vector);
            _entries = _type == DuckDBType.Map ? NativeMethods.Vectors.DuckDBListVectorGetChild(vector) : default;
        }

        /// <summary>A map is a list of pairs, of which a row has where they begin and how many they are.</summary>
        public (double Number, long Count)[] Counts(int row)
        {
            var (start, length) = (((ulong*)DataOf(DuckDBType.Map))[2 * row], ((ulong*)_data)[(2 * row) + 1]);
            var numbers = (double*)NativeMethods.Vectors.DuckDBVectorGetData(NativeMethods.Vectors.DuckDBStructVectorGetChild(_entries, 0));
            var counts = (ulong*)NativeMethods.Vectors.DuckDBVectorGetData(NativeMethods.Vectors.DuckDBStructVectorGetChild(_entries, 1));
            var pairs = new (double, long)[length];
            for (var i = 0; i < pairs.Length; i++)
            {
                pairs[i] = (numbers[start + (ulong)i], (long)counts[start + (ulong)i]);
            }

            return pairs;
        }

        public bool IsNull(int row) => _validity is not null && (_validity[row / 64] & (1UL << (row % 64))) == 0;

        public void* DataOf(DuckDBType type) => _type == type ? _data : throw new InvalidOperationException($"The statement returns {_type} where {type} is read.");

        public string Text(int row)
        {
            if (_type == DuckDBType.Enum)
            {
                return _words[_wordNumber switch
                {
                    DuckDBType.UnsignedTinyInt => ((byte*)_data)[row],
                    DuckDBType.UnsignedSmallInt => ((ushort*)_data)[row],
                    _ => (int)((uint*)_data)[row],
                }];
            }

            var text = (DuckDBString*)DataOf(DuckDBType.Varchar) + row;
            return Marshal.PtrToStringUTF8((IntPtr)text->Data, text->Length);
        }
    }
}
