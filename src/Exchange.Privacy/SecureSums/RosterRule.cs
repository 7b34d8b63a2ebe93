namespace Exchange.Privacy.SecureSums;

/// <summary>
/// Whether a sum over some participants may be told beside those told of the same data before: two sums over rosters that differ by one tell
/// its figure, and so does the third of three over {a, b, c}, {d, e, f} and {a, …, g} less the others. A participant knows only the sums that it
/// was in, so each says with its keys what it knows.
/// <list type="number">
/// <item>A participant takes part in a roster that it was in, or that contains every one it was or may have been in (<see cref="IsGrowth"/>):
/// once its values left, and until it gives its opening shares for a roster, that is all whose shares it holds.</item>
/// <item>It tells the largest it was in that lies within the cohort, in atoms: signed, so that the relay changes nothing.</item>
/// <item>What is told is pairwise the same or disjoint, holds its teller, and lies within the new roster or beside it; who is in none of it is nobody
/// or enough, <c>SurvivorsMin</c> besides the asker (<see cref="Join"/>).</item>
/// <item>Each says too whether its data are new: in no exact sum there was, nor may have been. Who is new, and of a roster that others tell, was in it with
/// other data: this sum less that one tells what changed. Together with who is in no roster the new are nobody or enough. They are an atom of their own from then
/// on, a strict one; who tells the roster itself, of sums that were not exact, stays apart by its atoms. Others of their atoms are counted nowhere where they are left too few.</item>
/// <item>Whose data may have been in a sum that it knows no more of is in a roster that others tell only where a third of the cohort, as
/// fewer may lie, or all who know of an exact one say that this sum was opened. Otherwise it is only with those who say the same.</item>
/// <item>A cell is told where of each atom nobody or enough contribute to it, and of a strict one enough: that nobody does tells what those who changed contributed
/// before. It does not do to ask that of the new ones alone: a cell that one new participant contributes to is not told, and were told when the very roster is asked once more.</item>
/// </list>
/// <para>
/// What it proves, of sums told one after the other over the same data by participants that keep to it, whoever is passed over: they are a laminar family, a combination of
/// them has one factor for all of an atom, a roster less the rosters within it, and each atom is of nobody or of enough. So is whoever has a factor
/// other than 0, and the same in every cell (6). Who lies, or tells the asker its figures, counts as known: of c such participants at least
/// <c>SurvivorsMin</c> − c others are left, as a roster made up has no atom of fewer either.
/// <list type="bullet">
/// <item>Rosters that one participant recorded are a chain (1). A told roster was recorded by whoever opened it, which is somebody.</item>
/// <item>Let R be told before S and p be in both. Where S's dealers hold all of R: an opener of R dealt too, and told a roster that contains R. It shares p
/// with S, so it lies within S (3), and R does. They do hold all of R, as p knows R or its dealers (1), but where they are a roster X that p recorded before R.
/// Then X was within R's dealers; p told a roster that contains X, which lies within R (3), and S within X. Either way one of R and S contains the other.</item>
/// <item>Let R and S be told and R lie within S. Some opener of R recorded it before S's rounds: none recorded it later for the first time, for who was in S
/// goes into nothing smaller (1). It told a roster that contains R and lies within S (3), of whose atoms R is some, by induction over time, and so of S's.
/// S less such rosters is atoms of S, and those are of enough (3).</item>
/// </list>
/// Where data change, take the last roster in time that has a factor: either it tells nothing that earlier ones do not, or enough participants came into it
/// with data that no earlier one holds (4), who have that factor alone, in every cell that is told (6).
/// </para>
/// <para>
/// What it does not prove: the same of sums whose rounds overlap in time. Of those, hosts look at their records again as they give something away, and
/// hold the stamps of everybody's data against each other.
/// </para>
/// </summary>
public static class RosterRule
{
    /// <summary>Most rosters that a refusal names.</summary>
    public const int NamedMax = 3;

    /// <summary>Whether a participant takes part in a roster.</summary>
    /// <param name="recorded">Those it was in, of the same data.</param>
    /// <param name="possible">Those whose values may be in a sum with its own, as far as it knows; some of them are.</param>
    /// <param name="roster">One it would be in.</param>
    public static bool IsGrowth(IReadOnlyCollection<IReadOnlySet<string>> recorded, IReadOnlyCollection<IReadOnlySet<string>> possible, IReadOnlySet<string> roster) =>
        recorded.Any(roster.SetEquals) || recorded.Concat(possible).All(roster.IsSupersetOf);

    /// <summary>Holds what the participants tell together, and against a roster.</summary>
    /// <param name="cohort">Whose.</param>
    /// <param name="told">What each tells that sent keys.</param>
    /// <param name="roster">Over whom the sum would be.</param>
    /// <param name="data">What each says of its data; absent where that does not matter.</param>
    /// <returns>The roster's atoms: those told that lie within it, and those who are in none or came in with new data.</returns>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.RosterTooClose"/>, saying what would pass.</exception>
    public static RosterAtoms Join(Cohort cohort, IReadOnlyDictionary<int, RosterAtoms> told, ParticipantSet roster, IReadOnlyDictionary<int, ToldData>? data = null) =>
        Join(cohort, told, roster, cohort.SurvivorsMin, data);

