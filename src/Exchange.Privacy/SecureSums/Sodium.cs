using System.Runtime.InteropServices;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// What secure sums use of libsodium: X25519 (RFC 7748), the key stream of ChaCha20 and ChaCha20-Poly1305 (RFC 8439), HMAC-SHA256 and HKDF
/// with it (RFC 2104, 5869). NSec brings the library; it has no bare stream cipher, and keeps every key on guarded pages of its own, which costs
/// more than the arithmetic where a cohort of a hundred agrees on thousands of keys. So does the setting up of each key in the platform's library.
/// </summary>
internal static class Sodium
{
    public const int KeyLength = 32;
    public const int NonceLength = 12;
    public const int TagLength = 16;
    public const int HashLength = 32;

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

    /// <summary>HMAC-SHA256 under a key of 32 bytes.</summary>
    public static byte[] Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text)
    {
        var hash = new byte[HashLength];
        _ = Authenticate(ref hash[0], in MemoryMarshal.GetReference(text), (ulong)text.Length, in Checked(key, KeyLength)[0]);
        return hash;
    }

    /// <summary>HKDF-SHA256's first step, with a salt of 32 bytes.</summary>
    public static void Extract(Span<byte> key, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> secret) =>
        _ = HkdfExtract(ref key[0], in salt[0], (nuint)salt.Length, in secret[0], (nuint)secret.Length);

    /// <summary>HKDF-SHA256's second step.</summary>
    public static void Expand(Span<byte> output, ReadOnlySpan<byte> key, ReadOnlySpan<byte> info) =>
        _ = HkdfExpand(ref output[0], (nuint)output.Length, in info[0], (nuint)info.Length, in Checked(key, KeyLength)[0]);

    /// <summary>Seals with ChaCha20-Poly1305: the ciphertext, then the tag.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key)
    {
        var ciphertext = new byte[plain.Length + TagLength];
        _ = Encrypt(ref ciphertext[0], 0, in plain[0], (ulong)plain.Length, in associated[0], (ulong)associated.Length, 0, in Checked(nonce, NonceLength)[0], in Checked(key, KeyLength)[0]);
        return ciphertext;
    }

    /// <summary>Opens what was sealed; false where key, nonce or what is associated is another one, or a bit was changed.</summary>
    public static bool TryOpen(Span<byte> plain, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key) =>
        plain.Length == ciphertext.Length - TagLength
            && Decrypt(ref plain[0], 0, 0, in ciphertext[0], (ulong)ciphertext.Length, in associated[0], (ulong)associated.Length, in Checked(nonce, NonceLength)[0], in Checked(key, KeyLength)[0]) == 0;

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

    [DllImport("libsodium", EntryPoint = "crypto_auth_hmacsha256", CallingConvention = CallingConvention.Cdecl)]
    private static extern int Authenticate(ref byte hash, in byte text, ulong length, in byte key);

    [DllImport("libsodium", EntryPoint = "crypto_kdf_hkdf_sha256_extract", CallingConvention = CallingConvention.Cdecl)]
    private static extern int HkdfExtract(ref byte key, in byte salt, nuint saltLength, in byte secret, nuint secretLength);

    [DllImport("libsodium", EntryPoint = "crypto_kdf_hkdf_sha256_expand", CallingConvention = CallingConvention.Cdecl)]
    private static extern int HkdfExpand(ref byte output, nuint length, in byte info, nuint infoLength, in byte key);

    [DllImport("libsodium", EntryPoint = "crypto_aead_chacha20poly1305_ietf_encrypt", CallingConvention = CallingConvention.Cdecl)]
    private static extern int Encrypt(
        ref byte ciphertext, nint ciphertextLength, in byte plain, ulong length, in byte associated, ulong associatedLength, nint noSecretNonce, in byte nonce, in byte key);

    [DllImport("libsodium", EntryPoint = "crypto_aead_chacha20poly1305_ietf_decrypt", CallingConvention = CallingConvention.Cdecl)]
    private static extern int Decrypt(
        ref byte plain, nint plainLength, nint noSecretNonce, in byte ciphertext, ulong length, in byte associated, ulong associatedLength, in byte nonce, in byte key);
}
