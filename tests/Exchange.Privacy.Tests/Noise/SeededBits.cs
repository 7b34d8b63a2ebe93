using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Exchange.Privacy.Noise;

namespace Exchange.Privacy.Tests.Noise;

/// <summary>The same bits for the same seed: SHA-256 over seed and counter.</summary>
internal sealed class SeededBits(string seed) : RandomBits
{
    private readonly byte[] _seed = Encoding.UTF8.GetBytes(seed);
    private long _counter;

    protected override void Fill(Span<byte> bytes)
    {
        Span<byte> input = stackalloc byte[_seed.Length + 8];
        _seed.CopyTo(input);
        for (; bytes.Length > 0; bytes = bytes[32..])
        {
            BinaryPrimitives.WriteInt64LittleEndian(input[_seed.Length..], _counter++);
            SHA256.HashData(input, bytes[..32]);
        }
    }
}
