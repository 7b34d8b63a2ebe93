using CsCheck;
using Exchange.Privacy.SecureSums;
using Exchange.Privacy.Tests.Noise;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>Sums over other rosters do not tell, put together, the figure of a few, though no participant knows of all of them.</summary>
public sealed class RosterRuleTests
{
    private const int Least = 3;
    private const string Names = "abcdefghijklmn";

    [Theory]
    [InlineData("abcdef", true)]
    [InlineData("abcdefg", true)]
    [InlineData("abc", true)]
    [InlineData("abcde", false)]
    [InlineData("abd", false)]
    [InlineData("ghi", false)]
    public void A_participant_is_in_rosters_it_was_in_or_that_contain_all_of_those(string roster, bool isGrowth) =>
        Assert.Equal(isGrowth, RosterRule.IsGrowth([Set("abc"), Set("abcdef")], [], Set(roster)));

    [Fact]
    public void The_first_roster_is_one_atom() => Assert.Equal(RosterAtoms.Of([5, 5, 5]), new Participants().Offer("abc"));

    [Fact]
    public void Three_rosters_that_nobody_was_in_together_do_not_give_one_participant()
    {
        var honest = new Participants();
        Assert.NotNull(honest.Offer("abc"));
        Assert.NotNull(honest.Offer("def"));
        Assert.Null(honest.Offer("abcdefg"));
        // Both together tell nothing new, and with enough others the sum passes.
        Assert.NotNull(honest.Offer("abcdef"));
        Assert.NotNull(honest.Offer("abcdefghi"));
        Assert.Equal(Least, FewestIn(honest.Told));

        honest = new Participants();
        Assert.NotNull(honest.Offer("abcdefg"));
        Assert.Null(honest.Offer("abc"));
        Assert.Null(honest.Offer("def"));
        Assert.NotNull(honest.Offer("abcdefg"));
    }

    [Fact]
    public void Where_nobody_tells_of_earlier_rosters_the_third_is_told_and_the_attack_wins()
    {
        // The naive reading: each participant holds a roster against its own.
        var silent = new Participants { Tell = false };
        Assert.All((string[])["abc", "def", "abcdefg"], roster => Assert.NotNull(silent.Offer(roster)));
        Assert.Equal(1, FewestIn(silent.Told));
    }

    [Fact]
    public void Who_was_passed_over_once_its_values_were_in_goes_nowhere_without_all_who_may_be_in_that_sum()
    {
        var honest = new Participants();
        Assert.NotNull(honest.Offer("abcdefg"));
        Assert.NotNull(honest.Offer("abcdefghij", passedOver: "hij"));
        Assert.Null(honest.Offer("hijk"));
        Assert.NotNull(honest.Offer("abcdefghij"));

        // The naive reading: what did not come to its end is forgotten.
        var forgetful = new Participants { Expect = false };
        Assert.All((IEnumerable<(string Roster, string PassedOver)>)[("abcdefg", ""), ("abcdefghij", "hij"), ("hijk", "")], offer => Assert.NotNull(forgetful.Offer(offer.Roster, offer.PassedOver)));
        Assert.Equal(1, FewestIn(forgetful.Told));
    }

    [Fact]
    public void Whatever_is_offered_no_combination_of_what_is_told_is_of_fewer_than_enough() =>
        Gen.Int[0, int.MaxValue].Sample(seed =>
        {
            var bits = new SeededBits($"rosters {seed}");
            var honest = new Participants();
            // Who contributes to a cell, and over which of them it was told.
            var contributors = string.Concat(Names.Where(_ => bits.NextBelow(3ul) > 0));
            var cell = new List<string>();
            for (var time = 0; time < 40; time++)
            {
                var (roster, passedOver) = RandomOffer(bits, honest);
                if (honest.Offer(roster, passedOver) is { } atoms && atoms.IsEnoughOfEach(atoms.Members.Where(at => contributors.Contains(roster[at])), Least, -1))
                {
                    cell.Add(string.Concat(roster.Where(contributors.Contains)));
                }
            }

            Assert.Equal(Least, FewestIn(honest.Told));
            Assert.Equal(Least, FewestIn(cell));
        }, iter: 1000);

    [Fact]
    public void Where_nobody_tells_random_offers_find_the_attack_too() => Assert.Contains(Enumerable.Range(0, 50), seed =>
    {
        var bits = new SeededBits($"silent {seed}");
        var silent = new Participants { Tell = false };
        for (var time = 0; time < 40; time++)
        {
            silent.Offer(string.Concat(Names.Where(_ => bits.NextBelow(2ul) == 0)));
        }

        return FewestIn(silent.Told) < Least;
    });

