namespace Exchange.Privacy.SecureSums;

/// <summary>
/// A roster over which sums were told, by the positions of a cohort, and its atoms: those of it who were in the same sums, each atom the roster
/// less the rosters within it, and who came in with new data. Two that are alike have equal bytes.
/// </summary>
public sealed class RosterAtoms : IEquatable<RosterAtoms>
{
    /// <summary>Most atoms of a roster.</summary>
    public const int AtomsMax = Loose - 1;

    /// <summary>The number of those whose data stayed when those of the others of their atom changed, and who are too few for one: nothing counts on them.</summary>
    internal const int Loose = 0x7f;

    /// <summary>Set in the number of an atom of those whose data took the place of others that were in a sum.</summary>
    internal const int Strict = 0x80;

    // Per position the number of its atom, from 1 in the order of the positions, and whether it is strict; 0 for who is not of the roster.
    private readonly byte[] _numbers;

    private RosterAtoms(byte[] numbers)
    {
        _numbers = numbers;
        Members = ParticipantSet.Of(numbers.Length, Enumerable.Range(0, numbers.Length).Where(at => numbers[at] != 0));
    }

    /// <summary>All of the roster.</summary>
    public ParticipantSet Members { get; }

    /// <summary>Per position a byte, the number of its atom; of a strict one with its highest bit set. 127 is no atom's.</summary>
    public ReadOnlyMemory<byte> Bytes => _numbers;

    /// <summary>No roster.</summary>
    /// <param name="size">How many the cohort has.</param>
    public static RosterAtoms None(int size) => new(new byte[size]);

    /// <summary>A roster by any numbers of its atoms.</summary>
    /// <param name="numbers">Per position, as of <see cref="Bytes"/>; 0 for who is not of it. No more than <see cref="AtomsMax"/> others.</param>
    public static RosterAtoms Of(IEnumerable<int> numbers)
    {
        var inOrder = new Dictionary<int, byte> { [0] = 0, [Loose] = Loose };
        return new RosterAtoms([.. numbers.Select(number => inOrder.TryGetValue(number, out var known) ? known : inOrder[number] = checked((byte)((inOrder.Count - 1) | (number & Strict))))]);
    }

    /// <summary>Reads <see cref="Bytes"/>.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.MessageMalformed"/>.</exception>
    public static RosterAtoms Parse(int size, ReadOnlySpan<byte> bytes)
    {
        var read = Of(bytes.ToArray().Select(one => one is Strict or (Strict | Loose) ? throw MessageReader.Malformed() : (int)one));
        return bytes.Length == size && bytes.SequenceEqual(read._numbers) ? read : throw MessageReader.Malformed();
    }

    /// <summary>The number of a participant's atom; 0 for who is not of the roster.</summary>
    public int NumberOf(int participant) => _numbers[participant] & ~Strict;

    /// <summary>Whether the data of a participant's atom took the place of others, so that no cell is told that too few of it contribute to.</summary>
    public bool IsStrict(int participant) => (_numbers[participant] & Strict) != 0;

    /// <summary>Whether a participant is of the roster and of no atom.</summary>
    public bool IsLoose(int participant) => _numbers[participant] == Loose;

    /// <summary>Those of it who are in the set.</summary>
    public RosterAtoms Within(ParticipantSet set) => Of(_numbers.Select((number, at) => set.Contains(at) ? (int)number : 0));

    /// <summary>Whether these are of each atom nobody or, the one left out not counted, at least so many; and of some atom.</summary>
    /// <param name="some">Participants of the roster.</param>
    /// <param name="least">How many are enough.</param>
    /// <param name="notCounted">The asker's position, or negative.</param>
    public bool IsEnoughOfEach(IEnumerable<int> some, int least, int notCounted) =>
        some.Where(one => one != notCounted && !IsLoose(one)).CountBy(NumberOf).ToList() is var atoms && atoms.TrueForAll(atom => atom.Value >= least)
            && (atoms.Count > 0 || !some.Any(IsLoose));

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
