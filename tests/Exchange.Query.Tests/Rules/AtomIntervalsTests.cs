using Exchange.Query.Rules;

namespace Exchange.Query.Tests.Rules;

public sealed class AtomIntervalsTests
{
    // Two rows and two columns of a table, of which the totals are known.
    private static readonly ulong[] Rectangle = [0b0101, 0b1001, 0b0110, 0b1010];

    [Fact]
    public void Of_a_withheld_rectangle_3_17_30_15_the_3_may_be_anything_from_0_to_20()
    {
        var rooms = RoomsOf(3, 17, 30, 15);
        Assert.True(AtomIntervals.IsWide(Rectangle, rooms, 1, up: 17, down: 3));
        Assert.False(AtomIntervals.IsWide(Rectangle, rooms, 1, up: 17.001, down: 0));
        Assert.False(AtomIntervals.IsWide(Rectangle, rooms, 1, up: 0, down: 3.001));
    }

    [Fact]
    public void A_3_that_is_withheld_alone_is_3()
    {
        Assert.False(AtomIntervals.IsWide([0b0101], RoomsOf(3), 1, up: double.Epsilon, down: 0));
        Assert.False(AtomIntervals.IsWide([0b0101, 0b1000], RoomsOf(3, 17), 1, up: 0, down: double.Epsilon));
    }

    [Fact]
    public void Declared_bounds_narrow_an_interval_and_rows_of_no_figure_widen_it()
    {
        AtomRoom[] bounded = [new(5, 3), new(double.PositiveInfinity, 17), new(double.PositiveInfinity, 30), new(double.PositiveInfinity, 15)];
        Assert.True(AtomIntervals.IsWide(Rectangle, bounded, 1, up: 5, down: 3));
        Assert.False(AtomIntervals.IsWide(Rectangle, bounded, 1, up: 6, down: 3));

        // Two filters alone: what both hold may as well be in either without the other.
        Assert.True(AtomIntervals.IsWide([0b01, 0b10, 0b11], RoomsOf(40, 50, 7), 0b100, up: 40, down: 7));
    }

    /// <summary>Counts and sums of the same rows: by its totals alone a count of 3 may be 0 to 20, beside a sum of wages that nobody has below 10 or above 13 it is 3.</summary>
    [Fact]
    public void Sums_of_values_within_declared_bounds_narrow_the_number_of_their_rows()
    {
        long[] rows = [3, 17, 30, 15];
        AtomRoom[] RoomsBeside(double least, double greatest) => [.. rows.Select(count => AtomRoom.OfRows(count, [(least, greatest, count * 11.4)]))];
        AtomRoom[] alone = [.. rows.Select(count => AtomRoom.OfRows(count, []))];
        Assert.True(AtomIntervals.IsWide(Rectangle, alone, 1, up: 7, down: 1));
        Assert.False(AtomIntervals.IsWide(Rectangle, RoomsBeside(10, 13), 1, up: 7, down: 1));
        Assert.True(AtomIntervals.IsWide(Rectangle, RoomsBeside(0, 500), 1, up: 7, down: 1));

        Assert.Equal(new AtomRoom(1, 3), AtomRoom.OfRows(9, [(10, 20, 105)]));
        Assert.Equal(new AtomRoom(0, 0), AtomRoom.OfRows(9, [(0, 1, 9), (1, double.PositiveInfinity, 5)]));
    }

    [Fact]
    public void More_atoms_than_are_tried_are_not_found_wide() =>
        Assert.False(AtomIntervals.IsWide([.. Enumerable.Range(1, AtomIntervals.AtomsMax + 1).Select(atom => (ulong)atom)], RoomsOf([.. Enumerable.Repeat(9.0, AtomIntervals.AtomsMax + 1)]), 1, 0, 0));

    [Fact]
    public void Nothing_is_found_wider_than_some_table_with_the_same_totals_is()
    {
        var random = new Random(3);
        var (found, missed) = (0, 0);
        for (var round = 0; round < 300; round++)
        {
            int[] cells = [.. Enumerable.Range(0, 6).Select(_ => random.Next(0, 6))];
            ulong[] atoms = [.. Enumerable.Range(0, 6).Select(cell => (1UL << (cell / 3)) | (4UL << (cell % 3)))];
            var set = (ulong)random.Next(1, 63);
            int SumOf(int[] table) => Enumerable.Range(0, 6).Where(cell => (set >> cell & 1) != 0).Sum(cell => table[cell]);
            var sums = TablesLike(cells).Select(SumOf).ToList();
            for (var up = 0; up < 8; up++)
            {
                var isWide = AtomIntervals.IsWide(atoms, RoomsOf([.. cells.Select(cell => (double)cell)]), set, up, 0);
                var mayBe = sums.Max() - SumOf(cells) >= up;
                Assert.True(mayBe || !isWide);
                (found, missed) = (found + (isWide && up > 0 ? 1 : 0), missed + (mayBe && !isWide ? 1 : 0));
            }
        }

        Assert.True(found > 200 && missed < found, $"{found} found, {missed} missed");
    }

    // All tables of two rows and three columns with the same totals.
    private static IEnumerable<int[]> TablesLike(int[] cells) =>
        from x in Enumerable.Range(0, cells[0] + cells[3] + 1)
        from y in Enumerable.Range(0, cells[1] + cells[4] + 1)
        let z = cells[0] + cells[1] + cells[2] - x - y
        where z >= 0 && z <= cells[2] + cells[5]
        select new[] { x, y, z, cells[0] + cells[3] - x, cells[1] + cells[4] - y, cells[2] + cells[5] - z };

    private static AtomRoom[] RoomsOf(params double[] values) => [.. values.Select(value => new AtomRoom(double.PositiveInfinity, value))];
}
