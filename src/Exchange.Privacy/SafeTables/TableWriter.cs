using System.Buffers.Binary;
using System.Text;

namespace Exchange.Privacy.SafeTables;

/// <summary>Bytes of a table: numbers of fixed width, big-endian, texts with their length before them. One table has one form.</summary>
internal sealed class TableWriter
{
    private readonly MemoryStream _bytes = new();

    public byte[] ToArray() => _bytes.ToArray();

    public void Byte(byte value) => _bytes.WriteByte(value);

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Count(int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        _bytes.Write(bytes);
    }

    public void Long(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        _bytes.Write(bytes);
    }

    public void Wide(Int128 value)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt128BigEndian(bytes, value);
        _bytes.Write(bytes);
    }

    public void Double(double value) => Long(BitConverter.DoubleToInt64Bits(value + 0.0));

    public void Decimal(decimal value)
    {
        // Without the digits behind the point that say nothing, so that 90 and 90.0 are one.
        Text((value / 1.000000000000000000000000000000000m).ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    public void Optional(double? value)
    {
        Flag(value is not null);
        if (value is { } number)
        {
            Double(number);
        }
    }

    public void Text(string? value)
    {
        if (value is null)
        {
            Count(-1);
            return;
        }

        var bytes = Encoding.UTF8.GetBytes(value);
        Count(bytes.Length);
        _bytes.Write(bytes);
    }

    public void List<T>(IReadOnlyList<T> items, Action<T> write)
    {
        Count(items.Count);
        foreach (var item in items)
        {
            write(item);
        }
    }
}
