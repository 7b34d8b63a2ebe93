using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Exchange.Transparency.Trees;

/// <summary>A SHA-256 hash in a Merkle tree (RFC 6962, section 2.1): of a leaf, of a node or of a whole tree.</summary>
public readonly struct TreeHash : IEquatable<TreeHash>
{
    /// <summary>Length in bytes.</summary>
    public const int Length = 32;

    private const byte LeafPrefix = 0;
    private const byte NodePrefix = 1;

    // Longest leaf that is hashed without taking memory; leaves are mostly below.
    private const int StackBytesMax = 1024;

    private readonly Bytes _bytes;

    /// <summary>Takes 32 bytes as they are.</summary>
    /// <exception cref="ArgumentException">Another length.</exception>
    public TreeHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Length)
        {
            throw new ArgumentException("A hash has 32 bytes.", nameof(bytes));
        }

        bytes.CopyTo(_bytes);
    }

    /// <summary>Root of the tree without leaves: SHA-256 of nothing. Never published: see <see cref="Notes.Checkpoint"/>.</summary>
    public static TreeHash Empty { get; } = new(SHA256.HashData([]));

    /// <summary>Of a leaf: SHA-256(0x00 ‖ leaf).</summary>
    public static TreeHash OfLeaf(ReadOnlySpan<byte> leaf)
    {
        Span<byte> message = leaf.Length < StackBytesMax ? stackalloc byte[leaf.Length + 1] : new byte[leaf.Length + 1];
        message[0] = LeafPrefix;
        leaf.CopyTo(message[1..]);
        return HashOf(message);
    }

    /// <summary>Of a node: SHA-256(0x01 ‖ left ‖ right). The prefix keeps a leaf from passing for a node.</summary>
    public static TreeHash OfNode(in TreeHash left, in TreeHash right)
    {
        Span<byte> message = stackalloc byte[1 + (2 * Length)];
        message[0] = NodePrefix;
        left.CopyTo(message[1..]);
        right.CopyTo(message[(1 + Length)..]);
        return HashOf(message);
    }

    /// <summary>Reads 32 bytes of standard base64 with padding.</summary>
    public static bool TryParse(ReadOnlySpan<char> base64, out TreeHash hash)
    {
        hash = default;
        if (Notes.StandardBase64.Decode(base64) is not { Length: Length } bytes)
        {
            return false;
        }

        hash = new TreeHash(bytes);
        return true;
    }

    /// <summary>Writes the 32 bytes.</summary>
    public void CopyTo(Span<byte> destination) => ((ReadOnlySpan<byte>)_bytes).CopyTo(destination);

    /// <summary>The 32 bytes.</summary>
    public byte[] ToArray() => ((ReadOnlySpan<byte>)_bytes).ToArray();

    /// <inheritdoc/>
    public bool Equals(TreeHash other) => ((ReadOnlySpan<byte>)_bytes).SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is TreeHash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => MemoryMarshal.Read<int>(_bytes);

    /// <summary>Standard base64, as checkpoints and proofs print it.</summary>
    public override string ToString() => Convert.ToBase64String(_bytes);

    /// <summary>Whether both are the same hash.</summary>
    public static bool operator ==(TreeHash left, TreeHash right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(TreeHash left, TreeHash right) => !left.Equals(right);

    private static TreeHash HashOf(ReadOnlySpan<byte> message)
    {
        Span<byte> hash = stackalloc byte[Length];
        SHA256.HashData(message, hash);
        return new TreeHash(hash);
    }

    [InlineArray(Length)]
    private struct Bytes
    {
        private byte _first;
    }
}
