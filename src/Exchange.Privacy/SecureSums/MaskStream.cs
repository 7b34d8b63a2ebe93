using System.Buffers;
using System.Security.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <summary>The mask of a key: the key stream of ChaCha20 (nonce 0, from block 0) as little-endian words. A key is used for one mask only.</summary>
internal static class MaskStream
{
    public static void Add(SumLayout layout, Span<ulong> sum, ReadOnlySpan<byte> key) => Apply(layout, sum, key, subtract: false);

    public static void Subtract(SumLayout layout, Span<ulong> sum, ReadOnlySpan<byte> key) => Apply(layout, sum, key, subtract: true);

    /// <summary>Fills the span with the key stream.</summary>
    public static void Fill(Span<byte> stream, ReadOnlySpan<byte> key)
    {
        Span<byte> nonce = stackalloc byte[Sodium.NonceLength];
        nonce.Clear();
        Sodium.KeyStream(stream, nonce, key);
    }

    private static void Apply(SumLayout layout, Span<ulong> sum, ReadOnlySpan<byte> key, bool subtract)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(8 * sum.Length);
        var words = ArrayPool<ulong>.Shared.Rent(sum.Length);
        var stream = bytes.AsSpan(0, 8 * sum.Length);
        var mask = words.AsSpan(0, sum.Length);
        Fill(stream, key);
        SumLayout.Read(stream, mask);
        if (subtract)
        {
            layout.Subtract(sum, mask);
        }
        else
        {
            layout.Add(sum, mask);
        }

        CryptographicOperations.ZeroMemory(stream);
        mask.Clear();
        ArrayPool<byte>.Shared.Return(bytes);
        ArrayPool<ulong>.Shared.Return(words);
    }
}
