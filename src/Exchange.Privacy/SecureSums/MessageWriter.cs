using System.Buffers;
using System.Buffers.Binary;

namespace Exchange.Privacy.SecureSums;

/// <summary>Writes the bytes of a round message: numbers as 4 bytes, big-endian, and fields of known length one after the other.</summary>
internal sealed class MessageWriter
{
    private readonly ArrayBufferWriter<byte> _written = new();

    public void Bytes(ReadOnlySpan<byte> bytes) => _written.Write(bytes);

    public void Number(int number)
    {
        BinaryPrimitives.WriteInt32BigEndian(_written.GetSpan(4), number);
        _written.Advance(4);
    }

    public void Words(ReadOnlySpan<ulong> words)
    {
        SumLayout.Write(words, _written.GetSpan(8 * words.Length));
        _written.Advance(8 * words.Length);
    }

    public byte[] ToArray() => _written.WrittenSpan.ToArray();
}
