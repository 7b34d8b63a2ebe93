using System.Numerics;
using Exchange.Privacy.SecureSums;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>
/// Every sequence of sums there can be of a few participants, one after the other, under <see cref="RosterRule"/>: who deals, whose values are in the sum,
/// and who of those gives opening shares, so that it knows. The others of them know who dealt. A sum is told where as many as the threshold gave theirs.
/// </summary>
public sealed class AllRostersTests
{
    private static readonly int _sumsMax = int.Parse(Environment.GetEnvironmentVariable("EXCHANGE_ROSTER_SUMS") ?? "3", System.Globalization.CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Of_five_participants_no_combination_of_told_sums_is_of_fewer_than_enough_however_many_there_are(int least) =>
        Assert.Null(new AllRosters(5, least, LeastThresholdOf).FindAttack(int.MaxValue));

    [Fact]
    public void Of_six_participants_no_combination_of_some_told_sums_is_of_fewer_than_two() => Assert.Null(new AllRosters(6, 2, LeastThresholdOf).FindAttack(_sumsMax));

    [Fact]
    public void Of_six_participants_no_combination_of_some_told_sums_is_of_fewer_than_three() => Assert.Null(new AllRosters(6, 3, Cohort.ThresholdOf).FindAttack(_sumsMax));

    [Fact]
    public void Where_nobody_tells_of_earlier_sums_there_is_an_attack() => Assert.NotNull(new AllRosters(5, 2, LeastThresholdOf) { Tells = false }.FindAttack(3));

    [Fact]
    public void Where_those_passed_over_forget_there_is_an_attack() => Assert.NotNull(new AllRosters(6, 2, LeastThresholdOf) { Knows = false }.FindAttack(3));

    [Fact]
    public void Where_one_new_participant_is_enough_there_is_an_attack() => Assert.NotNull(new AllRosters(5, 2, LeastThresholdOf) { NewLeast = 1 }.FindAttack(2));

    // With the least that a cohort may have, most can be passed over.
    private static int LeastThresholdOf(int size) => (size / 2) + 1;

    /// <summary>Goes through all states of what participants know and what was told. Sets are bits.</summary>
    private sealed class AllRosters(int count, int least, Func<int, int> threshold)
    {
        private readonly List<Knowledge> _known = [new([], [])];
        private readonly Dictionary<string, int> _numbers = new() { ["|"] = 0 };
        private readonly Dictionary<(int, int), bool> _growth = [];
        private readonly Dictionary<(int, int), string> _earlier = [];
        private readonly Dictionary<(int, int, string), string?> _joined = [];
        private readonly Dictionary<ulong, bool> _isSafe = [];

        /// <summary>Switched off: who is passed over forgets the sum.</summary>
        public bool Knows { get; init; } = true;

        /// <summary>Switched off: each says that it was in none.</summary>
        public bool Tells { get; init; } = true;

        /// <summary>How many new ones the rule takes for enough; absent for as many as are.</summary>
        public int? NewLeast { get; init; }

        /// <summary>Rosters that were told and a combination of which is of fewer than enough; null where there are none.</summary>
        public string? FindAttack(int sumsMax)
        {
            var start = new State(new Knowing(0, 0), 0);
            var seen = new HashSet<State> { start };
            List<State> now = [start];
            for (var sums = 0; sums < sumsMax && now.Count > 0; sums++)
            {
                var next = new List<State>();
                foreach (var state in now)
                {
                    foreach (var after in After(state, isFirst: sums == 0))
                    {
                        if (seen.Add(after))
                        {
                            if (!IsSafe(after.Told))
                            {
                                return string.Join(", ", Sets(after.Told).Select(set => $"{set:b}"));
                            }

                            next.Add(after);
                        }
                    }
                }

                now = next;
            }

            return null;
        }

        private IEnumerable<State> After(State state, bool isFirst)
        {
            for (var dealers = 1; dealers < 1 << count; dealers++)
            {
                var size = BitOperations.PopCount((uint)dealers);
                // Of the first sum it does not matter which of them are in it, only how many.
                if (size < Cohort.ParticipantsMin || (isFirst && dealers != (1 << size) - 1) || !All(dealers, one => IsGrowth(state.Knows[one], dealers)))
                {
                    continue;
                }

                var told = string.Join(',', Members(dealers).Select(one => EarlierOf(state.Knows[one], dealers)));
                if (Join(dealers, dealers, told) is null)
                {
                    continue;
                }

                foreach (var roster in Subsets(dealers).Where(set => BitOperations.PopCount((uint)set) >= Math.Max(threshold(size), least)))
                {
                    if (Join(dealers, roster, told) is { } atoms)
                    {
                        foreach (var openers in Subsets(roster).Where(set => All(set, one => IsGrowth(state.Knows[one], roster))))
                        {
                            yield return state.With(count, one => Next(state.Knows[one], one, dealers, roster, openers, atoms),
                                BitOperations.PopCount((uint)openers) >= threshold(size) ? state.Told | (1ul << roster) : state.Told);
                        }
                    }
                }
            }
        }

        private int Next(int knowledge, int one, int dealers, int roster, int openers, string atoms)
        {
            var known = _known[knowledge];
            if ((openers >> one & 1) != 0)
            {
                return known.Recorded.ContainsKey(roster) ? knowledge : Number(known with { Recorded = known.Recorded.Append(new(roster, atoms)).ToDictionary() });
            }

            return (roster >> one & 1) == 0 || !Knows || known.Possible.Contains(dealers) ? knowledge : Number(known with { Possible = [.. known.Possible, dealers] });
        }

        private int Number(Knowledge knowledge)
        {
            var name = string.Join(';', knowledge.Recorded.OrderBy(one => one.Key).Select(one => $"{one.Key}:{one.Value}")) + "|" + string.Join(';', knowledge.Possible.Order());
            if (!_numbers.TryGetValue(name, out var number))
            {
                _numbers[name] = number = _known.Count;
                _known.Add(knowledge);
            }

            return number;
        }

        private bool IsGrowth(int knowledge, int roster)
        {
            if (!_growth.TryGetValue((knowledge, roster), out var isGrowth))
            {
                var known = _known[knowledge];
                _growth[(knowledge, roster)] = isGrowth = RosterRule.IsGrowth([.. known.Recorded.Keys.Select(NamesOf)], [.. known.Possible.Select(NamesOf)], NamesOf(roster));
            }

            return isGrowth;
        }

        // The largest roster within the dealers that it was in, in atoms by participant, as letters.
        private string EarlierOf(int knowledge, int dealers)
        {
            if (!_earlier.TryGetValue((knowledge, dealers), out var earlier))
            {
                var largest = _known[knowledge].Recorded.Where(one => Tells && (one.Key & ~dealers) == 0).OrderBy(one => BitOperations.PopCount((uint)one.Key)).LastOrDefault();
                _earlier[(knowledge, dealers)] = earlier = largest.Value ?? new string('0', count);
            }

            return earlier;
        }

        // The atoms of the roster by participant; null where it is refused.
        private string? Join(int dealers, int roster, string told)
        {
            if (!_joined.TryGetValue((dealers, roster, told), out var joined))
            {
                List<int> members = [.. Members(dealers)];
                var cohort = new Cohort(new byte[32], members.Select(NameOf), new SumLayout(1, 0), Cohort.ParticipantsMin, "asker", (members.Count / 2) + 1);
                var byTeller = told.Split(',').Select((atoms, at) => (at, RosterAtoms.Of(members.Select(one => atoms[one] - '0')))).ToDictionary(one => one.at, one => one.Item2);
                try
                {
                    var atoms = RosterRule.Join(cohort, byTeller, ParticipantSet.Of(members.Count, Enumerable.Range(0, members.Count).Where(at => (roster >> members[at] & 1) != 0)), NewLeast ?? least);
                    joined = string.Concat(Enumerable.Range(0, count).Select(one => members.Contains(one) ? (char)('0' + atoms.NumberOf(members.IndexOf(one))) : '0'));
                }
                catch (SecureSumException)
                {
                    joined = null;
                }

                _joined[(dealers, roster, told)] = joined;
            }

            return joined;
        }

        // A combination that is 0 outside of some set is one of the sums' columns outside of it that vanishes there and not everywhere. Over the fractions.
        private bool IsSafe(ulong told)
        {
            if (!_isSafe.TryGetValue(told, out var isSafe))
            {
                var all = RankOf(told, (1 << count) - 1);
                _isSafe[told] = isSafe = Enumerable.Range(1, (1 << count) - 1)
                    .Where(few => BitOperations.PopCount((uint)few) < least).All(few => RankOf(told, ~few & ((1 << count) - 1)) == all);
            }

            return isSafe;
        }

        private int RankOf(ulong told, int columns) =>
            ExactRank.Of(Sets(told).Select(set => Members(columns).Select(one => (set >> one & 1) != 0 ? BigInteger.One : BigInteger.Zero).ToArray()));

        private static IEnumerable<int> Sets(ulong told) => Enumerable.Range(0, 64).Where(set => (told >> set & 1) != 0);

        private IEnumerable<int> Members(int set) => Enumerable.Range(0, count).Where(one => (set >> one & 1) != 0);

        private bool All(int set, Func<int, bool> holds)
        {
            for (var one = 0; one < count; one++)
            {
                if ((set >> one & 1) != 0 && !holds(one))
                {
                    return false;
                }
            }

            return true;
        }

        private static IEnumerable<int> Subsets(int set)
        {
            for (var some = set; some > 0; some = (some - 1) & set)
            {
                yield return some;
            }
        }

        private HashSet<string> NamesOf(int set) => [.. Members(set).Select(NameOf)];

        private static string NameOf(int one) => $"{(char)('a' + one)}";

        /// <summary>What a participant knows: the rosters it was in, with their atoms, and the dealers of sums that it may be in.</summary>
        private sealed record Knowledge(Dictionary<int, string> Recorded, int[] Possible);

        /// <summary>Numbers of what each knows: twenty bits for each of six.</summary>
        private readonly record struct Knowing(ulong First, ulong Last)
        {
            public int this[int one] => (int)((one < 3 ? First : Last) >> (20 * (one % 3)) & 0xfffff);
        }

        /// <summary>What each knows, and the rosters that were told as bits of their bits.</summary>
        private readonly record struct State(Knowing Knows, ulong Told)
        {
            public State With(int count, Func<int, int> next, ulong told)
            {
                Span<ulong> halves = stackalloc ulong[2];
                for (var one = 0; one < count; one++)
                {
                    halves[one / 3] |= (ulong)next(one) << (20 * (one % 3));
                }

                return new State(new Knowing(halves[0], halves[1]), told);
            }
        }
    }
}
