using System.Collections;

namespace Exchange.Privacy.SecureSums;

/// <summary>Some participants of a cohort, by their positions. Equal sets have equal bytes.</summary>
public sealed class ParticipantSet : IEquatable<ParticipantSet>, IEnumerable<int>
{
    private readonly byte[] _bits;

    private ParticipantSet(int size, byte[] bits)
    {
        Size = size;
        _bits = bits;
        Count = bits.Sum(one => int.PopCount(one));
    }

    /// <summary>How many the cohort has.</summary>
    public int Size { get; }

    /// <summary>How many are in the set.</summary>
    public int Count { get; }

    /// <summary>Bit i mod 8 of byte i / 8 says whether participant i is in.</summary>
    public ReadOnlyMemory<byte> Bytes => _bits;

    /// <summary>The set of these participants.</summary>
    /// <param name="size">How many the cohort has.</param>
    /// <param name="members">Positions below it.</param>
    public static ParticipantSet Of(int size, IEnumerable<int> members)
    {
        var bits = new byte[(size + 7) / 8];
        foreach (var member in members)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)member, (uint)size, nameof(members));
            bits[member / 8] |= (byte)(1 << (member % 8));
        }

        return new ParticipantSet(size, bits);
    }

    /// <summary>Reads <see cref="Bytes"/>.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.MessageMalformed"/>.</exception>
    public static ParticipantSet Parse(int size, ReadOnlySpan<byte> bytes) =>
        bytes.Length == (size + 7) / 8 && (size % 8 == 0 || bytes[^1] >> (size % 8) == 0)
            ? new ParticipantSet(size, bytes.ToArray())
            : throw new SecureSumException(SecureSumFault.MessageMalformed, "A set of participants is malformed.");

    /// <summary>Whether the participant is in.</summary>
    public bool Contains(int participant) => (uint)participant < (uint)Size && (_bits[participant / 8] >> (participant % 8) & 1) == 1;

    /// <summary>How many in the set stand before a participant.</summary>
    public int CountBefore(int participant)
    {
        var count = 0;
        for (var at = 0; at < participant; at++)
        {
            count += Contains(at) ? 1 : 0;
        }

        return count;
    }

    /// <summary>Whether all of these are in the other set.</summary>
    public bool IsWithin(ParticipantSet other) => Size == other.Size && this.All(other.Contains);

    /// <inheritdoc/>
    public bool Equals(ParticipantSet? other) => other is not null && Size == other.Size && _bits.AsSpan().SequenceEqual(other._bits);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ParticipantSet);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_bits);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator()
    {
        for (var participant = 0; participant < Size; participant++)
        {
            if (Contains(participant))
            {
                yield return participant;
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
