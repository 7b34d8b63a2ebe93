using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Exchange.Privacy.SecureSums;

/// <summary>What a participant says of its data with its keys (<see cref="RosterRule"/>).</summary>
/// <param name="State">Whether sums hold them.</param>
/// <param name="Mark">
/// The mark of a cohort: of the last whose sum over the earlier roster that it tells was opened; where it is unsure, of the last whose sum its data may be
/// in; where they are new, of one over the same participants that is under way. 0 for none.
/// </param>
/// <param name="Attempts">Where it is unsure, a hash of all cohorts whose sums its data may be in (<see cref="AttemptsOf"/>); else 0.</param>
/// <param name="Stamp">The same as long as its data are, and telling nothing else of them: hosts hold sums against each other by it that are under way at once.</param>
public readonly record struct ToldData(DataState State, ulong Mark, ulong Attempts = 0, ulong Stamp = 0)
{
    internal const int Length = 1 + 3 * sizeof(ulong);

    /// <summary>The first 64 bits of a cohort's id.</summary>
    public static ulong MarkOf(ReadOnlySpan<byte> cohortId) => BinaryPrimitives.ReadUInt64BigEndian(cohortId);

    /// <summary>64 bits that are the same for the same marks, in whatever order.</summary>
    public static ulong AttemptsOf(IEnumerable<ulong> marks)
    {
        var text = new MessageWriter();
        Span<byte> mark = stackalloc byte[sizeof(ulong)];
        foreach (var one in marks.Order())
        {
            BinaryPrimitives.WriteUInt64BigEndian(mark, one);
            text.Bytes(mark);
        }

        return MarkOf(SHA256.HashData(text.ToArray()));
    }

    internal static ToldData Read(ReadOnlySpan<byte> bytes)
    {
        var numbers = bytes[1..];
        return new ToldData(
            (DataState)bytes[0], BinaryPrimitives.ReadUInt64BigEndian(numbers), BinaryPrimitives.ReadUInt64BigEndian(numbers[sizeof(ulong)..]),
            BinaryPrimitives.ReadUInt64BigEndian(numbers[(2 * sizeof(ulong))..]));
    }

    internal void Write(MessageWriter body)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes[0] = (byte)State;
        BinaryPrimitives.WriteUInt64BigEndian(bytes[1..], Mark);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[(1 + sizeof(ulong))..], Attempts);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[(1 + 2 * sizeof(ulong))..], Stamp);
        body.Bytes(bytes);
    }
}
