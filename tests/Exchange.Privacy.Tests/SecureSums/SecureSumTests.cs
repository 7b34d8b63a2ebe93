using CsCheck;
using Exchange.Privacy.SecureSums;
using Exchange.Privacy.Tests.Noise;

namespace Exchange.Privacy.Tests.SecureSums;

/// <summary>Whole sums, with everybody there and with drop-outs.</summary>
public sealed class SecureSumTests
{
    private static readonly SumLayout Layout = new(2, 2);

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(10)]
    public void Everybody_there_gives_the_sum_of_all(int count)
    {
        var session = new SumSession(count, Layout, Fill);
        AssertSum(session.Run(), session);
        Assert.Null(session.Relay.Current);
    }

    [Fact]
    public void Largest_values_of_both_signs_add_up_without_overflow()
    {
        var session = new SumSession(5, Layout, (at, input) =>
        {
            input.SetNarrow(0, input.NarrowMax);
            input.SetNarrow(1, -input.NarrowMax);
            input.SetWide(0, input.WideMax);
            input.SetWide(1, at == 0 ? input.WideMax : -input.WideMax);
        });
        var sum = session.Run();
        var largest = session.InputOf(0);
        Assert.Equal((5 * largest.NarrowMax, -5 * largest.NarrowMax), (sum.Narrow(0), sum.Narrow(1)));
        Assert.Equal((5 * largest.WideMax, -3 * largest.WideMax), (sum.Wide(0), sum.Wide(1)));
    }

    [Theory]
    [InlineData(Round.Keys)]
    [InlineData(Round.Shares)]
    [InlineData(Round.Input)]
    [InlineData(Round.Survivors)]
    [InlineData(Round.Unmasking)]
    public void A_third_dropping_out_in_one_round_leaves_the_sum_of_those_whose_values_arrived(Round round)
    {
        var session = new SumSession(9, Layout, Fill, threshold: 6) { LostFrom = { [1] = round, [4] = round, [8] = round } };
        var sum = session.Run();
        AssertSum(sum, session);
        Assert.Equal(round <= Round.Input ? 6 : 9, sum.Survivors.Count);
    }

    [Theory]
    [InlineData(Round.Keys)]
    [InlineData(Round.Shares)]
    [InlineData(Round.Input)]
    [InlineData(Round.Survivors)]
    [InlineData(Round.Unmasking)]
    public void More_drop_outs_than_the_threshold_allows_end_the_sum(Round round)
    {
        var session = new SumSession(9, Layout, Fill, threshold: 6) { LostFrom = { [1] = round, [4] = round, [7] = round, [8] = round } };
        Assert.Equal(SecureSumFault.TooFewLeft, Assert.Throws<SecureSumException>(session.Run).Fault);
        Assert.Null(session.Relay.Current);
    }

    [Fact]
    public void Whoever_drops_out_whenever_the_sum_is_right_or_there_is_none() =>
        Gen.Int[3, 12].Select(Gen.Int[0, int.MaxValue], Gen.Bool).Sample((count, seed, isRelayed) =>
        {
            var bits = new SeededBits($"drop-outs {seed}");
            var least = (ulong)(count / 2 + 1);
            var threshold = (int)(least + bits.NextBelow((ulong)count - least + 1));
            var session = new SumSession(
                count, Layout, Fill, seed: $"{seed}", asker: isRelayed || count == 3 ? "asker" : SumSession.NameOf(0), threshold: threshold);
            for (var at = 0; at < count; at++)
            {
                if (bits.NextBelow(6ul) == 0)
                {
                    session.LostFrom[at] = (Round)(1 + bits.NextBelow(5ul));
                }
            }

            try
            {
                AssertSum(session.Run(), session);
            }
            catch (SecureSumException ended)
            {
                Assert.Equal(SecureSumFault.TooFewLeft, ended.Fault);
                Assert.NotEmpty(session.LostFrom);
            }
        }, iter: 100);

    private static void Fill(int at, SumInput input)
    {
        var bits = new SeededBits($"values of {at}");
        input.SetNarrow(0, at + 1);
        input.SetNarrow(1, (long)bits.NextUInt32() - int.MaxValue);
        input.SetWide(0, -(Int128)bits.NextUInt64() * 1000);
        input.SetWide(1, (Int128)bits.NextUInt64() << 50);
    }

    private static void AssertSum(SecureSum sum, SumSession session)
    {
        // Whose message in some round up to its values was lost, and nobody else, is not in the sum.
        var expected = ParticipantSet.Of(session.Cohort.Count, Enumerable.Range(0, session.Cohort.Count)
            .Where(at => !session.LostFrom.TryGetValue(at, out var from) || from > Round.Input));
        Assert.Equal(expected, sum.Survivors);
        Assert.True(session.Cohort.IsEnough(sum.Survivors));
        ulong[] words = new ulong[Layout.Words];
        foreach (var at in sum.Survivors)
        {
            Layout.Add(words, session.InputOf(at).Words);
        }

        Assert.Equal(((long)words[0], (long)words[1]), (sum.Narrow(0), sum.Narrow(1)));
        Assert.Equal((Int128)new UInt128(words[3], words[2]), sum.Wide(0));
        Assert.Equal((Int128)new UInt128(words[5], words[4]), sum.Wide(1));
    }
}
