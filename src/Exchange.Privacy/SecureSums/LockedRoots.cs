using System.Security.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// The roots of a participant's masks behind one key, drawn for one sum: the key stream of ChaCha20 over one root after the other, by position.
/// Whoever has enough shares of the key opens the masks of that sum, and learns nothing that opens another one's.
/// </summary>
internal sealed class LockedRoots
{
    private readonly byte[] _stream;

    public LockedRoots(FieldElement key, int participants)
    {
        _stream = new byte[Sodium.KeyLength * participants];
        MaskStream.Fill(_stream, key.ToBytes());
    }

    public byte[] Lock(int other, ReadOnlySpan<byte> root)
    {
        var locked = root.ToArray();
        for (var at = 0; at < locked.Length; at++)
        {
            locked[at] ^= _stream[Sodium.KeyLength * other + at];
        }

        return locked;
    }

    public byte[] Open(int other, ReadOnlySpan<byte> locked) => Lock(other, locked);

    public void Clear() => CryptographicOperations.ZeroMemory(_stream);
}
