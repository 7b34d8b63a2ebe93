using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Exchange.Engines.Publishing.RowHashes;

namespace Exchange.Engines.DuckDb.Units;

/// <summary>
/// The id of a unit: a whole number, or a text in two words. One of up to twelve bytes has its length and its bytes there, a longer one a hash of
/// 128 bits, so that what a row takes does not depend on how long its id is.
/// </summary>
internal readonly record struct UnitId(long First, long Second)
{
    private const int ShortMax = 12;

    /// <summary>The id of a text.</summary>
    /// <param name="text">UTF-8, whatever is in it.</param>
    /// <param name="key">Secret.</param>
    public static UnitId Of(ReadOnlySpan<byte> text, ulong key)
    {
        if (text.Length > ShortMax)
        {
            var (low, high) = SipHash.OfWide(new RowHashKey(key, Mix(key)), text);
            return new UnitId((long)low, (long)high);
        }

        Span<long> words = [0, 0];
        var bytes = MemoryMarshal.AsBytes(words);
        bytes[0] = (byte)text.Length;
        text.CopyTo(bytes[sizeof(int)..]);
        return new UnitId(words[0], words[1]);
    }

    /// <summary>A hash under the collector's key; of rows without a unit id, that of zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong HashOf(UnitCollector collector)
    {
        var hash = Mix((ulong)First ^ collector.Key);
        return collector.IsText ? Mix(hash ^ (ulong)Second) : hash;
    }

    /// <summary>Scatters the bits, without loss: the finalizer of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