    [Fact]
    public void Where_those_passed_over_forget_random_offers_find_the_attack_too() => Assert.Contains(Enumerable.Range(0, 200), seed =>
    {
        var bits = new SeededBits($"forgetful {seed}");
        var forgetful = new Participants { Expect = false };
        for (var time = 0; time < 40; time++)
        {
            var (roster, passedOver) = RandomOffer(bits, forgetful);
            forgetful.Offer(roster, passedOver);
        }

        return FewestIn(forgetful.Told) < Least;
    });

    [Fact]
    public void Who_tells_a_roster_that_it_is_not_in_or_that_goes_across_another_s_is_refused()
    {
        var cohort = CohortOf("abcdefghi");
        RosterAtoms none = RosterAtoms.None(9), abc = Atoms("111000000");
        AssertClose(cohort, [abc, abc, abc, none, none, none, none, none, Atoms("000111000")], "i");
        AssertClose(cohort, [abc, abc, abc, none, none, none, none, none, Atoms("001000111")], "i");
        AssertClose(cohort, [abc, abc, Atoms("111222000"), none, none, none, none, none, none], "c");
        // Other atoms of the same; atoms of too few.
        AssertClose(cohort, [.. Enumerable.Repeat(Atoms("111111000"), 5), Atoms("111222000"), none, none, none], "f");
        AssertClose(cohort, [none, none, none, none, none, none, none, Atoms("000000011"), none], "h");
        Assert.Equal(Atoms("111222222"), RosterRule.Join(cohort, ByTeller([abc, abc, abc, none, none, none, none, none, none]), cohort.Everybody()));
    }

    [Fact]
    public void A_refusal_says_who_would_have_to_be_out_and_who_in()
    {
        var cohort = CohortOf("abcdefg");
        RosterAtoms abc = Atoms("1110000"), def = Atoms("0001110");
        var told = ByTeller([abc, abc, abc, def, def, def, RosterAtoms.None(7)]);
        Assert.Contains("figures of g:", AssertClose(cohort, told, cohort.Everybody()).Message, StringComparison.Ordinal);
        Assert.Contains("d,e,f", AssertClose(cohort, told, ParticipantSet.Of(7, [0, 1, 2, 3])).Message, StringComparison.Ordinal);
        Assert.Equal(Atoms("1112220"), RosterRule.Join(cohort, told, ParticipantSet.Of(7, [0, 1, 2, 3, 4, 5])));
        Assert.Equal(abc, RosterRule.Join(cohort, told, ParticipantSet.Of(7, [0, 1, 2])));
    }

    [Fact]
    public void The_asker_is_not_counted_among_the_new()
    {
        var cohort = CohortOf("abcdef", asker: "f");
        var abc = Atoms("111000");
        AssertClose(cohort, [abc, abc, abc, RosterAtoms.None(6), RosterAtoms.None(6), RosterAtoms.None(6)], "d,e,f");
    }

    [Fact]
    public void In_the_rounds_shares_are_refused_before_anything_is_dealt_and_survivors_before_anything_is_opened()
    {
        RosterAtoms Earlier(int at) => at < 3 ? Atoms("111000") : RosterAtoms.None(6);
        var one = new SumSession(4, new SumLayout(1, 0), (_, _) => { }, earlier: at => at < 3 ? Atoms("1110") : RosterAtoms.None(4));
        Assert.Equal(SecureSumFault.RosterTooClose, Assert.Throws<SecureSumException>(one.RunUntilMasked).Fault);

        foreach (var lost in (int[])[0, 5])
        {
            var session = new SumSession(6, new SumLayout(1, 0), (_, _) => { }, threshold: 4, earlier: Earlier);
            session.LostFrom[lost] = Round.Input;
            session.RunUntilMasked();
            var survivors = session.Relay.CloseInputs();
            Assert.All(survivors, at => Assert.Equal(
                SecureSumFault.RosterTooClose, Assert.Throws<SecureSumException>(() => session.Participants[at].Confirm(survivors)).Fault));
        }
    }

    [Fact]
    public void What_a_participant_tells_is_signed_and_read_only_in_one_form()
    {
        var session = new SumSession(4, new SumLayout(1, 0), (_, _) => { });
        var keys = session.Participants.Select(one => one.Begin()).ToList();
        var key = keys[0].Body[..AgreementKey.PublicLength].ToArray();
        var mark = new byte[3 * sizeof(ulong)];
        // Numbers that are not in order, or too many, or of no atom; a state that there is none of.
        foreach (var told in (byte[][])
            [[0, .. mark, 0, 0, 0], [0, .. mark, 0, 0, 0, 0, 0], [0, .. mark, 2, 2, 2, 0], [0, .. mark, 2, 1, 1, 0], [0, .. mark, 1, 1, 3, 0], [0, .. mark, 0x80, 0, 0, 0],
             [0, .. mark, 1, 1, 0x83, 0], [3, .. mark, 0, 0, 0, 0], [0, 0, 0, 0, 0]])
        {
            keys[0] = session.Forge(Round.Keys, 0, [.. key, .. told]);
            Assert.Equal(SecureSumFault.MessageMalformed, Assert.Throws<SecureSumException>(() => session.Participants[1].Share(keys)).Fault);
            Assert.Equal(SecureSumFault.MessageMalformed, Assert.Throws<SecureSumException>(() => session.Relay.Accept(keys[0])).Fault);
        }
    }

