using System.Runtime.InteropServices;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// The two primitives of libsodium that secure sums use: X25519 (RFC 7748) and the key stream of ChaCha20 (RFC 8439). NSec brings the
/// library; it has no bare stream cipher, and keeps every key on guarded pages of its own, which costs more than the arithmetic
/// where a cohort of a hundred agrees on thousands of keys.
/// </summary>
internal static class Sodium
{
    public const int KeyLength = 32;
    public const int NonceLength = 12;

    // Once and before anything else: the library then uses what the processor has.
    static Sodium()
    {
        if (Initialise() < 0)
        {
            throw new InvalidOperationException("libsodium cannot be initialised.");
        }
    }

    /// <summary>The public key of a secret.</summary>
    public static byte[] PublicKey(ReadOnlySpan<byte> secret)
    {
        var key = new byte[Checked(secret, KeyLength).Length];
        _ = MultiplyBase(ref key[0], in secret[0]);
        return key;
    }

    /// <summary>The shared secret; false for a public key of low order, with which it would be no secret.</summary>
    public static bool TryAgree(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> publicKey, Span<byte> shared) =>
        Multiply(ref shared[0], in Checked(secret, KeyLength)[0], in Checked(publicKey, KeyLength)[0]) == 0;

    /// <summary>Fills the span with the key stream from block 0 on.</summary>
    public static void KeyStream(Span<byte> stream, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key) =>
        _ = Stream(ref stream[0], (ulong)stream.Length, in Checked(nonce, NonceLength)[0], in Checked(key, KeyLength)[0]);

    private static ReadOnlySpan<byte> Checked(ReadOnlySpan<byte> bytes, int length) =>
        bytes.Length == length ? bytes : throw new ArgumentException($"{length} bytes are needed.", nameof(bytes));

    [DllImport("libsodium", EntryPoint = "sodium_init", CallingConvention = CallingConvention.Cdecl)]
    private static extern int Initialise();

    [DllImport("libsodium", EntryPoint = "crypto_scalarmult_curve25519_base", CallingConvention = CallingConvention.Cdecl)]
    private static extern int MultiplyBase(ref byte product, in byte scalar);

    [DllImport("libsodium", EntryPoint = "crypto_scalarmult_curve25519", CallingConvention = CallingConvention.Cdecl)]
    private static extern int Multiply(ref byte product, in byte scalar, in byte point);

    [DllImport("libsodium", EntryPoint = "crypto_stream_chacha20_ietf", CallingConvention = CallingConvention.Cdecl)]
    private static extern int Stream(ref byte stream, ulong length, in byte nonce, in byte key);
}
