using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Exchange.Engines.Publishing.RowHashes;

/// <summary>Hashes of short fields met lately: most fields of a file are words and numbers that come again and again.</summary>
internal sealed class RecentHashes
{
    private const int LengthMax = 16;
    private const int Places = 8192;

    private readonly Entry[] _entries = new Entry[Places];

    /// <summary>As <see cref="ValueHash.Of"/>.</summary>
    public ulong Of(RowHashKey key, ReadOnlySpan<byte> field)
    {
        if (field.Length is 0 or > LengthMax)
        {
            return ValueHash.Of(key, field);
        }

        // The first and the last eight bytes, which overlap in a shorter field, and the length are all of it.
        var first = EightOf(field);
        var last = field.Length <= 8 ? first : BinaryPrimitives.ReadUInt64LittleEndian(field[^8..]);
        var mixed = (first ^ (last * 0x9e3779b97f4a7c15) ^ (ulong)field.Length) * 0xd6e8feb86659fd93;
        ref var entry = ref _entries[mixed >> 51];
        if (entry.Length != field.Length || entry.First != first || entry.Last != last)
        {
            entry = new Entry(first, last, field.Length, ValueHash.Of(key, field));
        }

        return entry.Hash;
    }

    // All bytes of a shorter text than eight, some twice.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong EightOf(ReadOnlySpan<byte> text) => text.Length switch
    {
        >= 8 => BinaryPrimitives.ReadUInt64LittleEndian(text),
        >= 4 => BinaryPrimitives.ReadUInt32LittleEndian(text) | ((ulong)BinaryPrimitives.ReadUInt32LittleEndian(text[^4..]) << 32),
        _ => text[0] | ((ulong)text[text.Length / 2] << 8) | ((ulong)text[^1] << 16),
    };

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Entry(ulong First, ulong Last, int Length, ulong Hash);
}
