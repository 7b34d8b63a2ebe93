using System.Buffers.Binary;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// Where the values of a sum stand: first the narrow ones, integers modulo 2^64 of one word, then the wide ones, integers modulo
/// 2^128 of two words, low one first. A wide value is added with its carry: sums of its halves on their own would tell more of the
/// addends than their sum does.
/// </summary>
/// <param name="Narrow">How many values of one word, such as counts.</param>
/// <param name="Wide">How many values of two words, such as sums and second moments at a fixed-point scale.</param>
public readonly record struct SumLayout(int Narrow, int Wide)
{
    /// <summary>Most words of a sum.</summary>
    public const int WordsMax = 200_000;

    /// <summary>How many words the values take.</summary>
    public int Words => Narrow + 2 * Wide;

    internal bool Holds => Narrow >= 0 && Wide >= 0 && (long)Narrow + 2L * Wide is > 0 and <= WordsMax;

    internal void Add(Span<ulong> sum, ReadOnlySpan<ulong> addend)
    {
        for (var at = 0; at < Narrow; at++)
        {
            sum[at] += addend[at];
        }

        for (var at = Narrow; at < sum.Length; at += 2)
        {
            var total = new UInt128(sum[at + 1], sum[at]) + new UInt128(addend[at + 1], addend[at]);
            (sum[at + 1], sum[at]) = ((ulong)(total >> 64), (ulong)total);
        }
    }

    internal void Subtract(Span<ulong> sum, ReadOnlySpan<ulong> subtrahend)
    {
        for (var at = 0; at < Narrow; at++)
        {
            sum[at] -= subtrahend[at];
        }

        for (var at = Narrow; at < sum.Length; at += 2)
        {
            var rest = new UInt128(sum[at + 1], sum[at]) - new UInt128(subtrahend[at + 1], subtrahend[at]);
            (sum[at + 1], sum[at]) = ((ulong)(rest >> 64), (ulong)rest);
        }
    }

    internal static void Read(ReadOnlySpan<byte> bytes, Span<ulong> words)
    {
        for (var at = 0; at < words.Length; at++)
        {
            words[at] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(8 * at)..]);
        }
    }

    internal static void Write(ReadOnlySpan<ulong> words, Span<byte> bytes)
    {
        for (var at = 0; at < words.Length; at++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(8 * at)..], words[at]);
        }
    }
}
