using CsCheck;
using Exchange.Privacy.SecureSums;
using Exchange.Privacy.Tests.Noise;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>
/// Two sums over the same participants, between which the data of one changed, tell how they changed: <see cref="RosterRule"/> where data change. A sum is a
/// set of participants with the version of their data; a combination is of those of whom any version has a factor.
/// </summary>
public sealed class ChangedDataTests
{
    private const int Least = 3;
    private const string Names = "abcdefghi";

    [Fact]
    public void What_changed_at_one_participant_is_not_told_by_a_sum_before_and_one_after()
    {
        var honest = new Participants();
        Assert.NotNull(honest.Offer("abcdef"));
        honest.Change("a");
        Assert.Contains("only a changed", honest.Refusal("abcdef"), StringComparison.Ordinal);
        honest.Change("b");
        Assert.Null(honest.Offer("abcdef"));
        honest.Change("c");
        Assert.Equal(RosterAtoms.Of([0x81, 0x81, 0x81, 2, 2, 2]), honest.Offer("abcdef"));
        // And once more, and by those who changed alone.
        Assert.NotNull(honest.Offer("abcdef"));
        Assert.Equal(Least, FewestIn(honest.Sums));

        // The naive reading: what is no longer the earlier sum's is as if there had been none.
        var heedless = new Participants { Notices = false };
        Assert.NotNull(heedless.Offer("abcdef"));
        heedless.Change("a");
        Assert.NotNull(heedless.Offer("abcdef"));
        Assert.Equal(1, FewestIn(heedless.Sums));
    }

    [Fact]
    public void Where_all_changed_but_few_those_few_are_in_both_sums_and_counted_in_no_cell()
    {
        // The cell has a, b and e; with the new data a, b, c and e; f and d have nothing there.
        var honest = new Participants { Contributes = (name, version) => name is 'a' or 'b' or 'e' || (name == 'c' && version > 0) };
        honest.Offer("abcdef");
        honest.Change("abcd");
        Assert.Equal(RosterAtoms.Of([0x81, 0x81, 0x81, 0x81, 0x7f, 0x7f]), honest.Offer("abcdef"));
        Assert.Equal(2, honest.CellSums.Count);
        // One more, and none of the three that are counted now.
        honest.Change("e");
        Assert.Null(honest.Offer("abcdef"));
        honest.Change("ab");
        Assert.Equal(RosterAtoms.Of([0x81, 0x81, 0x7f, 0x7f, 0x81, 0x7f]), honest.Offer("abcdef"));
        Assert.Equal(Least, FewestIn(honest.Sums));
        Assert.Equal(Least, FewestIn(honest.CellSums));
    }

    [Fact]
    public void New_participants_count_with_those_whose_data_are_new()
    {
        var honest = new Participants();
        honest.Offer("abcdef");
        honest.Change("a");
        Assert.Null(honest.Offer("abcdefg"));
        Assert.NotNull(honest.Offer("abcdefgh"));
        Assert.Equal(Least, FewestIn(honest.Sums));
    }

    [Fact]
    public void Who_changed_after_a_sum_that_came_to_nothing_is_in_none_that_tells_of_it()
    {
        // a changes, its new values leave for a sum that fails, and it knows no more whether they are in the others'.
        var honest = new Participants();
        honest.Offer("abcdef");
        honest.Change("abc");
        honest.Offer("abcdef", isOpened: false);
        Assert.Contains("data of a,b,c may have been", honest.Refusal("abcdef"), StringComparison.Ordinal);
        honest.Change("abc");
        Assert.NotNull(honest.Offer("abcdef"));
        Assert.Equal(Least, FewestIn(honest.Sums));
    }

    [Fact]
    public void Who_missed_the_end_of_the_sum_that_others_tell_of_takes_part_again()
    {
        var honest = new Participants();
        honest.Offer("abcdef");
        honest.Change("abcdef");
        Assert.NotNull(honest.Offer("abcdef", passedOver: "b"));
        Assert.NotNull(honest.Offer("abcdef"));
        Assert.Equal(Least, FewestIn(honest.Sums));
    }

