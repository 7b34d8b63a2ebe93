using System.Collections.Immutable;
using System.Numerics;
using CsCheck;
using Exchange.Privacy.SecureSums;
using Exchange.Privacy.Tests.Noise;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>Sums over tables of other versions and rosters, held against exact linear algebra.</summary>
public sealed class TableRosterRuleTests
{
    private const int DifferenceMin = 3;

    [Fact]
    public void The_first_table_is_told_and_an_equal_one_again()
    {
        var table = Told([Member("a", "x", "y"), Member("b", "x", "y"), Member("c", "x"), Member("d", "x", "y")]);
        Assert.True(TableRosterRule.IsAdmitted([], table, DifferenceMin));
        Assert.True(TableRosterRule.IsAdmitted([], table with { Members = [table.Members[3]], Parts = [] }, DifferenceMin));
        Assert.False(TableRosterRule.IsAdmitted([], table with { Members = table.Members[1..3] }, DifferenceMin));
        Assert.True(TableRosterRule.IsAdmitted([table, table], table, DifferenceMin));
    }

    [Fact]
    public void A_new_version_of_one_member_is_refused_and_one_of_enough_members_passes()
    {
        string[] names = ["a", "b", "c", "d", "e", "f"];
        ToldTable Version(params string[] changed) => Told([.. names.Select(name => Member(name, changed.Contains(name) ? 1 : 0, "x", "y"))]);
        Assert.False(TableRosterRule.IsAdmitted([Version()], Version("a"), DifferenceMin));
        Assert.False(TableRosterRule.IsAdmitted([Version()], Version("a", "b"), DifferenceMin));
        Assert.True(TableRosterRule.IsAdmitted([Version()], Version("a", "b", "c"), DifferenceMin));
        Assert.True(TableRosterRule.IsAdmitted([Version()], Version(names), DifferenceMin));
        // Those whose data are the same are few: the sum of theirs could be told from how little the others' changed.
        Assert.False(TableRosterRule.IsAdmitted([Version()], Version("a", "b", "c", "d"), DifferenceMin));
    }

    [Fact]
    public void A_roster_that_differs_by_few_in_one_part_alone_is_refused()
    {
        // Over all rows six members more; in y one.
        var before = Told([.. Each("abc", "x", "y")]);
        var close = Told([.. Each("abcd", "x", "y"), .. Each("efghi", "x")]);
        Assert.False(TableRosterRule.IsAdmitted([before], close, DifferenceMin));
        var far = Told([.. Each("abcdef", "x", "y"), .. Each("ghi", "x")]);
        Assert.True(TableRosterRule.IsAdmitted([before], far, DifferenceMin));
    }

    [Fact]
    public void Parts_that_were_not_told_stand_beside_nothing()
    {
        var before = Told([.. Each("abcd", "x", "y")]);
        var yesterday = before with { Parts = [0] };
        var changed = Told([.. Each("abc", "x", "y"), Member("d", "x"), new("d2", [new StampedBlock(["y"], 0)])]) with { Parts = [1] };
        Assert.True(TableRosterRule.IsAdmitted([yesterday], changed, DifferenceMin));
        Assert.False(TableRosterRule.IsAdmitted([before], changed, DifferenceMin));
    }

    [Fact]
    public void Parts_of_another_shape_are_refused_where_their_difference_is_of_few()
    {
        // Together x and y; then x alone: the rest is y, which only two have.
        ImmutableArray<MemberStamps> members = [.. Each("abc", "x"), .. Each("de", "y")];
        var pooled = ToldTogether(members);
        var fine = Told([.. Each("abc", "x")]);
        Assert.False(TableRosterRule.IsAdmitted([pooled], fine, DifferenceMin));
        var enough = ToldTogether([.. Each("abc", "x"), .. Each("def", "y")]);
        Assert.True(TableRosterRule.IsAdmitted([enough], fine, DifferenceMin));
    }

    [Fact]
    public void Too_much_to_look_at_is_refused()
    {
        var table = Told([.. Enumerable.Range(0, 1_000).Select(at => Member($"m{at:0000}", [.. Enumerable.Range(0, 100).Select(block => $"b{block}")]))]);
        Assert.True(TableRosterRule.IsAdmitted([table], table, DifferenceMin));
        Assert.False(TableRosterRule.IsAdmitted([.. Enumerable.Repeat(table, 500)], table, DifferenceMin));
    }

    [Fact]
    public void No_combination_of_admitted_sums_is_of_fewer_members()
    {
        var (admitted, refused, found) = (0, 0, 0);
        Gen.Int[0, int.MaxValue].Sample(seed =>
        {
            var bits = new SeededBits($"tables {seed}");
            var least = 2 + (int)bits.NextBelow(2ul);
            List<ToldTable> told = [], all = [];
            var drawn = new Drawing(bits);
            for (var turn = 0; turn < 4; turn++)
            {
                if (drawn.Next(least) is not { } next)
                {
                    continue;
                }

                all.Add(next);
                if (!TableRosterRule.IsAdmitted(told, next, least))
                {
                    Interlocked.Increment(ref refused);
                    continue;
                }

                told.Add(next);
                Interlocked.Add(ref admitted, told.Count > 1 ? 1 : 0);
            }

            Assert.False(TellsFew(told, least, (block, stamp) => (block, stamp)));
            // Also where a new version is known to have changed next to nothing.
            if (!drawn.HasOtherBlocks)
            {
                Assert.False(TellsFew(told, least, (block, _) => (block, 0)));
            }

            Interlocked.Add(ref found, TellsFew(all, least, (block, stamp) => (block, stamp)) ? 1 : 0);
        }, iter: 2_000);
        // The rule lets some through, and without it there is something to find.
        Assert.True(admitted > 100, $"{admitted} admitted");
        Assert.True(refused > 100, $"{refused} refused");
        Assert.True(found > 100, $"{found} found");
    }

