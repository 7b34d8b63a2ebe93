using System.Buffers.Binary;

namespace Exchange.Transparency.Tiles;

/// <summary>Up to 256 leaves in one piece: each after its length as two bytes, the larger first (c2sp.org/tlog-tiles, "Log entries").</summary>
public static class EntryBundle
{
    /// <summary>Largest leaf, in bytes.</summary>
    public const int LeafBytesMax = ushort.MaxValue;

    /// <summary>Puts leaves into one piece.</summary>
    /// <exception cref="ArgumentException">A leaf is too long.</exception>
    public static byte[] Encode(IReadOnlyCollection<ReadOnlyMemory<byte>> leaves)
    {
        var bytes = new byte[leaves.Sum(leaf => 2 + leaf.Length)];
        var position = 0;
        foreach (var leaf in leaves)
        {
            if (leaf.Length > LeafBytesMax)
            {
                throw new ArgumentException("A leaf is shorter than 64 KiB.", nameof(leaves));
            }

            BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(position), (ushort)leaf.Length);
            leaf.Span.CopyTo(bytes.AsSpan(position + 2));
            position += 2 + leaf.Length;
        }

        return bytes;
    }

    /// <summary>Takes a piece apart; false when it does not end with the end of a leaf or holds more than 256.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bundle, out IReadOnlyList<ReadOnlyMemory<byte>> leaves)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        leaves = found;
        while (bundle.Length > 0)
        {
            if (bundle.Length < 2 || BinaryPrimitives.ReadUInt16BigEndian(bundle.Span) is var length && bundle.Length - 2 < length || found.Count == Tile.WidthMax)
            {
                return false;
            }

            found.Add(bundle.Slice(2, length));
            bundle = bundle[(2 + length)..];
        }

        return true;
    }
}
