using System.Numerics;
using Exchange.Query.Rules;

namespace Exchange.Query.Tests.Rules;

public sealed class AtomSetsTests
{
    /// <summary>Inner cells of a table with published margins; bits name figures: two rows, two columns.</summary>
    private const ulong Row1 = 1, Row2 = 2, Column1 = 4, Column2 = 8;

    [Fact]
    public void What_is_outside_a_filter_follows_from_all_and_the_filter() => AssertSmallest([0b11, 0b01], [0b01, 0b10]);

    [Fact]
    public void A_filter_alone_tells_nothing_else() => AssertSmallest([0b1], [0b1]);

    [Fact]
    public void What_three_filters_leave_over_follows_although_no_two_figures_tell_it() =>
        AssertSmallest([0b0011, 0b0101, 0b1001, 0b0001], [0b0001, 0b0010, 0b0100, 0b1000]);

    [Fact]
    public void Overlapping_filters_do_not_tell_their_overlap()
    {
        // All, a, b over the atoms a¬b, ab, ¬ab, ¬a¬b.
        AssertSmallest([0b011, 0b111, 0b101, 0b001], [0b0011, 0b0110, 0b1001, 0b1100]);

        // Where nobody is outside both, the overlap is a + b - all.
        AssertSmallest([0b011, 0b111, 0b101], [0b001, 0b010, 0b100]);
    }

    [Fact]
    public void A_cell_withheld_alone_follows_from_its_margins_and_a_rectangle_does_not()
    {
        // {3, 17; 30, 15} inside published margins: with 3 alone withheld the others are figures too.
        AssertSmallest([Row1 | Column1, Row1 | Column2 | 16, Row2 | Column1 | 32, Row2 | Column2 | 64], [0b0001, 0b0010, 0b0100, 0b1000]);

        // With the rectangle withheld only the margins follow; moving t around it keeps them, from -3 to 17 without a negative count.
        AssertSmallest([Row1 | Column1, Row1 | Column2, Row2 | Column1, Row2 | Column2], [0b0011, 0b1100, 0b0101, 0b1010]);
        int[] feasible = [.. Enumerable.Range(-100, 201).Where(t => 3 + t >= 0 && 17 - t >= 0 && 30 - t >= 0 && 15 + t >= 0)];
        Assert.Equal((0, 20), (3 + feasible.Min(), 3 + feasible.Max()));
    }

    [Fact]
    public void More_atoms_or_independent_figures_than_can_be_told_are_none()
    {
        Assert.NotNull(AtomSets.Smallest([.. Enumerable.Range(0, AtomSets.RankMax).Select(bit => 1UL << bit)]));
        Assert.Null(AtomSets.Smallest([.. Enumerable.Range(0, AtomSets.RankMax + 1).Select(bit => 1UL << bit)]));
        Assert.NotNull(AtomSets.Smallest([.. Enumerable.Range(1, AtomSets.AtomsMax - 1).Select(atom => (ulong)atom)]));
        Assert.Null(AtomSets.Smallest([.. Enumerable.Range(1, AtomSets.AtomsMax + 1).Select(atom => (ulong)atom)]));
    }

    [Fact]
    public void Every_set_that_a_search_over_fractions_finds_is_a_union_of_the_smallest()
    {
        var random = new Random(3);
        for (var round = 0; round < 200; round++)
        {
            ulong[] atoms = [.. Enumerable.Range(0, random.Next(1, 7)).Select(_ => (ulong)random.Next(1, 32)).Distinct()];
            var smallest = AtomSets.Smallest(atoms)!;
            for (var set = 1UL; set < 1UL << atoms.Length; set++)
            {
                var union = smallest.Where(one => (one & set) == one).Aggregate(0UL, (all, one) => all | one);
                Assert.Equal(FollowsFrom(atoms, set), union == set && FollowsFrom(atoms, union));
                Assert.True(!FollowsFrom(atoms, set) || union == set);
            }

            Assert.All(smallest, set => Assert.True(FollowsFrom(atoms, set)));
        }
    }

    private static void AssertSmallest(ulong[] atoms, ulong[] sets) => Assert.Equal(sets.Order(), AtomSets.Smallest(atoms)!.Order());

    /// <summary>Whether adding the set to the figures leaves their rank as it is; fractions without rounding.</summary>
    private static bool FollowsFrom(ulong[] atoms, ulong set)
    {
        List<BigInteger[]> figures = [.. Enumerable.Range(0, 5).Select(bit => atoms.Select(atom => (BigInteger)(atom >> bit & 1)).ToArray())];
        BigInteger[] vector = [.. atoms.Select((_, atom) => (BigInteger)(set >> atom & 1))];
        return Rank(figures) == Rank([.. figures, vector]);
    }

    private static int Rank(List<BigInteger[]> rows)
    {
        var rank = 0;
        rows = [.. rows.Select(row => row.ToArray())];
        for (var column = 0; column < rows[0].Length; column++)
        {
            var pivot = rows.FindIndex(rank, row => !row[column].IsZero);
            if (pivot < 0)
            {
                continue;
            }

            (rows[rank], rows[pivot]) = (rows[pivot], rows[rank]);
            for (var other = rank + 1; other < rows.Count; other++)
            {
                var (a, b) = (rows[rank][column], rows[other][column]);
                rows[other] = [.. rows[other].Select((entry, index) => (entry * a) - (rows[rank][index] * b))];
            }

            rank++;
        }

        return rank;
    }
}
