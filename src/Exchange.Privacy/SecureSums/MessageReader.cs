using System.Buffers.Binary;

namespace Exchange.Privacy.SecureSums;

/// <summary>Reads what <see cref="MessageWriter"/> wrote. A message that is too short or too long is refused.</summary>
internal ref struct MessageReader(ReadOnlySpan<byte> message)
{
    private ReadOnlySpan<byte> _rest = message;

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (_rest.Length < count)
        {
            throw Malformed();
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    public int Number() => BinaryPrimitives.ReadInt32BigEndian(Bytes(4));

    public readonly void End()
    {
        if (!_rest.IsEmpty)
        {
            throw Malformed();
        }
    }

    public static SecureSumException Malformed() => new(SecureSumFault.MessageMalformed, "A message of a secure sum is malformed.");
}