    // Whether some combination of the sums is of figures of some members, but of fewer than so many: then the figures of the others are
    // columns in which fewer sums are independent.
    private static bool TellsFew(List<ToldTable> tables, int least, Func<string, ulong, (string, ulong)> nameOf)
    {
        var rows = new List<Dictionary<(string Member, (string, ulong)), int>>();
        foreach (var table in tables)
        {
            foreach (var part in table.Parts)
            {
                var row = new Dictionary<(string, (string, ulong)), int>();
                foreach (var (member, blocks) in table.Members)
                {
                    foreach (var block in blocks.Where(block => table.Partition.PartOf(block.Description.AsSpan()) == part))
                    {
                        row[(member, nameOf(string.Join('/', block.Description), block.Stamp))] = 1;
                    }
                }

                rows.Add(row);
            }
        }

        var figures = rows.SelectMany(row => row.Keys).Distinct().ToList();
        var members = figures.Select(figure => figure.Member).Distinct().ToList();
        var whole = RankOf(rows, figures);
        return Enumerable.Range(1, (1 << members.Count) - 1)
            .Where(set => BitOperations.PopCount((uint)set) < least)
            .Any(set => RankOf(rows, [.. figures.Where(figure => (set >> members.IndexOf(figure.Member) & 1) == 0)]) < whole);
    }

    private static int RankOf<T>(List<Dictionary<T, int>> rows, List<T> columns)
        where T : notnull => ExactRank.Of(rows.Select(row => columns.Select(column => (BigInteger)row.GetValueOrDefault(column)).ToArray()));

    private static IEnumerable<MemberStamps> Each(string names, params string[] blocks) => names.Select(name => Member($"{name}", blocks));

    private static MemberStamps Member(string name, params string[] blocks) => Member(name, 0, blocks);

    private static MemberStamps Member(string name, int version, params string[] blocks) => new(name, [.. blocks.Select(block => new StampedBlock(Parse(block), (ulong)version))]);

    private static ToldTable Told(ImmutableArray<MemberStamps> members) => Told(members, DifferenceMin, apart: true);

    private static ToldTable ToldTogether(ImmutableArray<MemberStamps> members) => Told(members, DifferenceMin, apart: false);

    private static ToldTable Told(ImmutableArray<MemberStamps> members, int least, bool apart)
    {
        var partition = CohortPartition.Of(
            [.. members.Select(member => new MemberPartition(member.Member, [.. member.Blocks.Select((block, at) => new MemberBlock(block.Description, apart ? at + 1 : 1))])),
                // One whose table is one block has the others' told together.
                .. apart ? Array.Empty<MemberPartition>() : [new MemberPartition("all", [.. members.SelectMany(member => member.Blocks).Select(block => block.Description).DistinctBy(one => string.Join('/', one)).Select(one => new MemberBlock(one, 1))])]],
            least, "asker");
        return new ToldTable(partition, [.. Enumerable.Range(0, partition.Parts.Length)], members);
    }

    private static ImmutableArray<string?> Parse(string description) => description.Length == 0 ? [] : [.. description.Split('/')];

    /// <summary>Versions of the tables of up to seven members, and rosters of them.</summary>
    private sealed class Drawing
    {
        private readonly SeededBits _bits;
        private readonly Dictionary<string, string[]> _blocks;
        private readonly Dictionary<string, ulong> _versions;

        public Drawing(SeededBits bits)
        {
            _bits = bits;
            var alike = bits.NextBit();
            var first = Blocks();
            _blocks = Enumerable.Range(0, 4 + (int)bits.NextBelow(4ul)).ToDictionary(at => $"m{at}", _ => alike || bits.NextBit() ? first : Blocks());
            _versions = _blocks.ToDictionary(one => one.Key, _ => 0ul);
        }

        public bool HasOtherBlocks { get; private set; }

        public ToldTable? Next(int least)
        {
            var (changes, leaves, splits) = (_bits.NextBelow(4ul), _bits.NextBelow(3ul), _bits.NextBelow(6ul) == 0);
            foreach (var name in _blocks.Keys)
            {
                // Nobody, everybody, or each as it falls.
                _versions[name] += changes switch { 0 => 0ul, 1 => 1ul, _ => _bits.NextBelow(2ul) };
                if (splits && _bits.NextBit())
                {
                    (_blocks[name], HasOtherBlocks) = (Blocks(), true);
                }
            }

            MemberStamps[] members = [.. _blocks.Where(_ => leaves == 0 || _bits.NextBelow(3ul) != 0).Select(one => Member(one.Key, (int)_versions[one.Key], one.Value))];
            var table = Told([.. members], least, apart: true);
            // Some drop out; parts that they leave to too few are not told.
            var survivors = _bits.NextBelow(3ul) != 0 ? table.Members : [.. table.Members.Where(_ => _bits.NextBelow(4ul) != 0)];
            var parts = table.Parts.Where(part => table.Partition.Parts[part].Members.Count(name => survivors.Any(member => member.Member == name)) >= least).ToList();
            parts = _bits.NextBit() ? parts : [.. parts.Where(_ => _bits.NextBit())];
            return parts.Count == 0 ? null : table with { Parts = [.. parts], Members = survivors };
        }

        private string[] Blocks()
        {
            var blocks = new List<string>();
            foreach (var first in "xy")
            {
                blocks.AddRange(_bits.NextBelow(3ul) switch
                {
                    0 => [$"{first}"],
                    1 => [$"{first}/1", $"{first}/2"],
                    _ => [$"{first}/1", $"{first}"],
                });
            }

            return [.. blocks];
        }
    }
}
