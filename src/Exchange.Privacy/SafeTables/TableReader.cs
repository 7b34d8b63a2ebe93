using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Exchange.Privacy.SafeTables;

/// <summary>Reads what <see cref="TableWriter"/> wrote; anything else is <see cref="InvalidDataException"/>.</summary>
internal sealed class TableReader(ReadOnlySpan<byte> bytes)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly byte[] _bytes = bytes.ToArray();
    private int _at;

    public void End() => Require(_at == _bytes.Length);

    public byte Byte() => Take(1)[0];

    public bool Flag() => Byte() switch { 0 => false, 1 => true, _ => throw Damaged() };

    public int Int() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    /// <summary>A number from 0; of a list, at most as many items as bytes are left.</summary>
    public int Count()
    {
        var count = Int();
        Require(count >= 0);
        return count;
    }

    public long Long() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public Int128 Wide() => BinaryPrimitives.ReadInt128BigEndian(Take(16));

    public double Double()
    {
        var value = BitConverter.Int64BitsToDouble(Long());
        Require(double.IsFinite(value) && !(value == 0 && double.IsNegative(value)));
        return value;
    }

    public decimal Decimal() =>
        decimal.TryParse(Text(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value : throw Damaged();

    public double? Optional() => Flag() ? Double() : null;

    public string? Text()
    {
        var length = Int();
        Require(length >= -1);
        try
        {
            return length < 0 ? null : StrictUtf8.GetString(Take(length));
        }
        catch (DecoderFallbackException)
        {
            throw Damaged();
        }
    }

    public T[] List<T>(Func<T> read)
    {
        var count = Count();
        Require(count <= _bytes.Length - _at);
        var items = new T[count];
        for (var i = 0; i < count; i++)
        {
            items[i] = read();
        }

        return items;
    }

    public static void Require(bool holds)
    {
        if (!holds)
        {
            throw Damaged();
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        Require(count <= _bytes.Length - _at);
        _at += count;
        return _bytes.AsSpan(_at - count, count);
    }

    private static InvalidDataException Damaged() => new("The bytes are not those of a safe table.");
}
