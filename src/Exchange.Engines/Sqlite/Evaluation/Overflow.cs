using System.Numerics;
using Exchange.Protocol.Catalog.V1;

namespace Exchange.Engines.Sqlite.Evaluation;

/// <summary>
/// What becomes of a number that is too large for its type. Where answers are exact, it is an error and is told. Where noise is added, telling it
/// would tell of a row, so the whole expression is NULL in that row; no exception is thrown then, whose time would tell it too.
/// </summary>
/// <param name="isNull">Whether it is NULL.</param>
internal sealed class Overflow(bool isNull)
{
    /// <summary>Whether there was one since this was last set to false.</summary>
    public bool Happened { get; set; }

    /// <summary>Tells of one.</summary>
    /// <returns>False, for NULL.</returns>
    /// <exception cref="OverflowException">Where it is an error.</exception>
    public bool Tell()
    {
        Happened = true;
        return isNull ? false : throw new OverflowException();
    }

    /// <summary>The expression with its overflows as NULL, where they are.</summary>
    public Scalar Guard(Scalar whole) => isNull ? new Guarded(whole, this) : whole;

    /// <summary>The sum or difference; false where it has no room.</summary>
    public bool TryAdd(Int128 first, Int128 second, bool isMinus, out Int128 value)
    {
        value = unchecked(isMinus ? first - second : first + second);
        return (isMinus ? (first ^ second) & (first ^ value) : (first ^ value) & (second ^ value)) >= 0 || Tell();
    }

    /// <summary>The product; false where it has no room.</summary>
    public bool TryMultiply(Int128 first, Int128 second, out Int128 value)
    {
        value = unchecked(first * second);
        return (IsNarrow(first) && IsNarrow(second)) || (BigInteger)first * second == value || Tell();
    }

    private static bool IsNarrow(Int128 number) => number >= long.MinValue && number <= long.MaxValue;

    private sealed class Guarded(Scalar whole, Overflow overflow) : Scalar(whole.Kind, whole.Scale)
    {
        public override bool TryWhole(out long value)
        {
            overflow.Happened = false;
            return whole.TryWhole(out value) && !overflow.Happened;
        }

        public override bool TryExact(out Int128 value)
        {
            overflow.Happened = false;
            return whole.TryExact(out value) && !overflow.Happened;
        }

        public override bool TryReal(out double value)
        {
            overflow.Happened = false;
            return whole.TryReal(out value) && !overflow.Happened;
        }

        public override bool TryText(out string value)
        {
            overflow.Happened = false;
            return whole.TryText(out value) && !overflow.Happened;
        }
    }
}
