using System.Collections.Immutable;
using CsCheck;
using Exchange.Privacy.SecureSums;
using Exchange.Privacy.Tests.Noise;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>Sums over tables are told of parts that take no member's block apart and that enough members have rows in.</summary>
public sealed class CohortPartitionTests
{
    [Fact]
    public void Month_less_month_by_wind_is_one_member_s_figure_only_where_parts_are_not_joined()
    {
        // Two members tell months by wind, the third months alone. Every block of every member passed its own rules.
        (string Member, (string Description, long Sum)[] Blocks)[] tables =
        [
            ("a", [("Jan/N", 10), ("Jan/S", 20), ("Feb/N", 30), ("Feb/S", 40)]),
            ("b", [("Jan/N", 1), ("Jan/S", 2), ("Feb/N", 3), ("Feb/S", 4)]),
            ("c", [("Jan", 4711), ("Feb", 815)]),
        ];

        // The naive reading: each member adds its blocks that lie wholly in the cell.
        long Naive(string cell) => tables.Sum(table => table.Blocks.Where(block => block.Description.StartsWith(cell, StringComparison.Ordinal)).Sum(block => block.Sum));
        Assert.Equal(4711, Naive("Jan") - Naive("Jan/N") - Naive("Jan/S"));

        var partition = Of([.. tables.Select(table => Member(table.Member, [.. table.Blocks.Select(block => block.Description)]))], 3);
        Assert.Equal(["Feb Feb/N Feb/S: a b c", "Jan Jan/N Jan/S: a b c"], Print(partition));
        // In a cell are the parts that lie wholly in it: months have one each, winds none, and months less winds is months.
        Assert.Equal(4744, Told("Jan"));
        Assert.Equal(0, Told("Jan/N"));

        long Told(string cell) => partition.Parts
            .Where(part => part.Descriptions.All(description => Text(description).StartsWith(cell, StringComparison.Ordinal)))
            .Sum(part => tables.Sum(table => table.Blocks.Where(block => part.Descriptions.Any(description => Text(description) == block.Description)).Sum(block => block.Sum)));
    }

    [Fact]
    public void Parts_with_too_few_members_are_pooled_by_their_first_values()
    {
        var partition = Of([Member("a", "x/1", "x/2", "y/1"), Member("b", "x/1", "y/1"), Member("c", "x/1", "x/3", "y/1", "y/2"), Member("d", "x/2", "x/3")], 3);
        Assert.Equal(["x/1: a b c", "x/2 x/3: a c d", "y/1 y/2: a b c"], Print(partition));
    }

    [Fact]
    public void A_sum_over_a_roster_large_enough_has_one_contributor_where_parts_are_not_pooled()
    {
        var members = new[] { Member("a", "x", "y"), Member("b", "x"), Member("c", "x") };
        Assert.Equal(["x: a b c", "y: a"], Print(Of(members, 1)));
        Assert.Equal(["x y: a b c"], Print(Of(members, 3)));
    }

    [Fact]
    public void With_too_few_members_nothing_is_told() => Assert.Empty(Of([Member("a", "x"), Member("b", "y")], 3).Parts);

    [Fact]
    public void The_asker_s_own_table_does_not_count()
    {
        var members = new[] { Member("a", "x", "y"), Member("b", "x", "y"), Member("c", "x", "y"), Member("asker", "x", "y") };
        Assert.Equal(["x: a asker b c", "y: a asker b c"], Print(Of(members, 3)));
        Assert.Empty(Of(members, 4).Parts);
    }

    [Fact]
    public void What_a_member_withholds_is_not_told_of_the_others_either()
    {
        var withholding = new MemberPartition("c", [new(Parse("x"), 1), new(Parse("y"), 0)]);
        var partition = Of([Member("a", "x", "y/1", "y/2"), Member("b", "x", "y/1"), withholding], 2);
        Assert.Equal(["x: a b c"], Print(partition));
        Assert.Null(partition.PartOf(["y", "1"]));
    }

