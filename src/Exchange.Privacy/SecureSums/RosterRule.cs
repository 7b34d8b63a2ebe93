using System.Collections.Immutable;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// Whether a sum over some participants may be told when the same was told over others: two sums over rosters that differ by one
/// participant tell its figure. Admitted is a roster that equals one whose sum was told, or that differs from each by at
/// least <c>differenceMin</c> participants, and that no more than two sums together give away either: of three sums over {a, b, c}, {d, e, f}
/// and {a, …, g} no two are near to each other, and yet g is the third less the others.
/// <para>
/// What it proves: every linear combination of told sums in which the new one has a part is of no participant, and so 0 whatever
/// their figures, or is of at least <c>differenceMin</c> of them. Ranks are taken modulo 2^61 − 1; a matrix of zeros and ones whose rank is
/// smaller there than over the fractions would pass a combination, and none is known that a roster could be chosen by. With c participants
/// who tell the asker their figures, at least differenceMin − c others are left. The same holds cell by cell where the rosters handed in are
/// those who contribute to a cell.
/// </para>
/// </summary>
public static class RosterRule
{
    /// <summary>Most rosters on record that are not alike; beyond, only one of them is admitted.</summary>
    public const int RecordedMax = 32;

    /// <summary>Most rosters that a refusal names.</summary>
    public const int NamedMax = 3;

    // Steps of one decision; where it would take more, the roster is refused.
    private const long StepsMax = 100_000_000;

    // Of the bits that say which rosters a participant is in, the new one's.
    private const ulong New = 1ul << RecordedMax;
    private const ulong Modulus = (1ul << 61) - 1;

    /// <summary>Decides on a roster, or on the survivors of one.</summary>
    /// <param name="recorded">Over whom the same was told of the same data; the asker left out.</param>
    /// <param name="differenceMin">Fewest participants that a difference may be of; at least 1.</param>
    /// <param name="roster">Over whom it would be told; the asker left out.</param>
    public static RosterDecision Decide(IReadOnlyCollection<IReadOnlySet<string>> recorded, int differenceMin, IReadOnlySet<string> roster)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(differenceMin, 1);
        var distinct = new List<IReadOnlySet<string>>();
        foreach (var one in recorded.Where(one => !distinct.Exists(one.SetEquals)))
        {
            distinct.Add(one);
        }

        if (distinct.Exists(roster.SetEquals))
        {
            return new RosterDecision(IsAdmitted: true, IsRepeat: true, []);
        }

        return Passes(distinct, differenceMin, roster)
            ? new RosterDecision(IsAdmitted: true, IsRepeat: false, [])
            : new RosterDecision(IsAdmitted: false, IsRepeat: false, Nearest(distinct, differenceMin, roster));
    }

    private static bool Passes(List<IReadOnlySet<string>> recorded, int differenceMin, IReadOnlySet<string> roster)
    {
        // Cheap, and most refusals.
        if (recorded.Count > RecordedMax || recorded.Exists(one => DistanceOf(one, roster) < differenceMin))
        {
            return false;
        }

        // Who is in the same rosters is told apart by no combination: a column for each kind, the new roster in its highest bit.
        var columns = recorded.SelectMany(one => one).Concat(roster).Distinct()
            .GroupBy(name => recorded.Select((one, at) => one.Contains(name) ? 1ul << at : 0).Aggregate(roster.Contains(name) ? New : 0, (all, bit) => all | bit))
            .Select(kind => (Rosters: kind.Key, Size: kind.Count()))
            .ToList();
        if (IsCombination([.. columns.Select(column => column.Rosters)], recorded.Count))
        {
            return true;
        }

        var steps = StepsMax;
        return !columns.Exists(column => column.Size < differenceMin) || !IsSeparable(columns, [], 0, differenceMin - 1, recorded.Count, ref steps);
    }

    // Whether, fewer than the difference left out, the new roster is a combination of the recorded ones: what is left over is of those few.
    private static bool IsSeparable(List<(ulong Rosters, int Size)> columns, HashSet<int> without, int from, int left, int recorded, ref long steps)
    {
        for (var at = from; at < columns.Count; at++)
        {
            if (columns[at].Size > left)
            {
                continue;
            }

            steps -= (long)columns.Count * (recorded + 1) * (recorded + 1);
            without.Add(at);
            if (steps < 0
                || IsCombination([.. columns.Where((_, column) => !without.Contains(column)).Select(column => column.Rosters)], recorded)
                || IsSeparable(columns, without, at + 1, left - columns[at].Size, recorded, ref steps))
            {
                return true;
            }

            without.Remove(at);
        }

        return false;
    }

    // Whether the new roster's row is a combination of the recorded ones in these columns: its unit vector is then no combination of the
    // columns, each a vector over the rosters, the new one last.
    private static bool IsCombination(ulong[] columns, int recorded)
    {
        var basis = new ulong[recorded + 1][];
        foreach (var column in columns)
        {
            Reduce([.. Enumerable.Range(0, recorded).Append(RecordedMax).Select(at => column >> at & 1)], basis);
        }

        // In echelon form, last entry last: a row that is left with that entry alone is its unit vector.
        return basis[recorded] is null;
    }

    private static void Reduce(ulong[] row, ulong[]?[] basis)
    {
        for (var at = 0; at < row.Length; at++)
        {
            if (row[at] == 0)
            {
                continue;
            }

            if (basis[at] is not { } with)
            {
                basis[at] = row;
                return;
            }

            // row · with[at] − with · row[at]
            var (own, other) = (with[at], Modulus - row[at]);
            for (var entry = at; entry < row.Length; entry++)
            {
                row[entry] = (Times(row[entry], own) + Times(with[entry], other)) % Modulus;
            }
        }
    }

    private static ulong Times(ulong left, ulong right) => (ulong)((UInt128)left * right % Modulus);

    // Those whose sum was told, and the roster less its last members until it passes.
    private static ImmutableArray<ImmutableArray<string>> Nearest(List<IReadOnlySet<string>> recorded, int differenceMin, IReadOnlySet<string> roster)
    {
        var passing = new List<IReadOnlySet<string>>(recorded);
        var rest = roster.Order(StringComparer.Ordinal).ToList();
        while (rest.Count > Cohort.ParticipantsMin && recorded.Count <= RecordedMax)
        {
            rest.RemoveAt(rest.Count - 1);
            var fewer = rest.ToHashSet();
            if (recorded.Exists(fewer.SetEquals))
            {
                break;
            }

            if (Passes(recorded, differenceMin, fewer))
            {
                passing.Add(fewer);
                break;
            }
        }

        return [.. passing
            .OrderBy(one => DistanceOf(one, roster))
            .Select(one => one.Order(StringComparer.Ordinal).ToImmutableArray())
            .Take(NamedMax)];
    }

    private static int DistanceOf(IReadOnlySet<string> one, IReadOnlySet<string> other)
    {
        var common = one.Count(other.Contains);
        return one.Count + other.Count - 2 * common;
    }
}
