using CsCheck;
using Exchange.Privacy.SecureSums;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>What a cohort may be, and what its sum can hold.</summary>
public sealed class SumBoundsTests
{
    private static readonly string[] Five = ["a", "b", "c", "d", "e"];

    [Theory]
    [InlineData(2, 3, null)]
    [InlineData(1001, 3, null)]
    [InlineData(5, 2, null)]
    [InlineData(5, 6, null)]
    [InlineData(4, 3, 2)]
    [InlineData(5, 3, 2)]
    [InlineData(5, 3, 6)]
    public void A_cohort_out_of_its_bounds_is_refused(int count, int survivorsMin, int? threshold) => Assert.Equal(
        SecureSumFault.CohortInvalid,
        Assert.Throws<SecureSumException>(() => Cohort([.. Enumerable.Range(0, count).Select(SumSession.NameOf)], survivorsMin, threshold: threshold)).Fault);

    [Theory]
    [InlineData(3, 3, null)]
    [InlineData(1000, 1000, null)]
    [InlineData(5, 3, 3)]
    [InlineData(5, 3, 5)]
    public void A_cohort_at_its_bounds_is_taken(int count, int survivorsMin, int? threshold) =>
        Assert.Equal(count, Cohort([.. Enumerable.Range(0, count).Select(SumSession.NameOf)], survivorsMin, threshold: threshold).Count);

    [Fact]
    public void The_asker_does_not_count_towards_the_least_number()
    {
        Assert.Throws<SecureSumException>(() => Cohort(["a", "b", "c"], 3, asker: "b"));
        var cohort = Cohort(["a", "b", "c", "d"], 3, asker: "b", threshold: 3);
        Assert.True(cohort.IsEnough(ParticipantSet.Of(4, [0, 2, 3])));
        Assert.False(cohort.IsEnough(ParticipantSet.Of(4, [0, 1, 3])));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 2)]
    [InlineData(SumLayout.WordsMax + 1, 0)]
    [InlineData(0, int.MaxValue)]
    public void A_layout_out_of_its_bounds_is_refused(int narrow, int wide) =>
        Assert.Throws<SecureSumException>(() => new Cohort(new byte[32], Five, new SumLayout(narrow, wide), 3, "asker"));

    [Fact]
    public void Cells_that_leave_a_value_out_or_name_a_cell_too_many_are_refused() => Assert.All(
        (SumCells[])[new(1, [0], [0]), new(1, [0, 0], []), new(1, [0, 1], [0]), new(1, [0, -1], [0]), new(0, [], []), new(SumLayout.WordsMax + 1, [0, 0], [0])],
        cells => Assert.Throws<SecureSumException>(() => new Cohort(new byte[32], Five, new SumLayout(2, 1), 3, "asker", cells: cells)));

    [Fact]
    public void Names_out_of_order_or_twice_are_refused()
    {
        Assert.Throws<SecureSumException>(() => Cohort(["b", "a", "c"], 3));
        Assert.Throws<SecureSumException>(() => Cohort(["a", "b", "b"], 3));
        Assert.Throws<SecureSumException>(() => Cohort(["", "b", "c"], 3));
    }

    [Fact]
    public void Whatever_the_cohort_agrees_on_changes_its_id()
    {
        var layout = new SumLayout(2, 1);
        Cohort[] all =
        [
            new(new byte[32], Five, layout, 3, "asker"),
            new([.. new byte[31], 1], Five, layout, 3, "asker"),
            new(new byte[32], [.. Five, "f"], layout, 3, "asker"),
            new(new byte[32], ["a", "b", "c", "d", "f"], layout, 3, "asker"),
            new(new byte[32], Five, new SumLayout(1, 2), 3, "asker"),
            new(new byte[32], Five, layout, 4, "asker"),
            new(new byte[32], Five, layout, 3, "other"),
            new(new byte[32], Five, layout, 3, "asker", threshold: 3),
            new(new byte[32], Five, layout, 3, "asker", cells: new SumCells(2, [0, 1], [0])),
            new(new byte[32], Five, layout, 3, "asker", cells: new SumCells(2, [1, 0], [0])),
            new(new byte[32], Five, layout, 3, "asker", cells: new SumCells(3, [0, 1], [0])),
        ];
        Assert.Equal(all.Length, all.Select(one => Convert.ToHexString(one.Id)).Distinct().Count());
    }

    [Fact]
    public void A_value_that_the_whole_cohort_could_not_add_up_is_refused()
    {
        var input = new SumInput(new Cohort(new byte[32], Five, new SumLayout(1, 1), 3, "asker"));
        input.SetNarrow(0, input.NarrowMax);
        input.SetNarrow(0, -input.NarrowMax);
        input.SetWide(0, input.WideMax);
        input.SetWide(0, -input.WideMax);
        Action[] tooLarge =
        [
            () => input.SetNarrow(0, input.NarrowMax + 1), () => input.SetNarrow(0, long.MinValue),
            () => input.SetWide(0, input.WideMax + 1), () => input.SetWide(0, Int128.MinValue),
        ];
        Assert.All(tooLarge, set => Assert.Equal(SecureSumFault.ValueOutOfBounds, Assert.Throws<SecureSumException>(set).Fault));
    }

    [Fact]
    public void A_scale_leaves_room_for_the_largest_sum_of_the_cohort() =>
        Gen.Double[1e-6, 1e12].Select(Gen.Long[1, 1L << 40], Gen.Int[3, 1000]).Sample((contribution, rows, participants) =>
        {
            var scale = SumScale.For(contribution, rows, participants);
            var largest = scale.Encode(scale.MagnitudeMax);
            Assert.True(largest <= Int128.MaxValue / participants);
            Assert.Equal(-largest, scale.Encode(-scale.MagnitudeMax));
            Assert.Throws<SecureSumException>(() => scale.Encode(Math.BitIncrement(scale.MagnitudeMax)));
            Assert.Throws<SecureSumException>(() => scale.Encode(double.NaN));
            Assert.True(scale.Exponent == SumScale.ExponentMax || largest > Int128.MaxValue / participants / 32);
        });

    [Fact]
    public void Sums_at_a_scale_are_as_near_as_its_rounding() => Gen.Double[-500, 500].Array[3, 50].Sample(values =>
    {
        var scale = SumScale.For(500, 1 << 20, values.Length);
        var sum = values.Aggregate(Int128.Zero, (total, value) => total + scale.Encode(value));
        Assert.Equal(values.Sum(), scale.Decode(sum), scale.RoundingMax(values.Length) + 1e-10);
    });

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(-1, 1)]
    [InlineData(1, 0)]
    [InlineData(1e308, 1000)]
    public void A_scale_without_finite_bounds_is_refused(double contribution, long rows) =>
        Assert.Throws<SecureSumException>(() => SumScale.For(contribution, rows, 3));

    private static Cohort Cohort(string[] names, int survivorsMin, string asker = "asker", int? threshold = null) =>
        new(new byte[32], names, new SumLayout(1, 0), survivorsMin, asker, threshold);
}