    [Fact]
    public void A_sum_that_came_to_nothing_is_asked_again_over_all_who_may_be_in_it()
    {
        var honest = new Participants();
        Assert.NotNull(honest.Offer("abcd", isOpened: false));
        Assert.Null(honest.Offer("abc"));
        Assert.NotNull(honest.Offer("abcd", isOpened: false));
        Assert.NotNull(honest.Offer("abcd", passedOver: "d"));
        // The others say that it was opened.
        Assert.NotNull(honest.Offer("abcd"));

        // d is unsure of a sum that was opened, and nobody is left who tells of it.
        honest = new Participants();
        Assert.NotNull(honest.Offer("abcd", passedOver: "d"));
        honest.Change("abc");
        Assert.Contains("data of d may have been", honest.Refusal("abcd"), StringComparison.Ordinal);
        Assert.NotNull(honest.Offer("abc"));
    }

    [Fact]
    public void A_cell_that_nobody_contributes_to_any_more_is_not_told_where_it_was_before()
    {
        var honest = new Participants { Contributes = (name, version) => name > 'c' || (name == 'a' && version == 0) || (name is 'b' or 'c' && version < 0) };
        honest.Offer("abcdef");
        honest.Change("abc");
        Assert.NotNull(honest.Offer("abcdef"));
        // Of the new data none contributes to the cell; less the earlier one it would be what a had there.
        Assert.Single(honest.CellSums);
        Assert.True(honest.IsLoose("abcdef"));
    }

    [Fact]
    public void A_noisy_sum_in_between_does_not_make_new_data_those_of_an_exact_one()
    {
        var honest = new Participants();
        honest.Offer("abcdef");
        honest.Change("a");
        Assert.NotNull(honest.Offer("abcdef", isExact: false));
        Assert.Contains("only a changed", honest.Refusal("abcdef"), StringComparison.Ordinal);
        honest.Change("bc");
        Assert.NotNull(honest.Offer("abcdef", isExact: false));
        Assert.NotNull(honest.Offer("abcdef"));
        Assert.NotNull(honest.Offer("abcdef"));
        Assert.Equal(Least, FewestIn(honest.Sums));

        // Where there were noisy sums alone, an exact one has nothing beside it.
        honest = new Participants();
        Assert.NotNull(honest.Offer("abc", isExact: false));
        honest.Change("a");
        Assert.NotNull(honest.Offer("abc", isExact: false));
        Assert.Equal(RosterAtoms.Of([1, 1, 1, 2, 2, 2]), honest.Offer("abcdef"));
    }

    [Fact]
    public void That_a_sum_was_opened_counts_where_more_say_so_than_may_lie()
    {
        // a, b and c changed, and what became of the next sum they do not know. One liar, f, says that it was opened.
        var cohort = new Cohort(new byte[32], Names[..6].Select(name => $"{name}"), new SumLayout(1, 0), Least, "z");
        RosterAtoms Joined(int liars) => RosterRule.Join(
            cohort, Enumerable.Range(0, 6).ToDictionary(at => at, at => at < 3 ? RosterAtoms.None(6) : RosterAtoms.Of([1, 1, 1, 1, 1, 1])), cohort.Everybody(),
            Enumerable.Range(0, 6).ToDictionary(at => at, at => at < 3 ? new ToldData(DataState.Unsure, 7, 7) : new ToldData(DataState.Same, at < 6 - liars ? 1u : 7)));

        Assert.Contains("data of a,b,c may have been", Assert.Throws<SecureSumException>(() => Joined(1)).Message, StringComparison.Ordinal);
        Assert.Equal(6, Joined(2).Members.Count);
        Assert.Equal(6, Joined(3).Members.Count);
    }

    [Fact]
    public void Whatever_is_offered_and_whatever_changes_no_combination_of_what_is_told_is_of_fewer_than_enough() => Gen.Int[0, int.MaxValue].Sample(seed =>
    {
        var honest = Random($"changes {seed}", new Participants { Contributes = Contributions(seed) });
        Assert.Equal(Least, FewestIn(honest.Sums));
        Assert.Equal(Least, FewestIn(honest.CellSums));
    }, iter: 2000);