    [Fact]
    public void A_missing_value_is_no_text_and_no_shorter_description()
    {
        var partition = CohortPartition.Of(
            [new("a", [new([null], 1), new([""], 2), new([], 3)]), new("b", [new([null], 1), new([""], 2), new([], 3)])], 2, "asker");
        Assert.Equal(3, partition.Parts.Length);
        Assert.Equal(3, new[] { partition.PartOf([null]), partition.PartOf([""]), partition.PartOf([]) }.Distinct().Count());
    }

    [Fact]
    public void A_member_or_a_block_that_stands_twice_is_refused()
    {
        Assert.Equal(SecureSumFault.CohortInvalid, Assert.Throws<SecureSumException>(() => Of([Member("a", "x"), Member("a", "y")], 1)).Fault);
        Assert.Equal(SecureSumFault.CohortInvalid, Assert.Throws<SecureSumException>(() => Of([Member("a", "x", "x")], 1)).Fault);
    }

    [Fact]
    public void Parts_are_whole_blocks_of_each_member_with_enough_members_and_as_fine_as_can_be() =>
        Gen.Int[1, 4].Select(Gen.Int[0, int.MaxValue]).Sample((contributorsMin, seed) =>
        {
            var members = Draw(new SeededBits($"partition {seed}"));
            var (partition, join) = (Of(members, contributorsMin), Of(members, 1));
            foreach (var member in members)
            {
                // All blocks that a member tells together are in one part, and so is every block.
                Assert.All(member.Blocks.GroupBy(block => block.Part), part => Assert.Single(part.Select(block => partition.PartOf(block.Description.AsSpan())).Distinct()));
            }

            // Not pooled: a piece of the join is what is linked by members' parts, found by another way than the partition finds it.
            Assert.Equal(LinkedSets(members), join.Parts.Select(part => string.Join(' ', part.Descriptions.Select(Text))).Order(StringComparer.Ordinal));

            foreach (var part in partition.Parts)
            {
                Assert.True(part.Members.Length >= contributorsMin);
                Assert.Equal(part.Members, members.Where(member => member.Blocks.Any(block => partition.PartOf(block.Description.AsSpan()) == partition.Parts.IndexOf(part))).Select(member => member.Member).Order(StringComparer.Ordinal));
                // A union of pieces; those with enough members by themselves are in parts of their own, with only what found no other place.
                var pieces = join.Parts.Where(piece => part.Descriptions.Contains(piece.Descriptions[0], DescriptionEquality.Instance)).ToList();
                Assert.Equal(part.Descriptions.Length, pieces.Sum(piece => piece.Descriptions.Length));
                Assert.True(pieces.Count(piece => piece.Members.Length >= contributorsMin) <= 1);
            }

            // Nothing is lost once anything is told.
            Assert.True(partition.Parts.IsEmpty || partition.Parts.Sum(part => part.Descriptions.Length) == join.Parts.Sum(part => part.Descriptions.Length));
            Assert.True(!partition.Parts.IsEmpty || members.Length < contributorsMin);
        }, iter: 300);

    [Fact]
    public void Every_member_finds_the_same_partition_in_whatever_order() => Gen.Int[0, int.MaxValue].Sample(seed =>
    {
        var bits = new SeededBits($"order {seed}");
        var members = Draw(bits);
        MemberPartition[] turned = [.. members
            .OrderBy(_ => bits.NextUInt32())
            // Numbers of parts are each member's own.
            .Select(member => member with { Blocks = [.. member.Blocks.OrderBy(_ => bits.NextUInt32()).Select(block => block with { Part = 1000 - block.Part })] })];
        var (one, other) = (Of(members, 3), Of(turned, 3));
        Assert.Equal(Print(one), Print(other));
        Assert.Equal(one.Digest, other.Digest);
    }, iter: 200);

