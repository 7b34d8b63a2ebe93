using System.Numerics;
using Exchange.Engines.Sqlite.Evaluation;

namespace Exchange.Engines.Tests.Sqlite;

public sealed class OverflowTests
{
    private static readonly Int128[] Edges =
        [0, 1, -1, 2, -2, long.MaxValue, long.MinValue, (Int128)long.MaxValue + 1, (Int128)long.MinValue - 1, Int128.MaxValue, Int128.MinValue, Int128.MaxValue - 1, Int128.MinValue + 1, Int128.MaxValue / 2, Int128.MinValue / 2];

    [Fact]
    public void Sums_differences_and_products_are_exact_or_told()
    {
        var random = new Random(3);
        var numbers = Edges.Concat(Enumerable.Range(0, 60).Select(_ => new Int128((ulong)random.NextInt64(), (ulong)random.NextInt64()) >> random.Next(128))).ToList();
        foreach (var first in numbers)
        {
            foreach (var second in numbers)
            {
                Check((BigInteger)first + second, overflow => (overflow.TryAdd(first, second, isMinus: false, out var value), value));
                Check((BigInteger)first - second, overflow => (overflow.TryAdd(first, second, isMinus: true, out var value), value));
                Check((BigInteger)first * second, overflow => (overflow.TryMultiply(first, second, out var value), value));
            }
        }
    }

    [Fact]
    public void Where_answers_are_exact_an_overflow_is_an_error() =>
        Assert.Throws<OverflowException>(() => new Overflow(isNull: false).TryAdd(Int128.MaxValue, 1, isMinus: false, out _));

    private static void Check(BigInteger exact, Func<Overflow, (bool Told, Int128 Value)> compute)
    {
        var overflow = new Overflow(isNull: true);
        var (hasRoom, value) = compute(overflow);
        Assert.Equal(exact >= Int128.MinValue && exact <= Int128.MaxValue, hasRoom);
        Assert.Equal(hasRoom, !overflow.Happened);
        Assert.True(!hasRoom || exact == value);
    }
}