    private static Cohort CohortOf(string names, string asker = "z") => new(new byte[32], names.Select(name => $"{name}"), new SumLayout(1, 0), Least, asker);

    private static RosterAtoms Atoms(string numbers) => RosterAtoms.Of(numbers.Select(number => number - '0'));

    // Few rosters pass that are drawn at random: most are of rosters told before, or of those who were passed over. These are often all that
    // is new, and fewer than a third, as the threshold has it.
    private static (string Roster, string PassedOver) RandomOffer(SeededBits bits, Participants participants)
    {
        var odds = bits.NextBelow(5ul);
        var from = bits.NextBelow(2ul) == 0 ? participants.PassedOver : participants.Told.Where(_ => bits.NextBelow(2ul) == 0).SelectMany(one => one);
        var roster = string.Concat(Names.Where(_ => bits.NextBelow(8ul) < odds).Concat(from).Distinct().Order());
        var knows = participants.Told.SelectMany(one => one).ToHashSet();
        var isNew = bits.NextBelow(2ul) == 0;
        return (roster, string.Concat(roster.Where(name => isNew ? !knows.Contains(name) : bits.NextBelow(4ul) == 0).Take((roster.Length - 1) / 3)));
    }

    private static HashSet<string> Set(string names) => [.. names.Select(name => $"{name}")];

    private static Dictionary<int, RosterAtoms> ByTeller(IEnumerable<RosterAtoms> told) => told.Select((one, at) => (one, at)).ToDictionary(one => one.at, one => one.one);

    private static void AssertClose(Cohort cohort, RosterAtoms[] told, string named) =>
        Assert.Contains($" {named}", AssertClose(cohort, ByTeller(told), cohort.Everybody()).Message, StringComparison.Ordinal);

    private static SecureSumException AssertClose(Cohort cohort, Dictionary<int, RosterAtoms> told, ParticipantSet roster)
    {
        var refused = Assert.Throws<SecureSumException>(() => RosterRule.Join(cohort, told, roster));
        Assert.Equal(SecureSumFault.RosterTooClose, refused.Fault);
        return refused;
    }

    private static int FewestIn(IEnumerable<string> told) => ExactRank.FewestIn([.. told.Select(roster => roster.Select(name => (name, 0)).ToHashSet())], Names, Least);

    /// <summary>Participants that keep what they were in and decide by the rule.</summary>
    private sealed class Participants
    {
        private readonly Dictionary<char, List<Dictionary<char, int>>> _recorded = Names.ToDictionary(name => name, _ => new List<Dictionary<char, int>>());

        private readonly Dictionary<char, List<string>> _possible = Names.ToDictionary(name => name, _ => new List<string>());

        /// <summary>Switched off: who is passed over forgets the sum.</summary>
        public bool Expect { get; init; } = true;

        /// <summary>Switched off: each says that it was in none.</summary>
        public bool Tell { get; init; } = true;

        public List<string> Told { get; } = [];

        public HashSet<char> PassedOver { get; } = [];

        /// <summary>Over whom the sum is in atoms; null where it is refused.</summary>
        public RosterAtoms? Offer(string roster, string passedOver = "")
        {
            if (roster.Length < Least || roster.Any(name => !RosterRule.IsGrowth([.. _recorded[name].Select(one => Set(string.Concat(one.Keys)))], [.. _possible[name].Select(Set)], Set(roster))))
            {
                return null;
            }

            try
            {
                var cohort = CohortOf(roster);
                var atoms = RosterRule.Join(cohort, ByTeller(roster.Select(name => EarlierOf(name, roster))), cohort.Everybody());
                Told.Add(roster);
                PassedOver.UnionWith(passedOver);
                foreach (var name in passedOver.Where(_ => Expect))
                {
                    _possible[name].Add(roster);
                }

                foreach (var name in roster.Except(passedOver))
                {
                    _recorded[name].Add(roster.Select((one, at) => (one, at)).ToDictionary(one => one.one, one => atoms.NumberOf(one.at)));
                }

                return atoms;
            }
            catch (SecureSumException)
            {
                return null;
            }
        }

        private RosterAtoms EarlierOf(char name, string roster)
        {
            var largest = _recorded[name].Where(one => Tell && one.Keys.All(roster.Contains)).MaxBy(one => one.Count);
            return RosterAtoms.Of(roster.Select(one => largest?.GetValueOrDefault(one) ?? 0));
        }
    }
}
