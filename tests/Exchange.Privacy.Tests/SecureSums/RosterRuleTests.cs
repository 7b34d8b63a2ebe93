using CsCheck;
using Exchange.Privacy.SecureSums;
using Exchange.Privacy.Tests.Noise;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>Sums over other rosters do not tell, one less the other, the figure of a few.</summary>
public sealed class RosterRuleTests
{
    private static readonly string Ten = "abcdefghij";

    [Theory]
    [InlineData("abcdefghij", true)]
    [InlineData("abcdefghi", false)]
    [InlineData("abcdefgh", false)]
    [InlineData("abcdefg", true)]
    [InlineData("abcdefghijk", false)]
    [InlineData("abcdefghijklm", true)]
    [InlineData("abcdefghik", false)]
    [InlineData("abcdefghkl", true)]
    public void Beside_a_roster_of_ten_only_itself_or_one_that_differs_by_three_passes(string roster, bool isAdmitted)
    {
        var decision = Decide([Ten], roster);
        Assert.Equal(isAdmitted, decision.IsAdmitted);
        Assert.Equal(roster == Ten, decision.IsRepeat);
    }

    [Fact]
    public void The_first_roster_passes() => Assert.True(Decide([], "abc").IsAdmitted);

    [Fact]
    public void One_participant_fewer_is_its_figure_where_nobody_checks()
    {
        // The naive reading: each roster is large enough.
        var figures = Ten.Select((_, at) => 1L << at).ToArray();
        Assert.Equal(1 << 9, figures.Sum() - figures[..9].Sum());
        Assert.False(Decide([Ten], Ten[..9]).IsAdmitted);
    }

    [Fact]
    public void Three_rosters_no_two_of_which_are_near_do_not_give_one_participant_together()
    {
        Assert.True(Decide(["abc"], "def").IsAdmitted);
        Assert.True(Decide(["abc"], "abcdefg").IsAdmitted);
        Assert.False(Decide(["abc", "def"], "abcdefg").IsAdmitted);
        // A roster that the others add up to tells nothing new.
        Assert.True(Decide(["abc", "def"], "abcdef").IsAdmitted);
    }

    [Fact]
    public void A_refusal_names_the_nearest_rosters_that_pass()
    {
        var decision = Decide([Ten, "abcdef"], "abcdefghi");
        Assert.Equal([Ten, "abcdef"], decision.WouldPass.Select(one => string.Concat(one)));
        // Ten participants, one of which left: back to all, or two more out.
        Assert.Equal([Ten, "abcdefg"], Decide([Ten], "abcdefghi").WouldPass.Select(one => string.Concat(one)));
    }

    [Fact]
    public void With_too_many_rosters_on_record_only_those_pass()
    {
        string[] recorded = [.. Enumerable.Range(0, RosterRule.RecordedMax + 1).Select(at => new string([.. Enumerable.Range(0, 3).Select(of => (char)(256 + 3 * at + of))]))];
        Assert.True(Decide(recorded, recorded[7]).IsAdmitted);
        Assert.False(Decide(recorded, "xyz").IsAdmitted);
        Assert.True(Decide(recorded[..^1], "xyz").IsAdmitted);
    }

    [Fact]
    public void What_passes_is_as_far_as_it_must_be_and_no_combination_is_of_fewer() =>
        Gen.Int[1, 4].Select(Gen.Int[0, int.MaxValue]).Sample((differenceMin, seed) =>
        {
            var bits = new SeededBits($"rosters {seed}");
            var recorded = new List<string>();
            for (var time = 0; time < 8; time++)
            {
                var roster = Draw(bits);
                var decision = Decide([.. recorded], roster, differenceMin);
                if (!decision.IsAdmitted)
                {
                    Assert.All(decision.WouldPass, one => Assert.True(Decide([.. recorded], string.Concat(one), differenceMin).IsAdmitted));
                    Assert.Equal(decision.WouldPass.Select(one => Distance(string.Concat(one), roster)).Order(), decision.WouldPass.Select(one => Distance(string.Concat(one), roster)));
                    // Those on record pass; a first roster of too few has none beside it.
                    Assert.Equal(recorded.Count == 0, decision.WouldPass.IsEmpty);
                    continue;
                }

                Assert.All(recorded, one => Assert.True(one == roster || Distance(one, roster) >= differenceMin));
                recorded.Add(roster);
                // Small whole weights, all of them, by an independent count.
                Assert.True(FewestIn(recorded) >= differenceMin);
            }
        }, iter: 60);

    [Fact]
    public void The_order_of_names_and_of_records_does_not_matter() => Gen.Int[0, int.MaxValue].Sample(seed =>
    {
        var bits = new SeededBits($"order {seed}");
        string[] recorded = [Draw(bits), Draw(bits), Draw(bits)];
        var roster = Draw(bits);
        var turned = Decide([.. recorded.Reverse().Select(one => string.Concat(one.Reverse()))], string.Concat(roster.Reverse()));
        Assert.Equal(Decide(recorded, roster).IsAdmitted, turned.IsAdmitted);
    }, iter: 200);

    [Fact]
    public void Rosters_that_differ_by_three_may_differ_by_one_in_a_cell_and_the_rule_is_asked_there()
    {
        // All have rows in the first cell; in the second participants 0 and 6 to 8. Three leave, of whom only 0 had rows there.
        var of = (int at) => at is 0 or > 5 ? (int[])[0, 1] : [0];
        var (first, second) = (Contributors([0, 1, 2, 3, 4, 5, 6, 7, 8]), Contributors([3, 4, 5, 6, 7, 8]));
        Assert.True(RosterRule.Decide([first[0]], 3, second[0]).IsAdmitted);
        Assert.False(RosterRule.Decide([first[1]], 3, second[1]).IsAdmitted);

        IReadOnlyList<IReadOnlySet<string>> Contributors(int[] roster)
        {
            var session = new SumSession(
                roster.Length, new SumLayout(2, 0), (_, _) => { }, cells: new SumCells(2, [0, 1], []), contributesTo: at => of(roster[at]));
            session.RunUntilMasked();
            var survivors = session.Relay.CloseInputs();
            return [.. session.Participants[1].ContributorsOf(survivors).Select(set => set.Select(at => $"{roster[at]}").ToHashSet())];
        }
    }

    private static string Draw(SeededBits bits)
    {
        var drawn = string.Concat(Ten.Where(_ => bits.NextBelow(3ul) > 0));
        return drawn.Length < 3 ? "abc" : drawn;
    }

    private static RosterDecision Decide(string[] recorded, string roster, int differenceMin = 3) =>
        RosterRule.Decide([.. recorded.Select(Set)], differenceMin, Set(roster));

    private static HashSet<string> Set(string names) => [.. names.Select(name => $"{name}")];

    private static int Distance(string one, string other) => one.Except(other).Count() + other.Except(one).Count();

    // The fewest participants that a combination with weights from −2 to 2 is of; of none does not count.
    private static int FewestIn(List<string> recorded)
    {
        var distinct = recorded.Distinct().Take(5).ToList();
        var fewest = int.MaxValue;
        for (var code = 0; code < (int)Math.Pow(5, distinct.Count); code++)
        {
            var weights = distinct.Select((_, at) => code / (int)Math.Pow(5, at) % 5 - 2).ToArray();
            var size = Ten.Count(name => distinct.Select((one, at) => one.Contains(name) ? weights[at] : 0).Sum() != 0);
            fewest = size == 0 ? fewest : Math.Min(fewest, size);
        }

        return fewest;
    }
}
