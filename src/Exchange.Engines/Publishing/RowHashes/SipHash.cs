using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Exchange.Engines.Publishing.RowHashes;

/// <summary>SipHash-2-4, a keyed pseudorandom function that is fast on short texts (Aumasson and Bernstein, INDOCRYPT 2012).</summary>
internal static class SipHash
{
    /// <summary>The 64-bit hash of a text.</summary>
    public static ulong Of(RowHashKey key, ReadOnlySpan<byte> text)
    {
        var (v0, v1) = (key.First ^ 0x736f6d6570736575, key.Second ^ 0x646f72616e646f6d);
        var (v2, v3) = (key.First ^ 0x6c7967656e657261, key.Second ^ 0x7465646279746573);
        var last = TakeWords(ref v0, ref v1, ref v2, ref v3, text);
        return Finish(v0, v1, v2, v3, last);
    }

    /// <summary>The halves of the 128-bit hash of a text: nobody without the key finds two texts with one, and by chance two of 2⁴⁰ have the same with a probability below 2⁻⁴⁸.</summary>
    public static (ulong Low, ulong High) OfWide(RowHashKey key, ReadOnlySpan<byte> text)
    {
        var (v0, v1) = (key.First ^ 0x736f6d6570736575, key.Second ^ 0x646f72616e646f6d ^ 0xee);
        var (v2, v3) = (key.First ^ 0x6c7967656e657261, key.Second ^ 0x7465646279746573);
        Compress(ref v0, ref v1, ref v2, ref v3, TakeWords(ref v0, ref v1, ref v2, ref v3, text));
        v2 ^= 0xee;
        FourRounds(ref v0, ref v1, ref v2, ref v3);
        var low = v0 ^ v1 ^ v2 ^ v3;
        v1 ^= 0xdd;
        FourRounds(ref v0, ref v1, ref v2, ref v3);
        return (low, v0 ^ v1 ^ v2 ^ v3);
    }

    /// <summary>The hash of the ten bytes that two numbers are, the least significant of each first.</summary>
    public static ulong OfTen(RowHashKey key, ulong eight, ushort two)
    {
        var (v0, v1) = (key.First ^ 0x736f6d6570736575, key.Second ^ 0x646f72616e646f6d);
        var (v2, v3) = (key.First ^ 0x6c7967656e657261, key.Second ^ 0x7465646279746573);
        Compress(ref v0, ref v1, ref v2, ref v3, eight);
        return Finish(v0, v1, v2, v3, (10UL << 56) | two);
    }

    // Gives the last word, of what is left and the length.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong TakeWords(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3, ReadOnlySpan<byte> text)
    {
        var last = (ulong)text.Length << 56;
        for (; text.Length >= 8; text = text[8..])
        {
            Compress(ref v0, ref v1, ref v2, ref v3, BinaryPrimitives.ReadUInt64LittleEndian(text));
        }

        for (var i = 0; i < text.Length; i++)
        {
            last |= (ulong)text[i] << (8 * i);
        }

        return last;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Finish(ulong v0, ulong v1, ulong v2, ulong v3, ulong last)
    {
        Compress(ref v0, ref v1, ref v2, ref v3, last);
        v2 ^= 0xff;
        FourRounds(ref v0, ref v1, ref v2, ref v3);
        return v0 ^ v1 ^ v2 ^ v3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FourRounds(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Compress(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3, ulong word)
    {
        v3 ^= word;
        Round(ref v0, ref v1, ref v2, ref v3);
        Round(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Round(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v2 += v3;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
