namespace Exchange.Query.Rules;

/// <summary>
/// How far a sum over atoms may lie from what it is, if all that is known are figures that are sums over atoms, and for each atom
/// between which values it is. Where exact inference fails (see <see cref="AtomSets"/>), such an interval can still be too narrow:
/// with row and column totals of a table whose inner cells are few and small, each is known to within the smallest of them.
/// </summary>
/// <remarks>
/// The ends of the interval are linear programs. Here they are only reached from the inside, by moves that change no figure: as much as goes is
/// added to atoms a and b and taken from c and d, where every figure holds as many of a and b as of c and d (of a rectangle's corners,
/// the two diagonals). So an interval that is found wide is wide, and one that is not found so may be held to the rules in vain. With
/// one such rectangle it is exact. Only atoms that have rows are moved: an asker may not know which others could have any.
/// <para>
/// Kinds of figures are judged one at a time, which is enough for sums of different measures: what a product declares of each is the
/// bounds of a row, so that given the rows of every atom, whatever one measure may be it may be whatever another is. The room of a sum is
/// taken with its rows known, and that of a number of rows with the sums over it known (<see cref="AtomRoom.OfRows"/>), since bounds tie
/// these to each other. The difference of two sums, and a sum that a derived measure adds up, are kinds of their own: their room, which
/// is that of both together, is had by moving each within its own. What a sum tells of the sum of squares of the same values is not judged.
/// </para>
/// </remarks>
public static class AtomIntervals
{
    /// <summary>Most atoms of one cell that are tried; with more, no interval is found wide.</summary>
    public const int AtomsMax = 32;

    /// <summary>Whether the sum over a set may be larger by so much, and by so much smaller.</summary>
    /// <param name="atoms">Of each atom, which figures hold it; all different and none zero.</param>
    /// <param name="rooms">Of each atom, how far it may go.</param>
    /// <param name="set">The atoms in the set, as bits.</param>
    /// <param name="up">How much larger it must be able to be.</param>
    /// <param name="down">How much smaller.</param>
    public static bool IsWide(IReadOnlyList<ulong> atoms, IReadOnlyList<AtomRoom> rooms, ulong set, double up, double down) =>
        atoms.Count <= AtomsMax
        && Reaches(atoms, [.. rooms.Select(room => room.Up)], [.. rooms.Select(room => room.Down)], set, up)
        && Reaches(atoms, [.. rooms.Select(room => room.Down)], [.. rooms.Select(room => room.Up)], set, down);

    private static bool Reaches(IReadOnlyList<ulong> atoms, double[] grow, double[] shrink, ulong set, double need)
    {
        // Behind the atoms, rows that no figure holds.
        var free = atoms.Count;
        var (reached, grows, shrinks) = (0.0, (double[])[.. grow, double.PositiveInfinity], (double[])[.. shrink, double.PositiveInfinity]);
        ulong[] patterns = [.. atoms, 0];
        int In(int atom) => (int)(set >> atom & 1);
        for (var a = 0; a <= free && !(reached >= need); a++)
        {
            for (var b = 0; b < a; b++)
            {
                for (var c = 0; c <= free; c++)
                {
                    var d = Array.IndexOf(patterns, patterns[a] ^ patterns[b] ^ patterns[c]);
                    if (c == a || c == b || d <= c || d == a || d == b || (patterns[a] & patterns[b]) != (patterns[c] & patterns[d]) || In(a) + In(b) <= In(c) + In(d))
                    {
                        continue;
                    }

                    var move = Math.Min(Math.Min(grows[a], grows[b]), Math.Min(shrinks[c], shrinks[d]));
                    if (!(move > 0))
                    {
                        continue;
                    }

                    reached += (In(a) + In(b) - In(c) - In(d)) * move;
                    if (reached >= need)
                    {
                        return true;
                    }

                    (grows[a], grows[b], shrinks[c], shrinks[d]) = (grows[a] - move, grows[b] - move, shrinks[c] - move, shrinks[d] - move);
                    (shrinks[a], shrinks[b], grows[c], grows[d]) = (shrinks[a] + move, shrinks[b] + move, grows[c] + move, grows[d] + move);
                }
            }
        }

        return reached >= need;
    }
}