    [Fact]
    public void Noisy_sums_in_between_change_nothing_of_that() => Gen.Int[0, int.MaxValue].Sample(seed =>
    {
        var honest = Random($"noisy {seed}", new Participants { Contributes = Contributions(seed), HasNoisySums = true });
        Assert.Equal(Least, FewestIn(honest.Sums));
        Assert.Equal(Least, FewestIn(honest.CellSums));
    }, iter: 2000);

    [Fact]
    public void Where_nobody_notices_changes_random_offers_find_the_attack() =>
        Assert.Contains(Enumerable.Range(0, 50), seed => FewestIn(Random($"heedless {seed}", new Participants { Notices = false }).Sums) < Least);

    [Fact]
    public void Where_what_may_have_been_summed_counts_as_the_same_random_offers_find_the_attack() =>
        Assert.Contains(Enumerable.Range(0, 400), seed => FewestIn(Random($"sure {seed}", new Participants { IsUnsure = false, Contributes = Contributions(seed) }).CellSums) < Least);

    private static Func<char, int, bool> Contributions(int seed) => (name, version) => new SeededBits($"cell {seed} {name} {version}").NextBelow(4ul) > 0;

    private static Participants Random(string seed, Participants participants)
    {
        var bits = new SeededBits(seed);
        for (var time = 0; time < 24; time++)
        {
            if (bits.NextBelow(3ul) == 0)
            {
                participants.Change(Some(bits.NextBelow(5ul)));
                continue;
            }

            // Mostly rosters that there were, and all of them.
            var from = participants.Rosters.Count > 0 && bits.NextBelow(3ul) > 0 ? participants.Rosters[(int)bits.NextBelow((ulong)participants.Rosters.Count)] : "";
            var roster = string.Concat(Names.Where(name => from.Contains(name) || bits.NextBelow(8ul) < 2));
            var passedOver = string.Concat(roster.Where(_ => bits.NextBelow(5ul) == 0).Take((roster.Length - 1) / 3));
            participants.Offer(roster, passedOver, isOpened: bits.NextBelow(6ul) > 0, isExact: !participants.HasNoisySums || bits.NextBelow(5ul) > 0);
        }

        return participants;

        string Some(ulong odds) => string.Concat(Names.Where(_ => bits.NextBelow(6ul) < odds));
    }

    private static int FewestIn(List<HashSet<(char Name, int Version)>> sums) => ExactRank.FewestIn(sums, Names, Least);

    /// <summary>Participants whose data change, that keep what they were in and decide by the rule.</summary>
    private sealed class Participants
    {
        private readonly Dictionary<char, Participant> _all = Names.ToDictionary(name => name, _ => new Participant());
        private ulong _sums;

        /// <summary>Switched off: nobody says that its data are new.</summary>
        public bool Notices { get; init; } = true;

        /// <summary>Switched off: data that may have been in a sum count as those of the sum that others tell of.</summary>
        public bool IsUnsure { get; init; } = true;

        /// <summary>Whether some of the random offers are of noisy sums.</summary>
        public bool HasNoisySums { get; init; }

        public Func<char, int, bool> Contributes { get; init; } = (_, _) => true;

        public List<string> Rosters { get; } = [];

        public List<HashSet<(char Name, int Version)>> Sums { get; } = [];

        public List<HashSet<(char Name, int Version)>> CellSums { get; } = [];

        public void Change(string names)
        {
            foreach (var name in names)
            {
                _all[name].Change();
            }
        }

        public string Refusal(string roster) => Assert.Throws<SecureSumException>(() => Join(roster)).Message;

        /// <summary>Whether the cell would be told of that roster were no atom strict.</summary>
        public bool IsLoose(string roster)
        {
            var counts = Join(roster).Bytes.ToArray().Select((number, at) => (number, at)).Where(one => Contributes(roster[one.at], _all[roster[one.at]].Version)).CountBy(one => one.number);
            return counts.All(one => one.Value >= Least);
        }