    // Two may be enough where all cases are gone through: there are fewer of them then.
    internal static RosterAtoms Join(Cohort cohort, IReadOnlyDictionary<int, RosterAtoms> told, ParticipantSet roster, int least, IReadOnlyDictionary<int, ToldData>? data = null)
    {
        var numbers = new int[cohort.Count];
        var next = 0;
        var (unsure, changed, unsummed) = (new List<int>(), new List<int>(), new List<int>());
        foreach (var group in told.Where(one => one.Value.Members.Count > 0).GroupBy(one => one.Value, one => one.Key).OrderBy(group => group.Min()))
        {
            var (earlier, tellers) = (group.Key, group.Order().ToList());
            if (tellers.Exists(teller => !earlier.Members.Contains(teller))
                || !earlier.IsEnoughOfEach(earlier.Members, least, notCounted: -1)
                || earlier.Members.Any(member => numbers[member] != 0))
            {
                throw TooClose($"What {cohort.Participants[tellers[0]]} tells of earlier sums of the same data does not go with the others or with this question. Without {Names(cohort, tellers)} it may pass.");
            }

            foreach (var member in earlier.Members)
            {
                numbers[member] = earlier.IsLoose(member) ? RosterAtoms.Loose : (next + earlier.NumberOf(member)) | (earlier.IsStrict(member) ? RosterAtoms.Strict : 0);
            }

            var present = earlier.Members.Where(roster.Contains).ToList();
            if (present.TrueForAll(one => DataOf(one).State != DataState.Same))
            {
                unsummed.AddRange(present);
            }
            else
            {
                // Fewer than a third may lie; who are all that know of a sum hide no other one. Of two begun at once the other may be told by some already.
                var marks = tellers.Select(DataOf).Where(of => of.State == DataState.Same).Select(of => of.Mark).ToList();
                var opened = marks.CountBy(mark => mark).Where(of => of.Key > 0 && (3 * of.Value >= cohort.Count || of.Value == marks.Count)).Select(of => of.Key).ToHashSet();
                unsure.AddRange(present.Where(one => DataOf(one) is { State: DataState.Unsure } of && !opened.Contains(of.Mark)));
                changed.AddRange(present.Where(one => DataOf(one) is { State: DataState.New } of && !opened.Contains(of.Mark)));
            }

            next = numbers.Max(number => number == RosterAtoms.Loose ? 0 : number & ~RosterAtoms.Strict);
            if (next >= RosterAtoms.AtomsMax)
            {
                throw TooOften();
            }

            if (!earlier.Members.IsWithin(roster) && earlier.Members.Any(roster.Contains))
            {
                throw TooClose($"A sum of the same data was over participants some of which are not in this one. Only with all of these does it pass: {Names(cohort, earlier.Members)}.");
            }
        }

        var added = roster.Where(one => numbers[one] == 0).ToList();
        unsummed.AddRange(added);
        // What nobody in the roster knows to be opened is not, if all who may be in it say so.
        if (unsummed.Select(one => DataOf(one) is { State: DataState.Unsure } of ? of.Attempts : 0).Distinct().Count() > 1 || (changed.Count > 0 && unsure.Count == 0))
        {
            unsure.AddRange(unsummed.Where(one => DataOf(one).State == DataState.Unsure));
        }

        if (unsure.Count > 0)
        {
            throw TooClose($"The data of {Names(cohort, unsure)} may have been in a sum that the others do not tell of. Without them, or once their data changed, it may pass.");
        }

        // Who did not change, and is too few for an atom, is in this sum and the earlier ones alike: only those who changed make a difference between them.
        var left = roster.Where(one => one != cohort.AskerPosition && numbers[one] != 0 && !changed.Contains(one)).ToLookup(one => numbers[one]);
        var split = changed.Select(one => numbers[one]).ToHashSet();
        foreach (var few in roster.Where(one => split.Contains(numbers[one]) && !changed.Contains(one) && left[numbers[one]].Count() < least).ToList())
        {
            numbers[few] = RosterAtoms.Loose;
        }

        // Whose new data are on record of sums that do not matter here stay apart by the atoms of those.
        foreach (var atom in changed.Concat(added).GroupBy(one => told.GetValueOrDefault(one)?.Members.Count > 0 ? numbers[one] : 0).ToList())
        {
            if (atom.Count(one => one != cohort.AskerPosition) < least)
            {
                throw TooFew(cohort, [.. atom.Where(changed.Contains)], [.. atom], least);
            }

            if (++next > RosterAtoms.AtomsMax)
            {
                throw TooOften();
            }

            foreach (var one in atom)
            {
                numbers[one] = next | (changed.Count > 0 ? RosterAtoms.Strict : 0);
            }
        }

        return RosterAtoms.Of(numbers.Select((number, at) => roster.Contains(at) ? number : 0));

        ToldData DataOf(int participant) => data?.GetValueOrDefault(participant) ?? default;
    }

    private static SecureSumException TooFew(Cohort cohort, List<int> changed, List<int> all, int least) => TooClose(changed.Count > 0
        ? $"Since a sum over these participants the data of only {Names(cohort, changed)} changed: this one would tell how. It passes when those of at least {least} changed, or over those participants alone whose data changed."
        : $"Together with sums there were of the same data, one over these participants would tell the figures of {Names(cohort, all)}: they pass with at least {least} besides the asker that were in none, or left out.");

    private static SecureSumException TooOften() => TooClose("Sums of the same data grew too often. One over an earlier roster passes.");

    private static string Names(Cohort cohort, IEnumerable<int> members) => string.Join(',', members.Select(member => cohort.Participants[member]));

    private static SecureSumException TooClose(string message) => new(SecureSumFault.RosterTooClose, message);
}
