using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NSec.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// The mask of a key: the key stream of ChaCha20 (RFC 8439, nonce 0, counter from 0) as little-endian words. A key is used for one
/// mask only. NSec has no bare stream cipher, so libsodium, which it brings, is called directly.
/// </summary>
internal static class MaskStream
{
    private const int NonceLength = 12;

    // Lets NSec initialise libsodium, which then knows the processor's instructions.
    static MaskStream() => _ = KeyAgreementAlgorithm.X25519.SharedSecretSize;

    public static void Add(SumLayout layout, Span<ulong> sum, ReadOnlySpan<byte> key) => Apply(layout, sum, key, subtract: false);

    public static void Subtract(SumLayout layout, Span<ulong> sum, ReadOnlySpan<byte> key) => Apply(layout, sum, key, subtract: true);

    /// <summary>Fills the span with the key stream.</summary>
    public static void Fill(Span<byte> stream, ReadOnlySpan<byte> key)
    {
        Span<byte> nonce = stackalloc byte[NonceLength];
        nonce.Clear();
        Fill(stream, nonce, key);
    }

    internal static void Fill(Span<byte> stream, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key)
    {
        if (key.Length != 32 || nonce.Length != NonceLength)
        {
            throw new ArgumentException("ChaCha20 takes 32 bytes of key and 12 of nonce.");
        }

        _ = Stream(ref MemoryMarshal.GetReference(stream), (ulong)stream.Length, in MemoryMarshal.GetReference(nonce), in MemoryMarshal.GetReference(key));
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

    [DllImport("libsodium", EntryPoint = "crypto_stream_chacha20_ietf", CallingConvention = CallingConvention.Cdecl)]
    private static extern int Stream(ref byte stream, ulong length, in byte nonce, in byte key);
}