    [Fact]
    public void Other_parts_or_members_have_another_digest()
    {
        CohortPartition[] all =
        [
            Of([Member("a", "x", "y"), Member("b", "x", "y")], 1), Of([Member("a", "x", "y"), Member("b", "x")], 1), Of([Member("a", "x", "y"), Member("c", "x", "y")], 1),
            Of([Member("a", "x", "z"), Member("b", "x", "z")], 1), Of([Member("a", "x"), Member("b", "x")], 1),
            CohortPartition.Of([new("a", [new(Parse("x"), 1), new(Parse("y"), 1)]), Member("b", "x", "y")], 1, "asker"),
        ];
        Assert.Equal(all.Length, all.Select(one => Convert.ToHexString(one.Digest.AsSpan())).Distinct().Count());
    }

    // Blocks over two dimensions of three values: of each first value either one block or narrower ones, sometimes the rest, some told together.
    private static MemberPartition[] Draw(SeededBits bits)
    {
        var members = new List<MemberPartition>();
        for (var member = 0; member < 1 + (int)bits.NextBelow(6ul); member++)
        {
            var descriptions = new List<string>();
            foreach (var first in "xyz")
            {
                switch (bits.NextBelow(4ul))
                {
                    case 0:
                        descriptions.Add($"{first}");
                        break;
                    case 1:
                        descriptions.AddRange("123".Where(_ => bits.NextBit()).Select(second => $"{first}/{second}").Append($"{first}"));
                        break;
                    case 2:
                        descriptions.AddRange("123".Where(_ => bits.NextBit()).Select(second => $"{first}/{second}"));
                        break;
                }
            }

            if (descriptions.Count == 0 || bits.NextBelow(4ul) == 0)
            {
                descriptions.Add("");
            }

            members.Add(new($"m{member}", [.. descriptions.Select((description, at) => new MemberBlock(Parse(description), bits.NextBelow(5ul) == 0 ? 1 : at + 1))]));
        }

        return [.. members];
    }

    // Sets of descriptions linked by a member that tells them together, widened until nothing changes.
    private static IEnumerable<string> LinkedSets(MemberPartition[] members)
    {
        var all = members.SelectMany(member => member.Blocks.Select(block => Text(block.Description))).Distinct().Order(StringComparer.Ordinal).ToList();
        var left = all.ToHashSet();
        var sets = new List<string>();
        while (left.Count > 0)
        {
            var set = new HashSet<string> { left.First() };
            for (var size = 0; size != set.Count;)
            {
                size = set.Count;
                set.UnionWith(members.SelectMany(member =>
                {
                    var told = all.Where(set.Contains).Select(description => Told(member, description)).Where(part => part is not null).ToHashSet();
                    return all.Where(description => told.Contains(Told(member, description)));
                }).ToList());
            }

            left.ExceptWith(set);
            sets.Add(string.Join(' ', set.Order(StringComparer.Ordinal)));
        }

        return sets.Order(StringComparer.Ordinal);

        static int? Told(MemberPartition member, string description) => member.Blocks
            .Where(block => Text(block.Description) is var own && (own.Length == 0 || own == description || description.StartsWith(own + "/", StringComparison.Ordinal)))
            .OrderByDescending(block => block.Description.Length).Select(block => (int?)block.Part).FirstOrDefault();
    }

    private static CohortPartition Of(MemberPartition[] members, int contributorsMin) => CohortPartition.Of(members, contributorsMin, "asker");

    private static MemberPartition Member(string name, params string[] blocks) => new(name, [.. blocks.Select((block, at) => new MemberBlock(Parse(block), at + 1))]);

    private static ImmutableArray<string?> Parse(string description) => description.Length == 0 ? [] : [.. description.Split('/')];

    private static string Text(ImmutableArray<string?> description) => string.Join('/', description);

    private static IEnumerable<string> Print(CohortPartition partition) =>
        partition.Parts.Select(part => $"{string.Join(' ', part.Descriptions.Select(Text))}: {string.Join(' ', part.Members)}");

    private sealed class DescriptionEquality : IEqualityComparer<ImmutableArray<string?>>
    {
        public static readonly DescriptionEquality Instance = new();

        public bool Equals(ImmutableArray<string?> one, ImmutableArray<string?> other) => one.SequenceEqual(other);

        public int GetHashCode(ImmutableArray<string?> description) => description.Length;
    }
}
