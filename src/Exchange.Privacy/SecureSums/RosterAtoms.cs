namespace Exchange.Privacy.SecureSums;

/// <summary>
/// A roster over which sums were told, by the positions of a cohort, and its atoms: those of it who were in the same sums, each atom the roster
/// less the rosters within it. Two that are alike have equal bytes.
/// </summary>
public sealed class RosterAtoms : IEquatable<RosterAtoms>
{
    /// <summary>Most atoms of a roster.</summary>
    public const int AtomsMax = byte.MaxValue;

    // Per position the number of its atom, from 1 in the order of the positions; 0 for who is not of the roster.
    private readonly byte[] _numbers;

    private RosterAtoms(byte[] numbers)
    {
        _numbers = numbers;
        Members = ParticipantSet.Of(numbers.Length, Enumerable.Range(0, numbers.Length).Where(at => numbers[at] != 0));
    }

    /// <summary>All of the roster.</summary>
    public ParticipantSet Members { get; }

    /// <summary>Per position a byte, the number of its atom.</summary>
    public ReadOnlyMemory<byte> Bytes => _numbers;

    /// <summary>No roster.</summary>
    /// <param name="size">How many the cohort has.</param>
    public static RosterAtoms None(int size) => new(new byte[size]);

    /// <summary>A roster by any numbers of its atoms.</summary>
    /// <param name="numbers">Per position; 0 for who is not of it. No more than <see cref="AtomsMax"/> others.</param>
    public static RosterAtoms Of(IEnumerable<int> numbers)
    {
        var inOrder = new Dictionary<int, byte> { [0] = 0 };
        return new RosterAtoms([.. numbers.Select(number => inOrder.TryGetValue(number, out var known) ? known : inOrder[number] = checked((byte)inOrder.Count))]);
    }

    /// <summary>Reads <see cref="Bytes"/>.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.MessageMalformed"/>.</exception>
    public static RosterAtoms Parse(int size, ReadOnlySpan<byte> bytes)
    {
        var most = 0;
        foreach (var number in bytes)
        {
            most = number <= most + 1 ? Math.Max(most, number) : throw MessageReader.Malformed();
        }

        return bytes.Length == size ? new RosterAtoms(bytes.ToArray()) : throw MessageReader.Malformed();
    }

    /// <summary>The number of a participant's atom; 0 for who is not of the roster.</summary>
    public int NumberOf(int participant) => _numbers[participant];

    /// <summary>Those of it who are in the set.</summary>
    public RosterAtoms Within(ParticipantSet set) => Of(_numbers.Select((number, at) => set.Contains(at) ? number : 0));

    /// <summary>Whether these are of each atom nobody or, the one left out not counted, at least so many.</summary>
    /// <param name="some">Participants of the roster.</param>
    /// <param name="least">How many are enough.</param>
    /// <param name="notCounted">The asker's position, or negative.</param>
    public bool IsEnoughOfEach(IEnumerable<int> some, int least, int notCounted) =>
        some.Where(one => one != notCounted).CountBy(NumberOf).All(atom => atom.Value >= least);

    /// <inheritdoc/>
    public bool Equals(RosterAtoms? other) => other is not null && _numbers.AsSpan().SequenceEqual(other._numbers);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as RosterAtoms);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_numbers);
        return hash.ToHashCode();
    }
}