        /// <summary>Over whom the sum is in atoms; null where it is refused. Where it is not opened, everybody's values left all the same.</summary>
        /// <param name="roster">Over whom.</param>
        /// <param name="passedOver">Who does not learn that it was opened.</param>
        /// <param name="isOpened">Whether it is.</param>
        /// <param name="isExact">A noisy one tells no figure, and nobody says with it whether its data are new; its roster is on record all the same.</param>
        public RosterAtoms? Offer(string roster, string passedOver = "", bool isOpened = true, bool isExact = true)
        {
            if (roster.Length < Least || roster.Any(name => !_all[name].TakesPartIn(roster)))
            {
                return null;
            }

            RosterAtoms atoms;
            try
            {
                atoms = Join(roster, isExact);
            }
            catch (SecureSumException)
            {
                return null;
            }

            _sums++;
            foreach (var name in roster)
            {
                if (isOpened && !passedOver.Contains(name))
                {
                    var earlier = _all[name].Recorded.GetValueOrDefault(roster);
                    _all[name].Recorded[roster] = (atoms.Bytes.ToArray(), isExact ? _sums : earlier.Mark, isExact || earlier.IsExact);
                }
                else
                {
                    _all[name].Possible.Add((roster, _sums, isExact));
                }
            }

            if (isOpened)
            {
                Rosters.Add(roster);
            }

            if (isOpened && isExact)
            {
                Sums.Add([.. roster.Select(name => (name, _all[name].Version))]);
                var of = roster.Select((name, at) => (name, at)).Where(one => Contributes(one.name, _all[one.name].Version)).ToList();
                var counts = Enumerable.Range(0, roster.Length).Where(at => !atoms.IsLoose(at)).GroupBy(atoms.NumberOf)
                    .Select(atom => (Count: of.Count(one => atom.Contains(one.at)), IsStrict: atoms.IsStrict(atom.First()))).ToList();
                if (counts.Exists(atom => atom.Count > 0) && counts.TrueForAll(atom => atom.Count >= Least || (atom.Count == 0 && !atom.IsStrict)))
                {
                    CellSums.Add([.. of.Select(one => (one.name, _all[one.name].Version))]);
                }
            }

            return atoms;
        }

        private RosterAtoms Join(string roster, bool isExact = true)
        {
            var cohort = new Cohort(new byte[32], roster.Select(name => $"{name}"), new SumLayout(1, 0), Least, "z");
            var told = roster.Select(name => _all[name].EarlierIn(roster)).ToList();
            return RosterRule.Join(
                cohort, Enumerable.Range(0, roster.Length).ToDictionary(at => at, at => told[at].Atoms), cohort.Everybody(),
                !isExact ? null : Enumerable.Range(0, roster.Length).ToDictionary(at => at, at => told[at].Data with
                {
                    State = told[at].Data.State switch
                    {
                        DataState.New when !Notices => DataState.Same,
                        DataState.Unsure when !IsUnsure || !Notices => DataState.Same,
                        var state => state,
                    },
                }));
        }
    }

    private sealed class Participant
    {
        public int Version { get; private set; }

        /// <summary>Of the present data.</summary>
        public Dictionary<string, (byte[] Atoms, ulong Mark, bool IsExact)> Recorded { get; } = [];

        public List<(string Roster, ulong Mark, bool IsExact)> Possible { get; } = [];

        public void Change()
        {
            Version++;
            Recorded.Clear();
            Possible.Clear();
        }

        public bool TakesPartIn(string roster) => RosterRule.IsGrowth([.. Recorded.Keys.Select(Set)], [.. Possible.Select(one => Set(one.Roster))], Set(roster));

        public (RosterAtoms Atoms, ToldData Data) EarlierIn(string roster)
        {
            var (largest, of) = Recorded.Where(one => one.Key.All(roster.Contains)).OrderBy(one => one.Key.Length).LastOrDefault();
            var numbers = (largest ?? "").Zip(of.Atoms ?? []).ToDictionary(one => one.First, one => (int)one.Second);
            var atoms = RosterAtoms.Of(roster.Select(name => numbers.GetValueOrDefault(name)));
            if (Recorded.Values.Any(one => one.IsExact))
            {
                return (atoms, new ToldData(DataState.Same, of.Mark));
            }

            var attempts = Possible.Where(one => one.IsExact).Select(one => one.Mark).ToList();
            return (atoms, attempts.Count == 0 ? new ToldData(DataState.New, 0) : new ToldData(DataState.Unsure, attempts[^1], ToldData.AttemptsOf(attempts)));
        }

        private static HashSet<string> Set(string names) => [.. names.Select(name => $"{name}")];
    }
}
