using System.Runtime.CompilerServices;

namespace Exchange.Engines.DuckDb.Units;

/// <summary>
/// The id of a unit: a whole number, or a text in two words, the first of which has its length and its first four bytes, the second the eight behind
/// them or, of a text longer than twelve, where it is.
/// </summary>
internal readonly record struct UnitId(long First, long Second)
{
    /// <summary>Bytes of the longest text that is within the words.</summary>
    public const int ShortMax = 12;

    /// <summary>A hash under the collector's key; of rows without a unit id, that of zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong HashOf(UnitCollector collector) => collector.IsText ? HashOfText(collector.Key) : Mix((ulong)First ^ collector.Key);

    /// <summary>Whether both are the same unit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsSame(UnitId other) => First == other.First && (Second == other.Second || IsSameText(other));

    /// <summary>Scatters the bits, without loss: the finalizer of splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    private int Length => (int)First;

    private unsafe ReadOnlySpan<byte> Long => new((void*)Second, Length);

    private bool IsSameText(UnitId other) => Length > ShortMax && Long.SequenceEqual(other.Long);

    private unsafe ulong HashOfText(ulong key)
    {
        var hash = Mix((ulong)First ^ key);
        if (Length <= ShortMax)
        {
            return Mix(hash ^ (ulong)Second);
        }

        // Behind the text its last word is filled up with zeros.
        for (var word = 0; word * sizeof(long) < Length; word++)
        {
            hash = Mix(hash ^ ((ulong*)Second)[word]);
        }

        return hash;
    }
}
