namespace Exchange.Privacy.SecureSums;

/// <summary>
/// One participant's values. A value that the cohort's sum could not hold is refused here, so that no sum of any subset of the
/// cohort overflows: n · max |x| stays below 2^63, or 2^127 of a wide value.
/// </summary>
/// <param name="cohort">Whose sum it goes into.</param>
public sealed class SumInput(Cohort cohort)
{
    private readonly ulong[] _words = new ulong[cohort.Layout.Words];

    /// <summary>Largest absolute narrow value.</summary>
    public long NarrowMax { get; } = long.MaxValue / cohort.Count;

    /// <summary>Largest absolute wide value.</summary>
    public Int128 WideMax { get; } = Int128.MaxValue / cohort.Count;

    internal ReadOnlySpan<ulong> Words => _words;

    internal Cohort Cohort => cohort;

    /// <summary>Sets a narrow value; 0 until then.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.ValueOutOfBounds"/>.</exception>
    public void SetNarrow(int position, long value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)cohort.Layout.Narrow);
        _words[position] = value >= -NarrowMax && value <= NarrowMax ? (ulong)value : throw OutOfBounds();
    }

    /// <summary>Sets a wide value; 0 until then.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.ValueOutOfBounds"/>.</exception>
    public void SetWide(int position, Int128 value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)cohort.Layout.Wide);
        if (value < -WideMax || value > WideMax)
        {
            throw OutOfBounds();
        }

        var at = cohort.Layout.Narrow + 2 * position;
        _words[at] = (ulong)(UInt128)value;
        _words[at + 1] = (ulong)((UInt128)value >> 64);
    }

    private static SecureSumException OutOfBounds() =>
        new(SecureSumFault.ValueOutOfBounds, "A value is larger than a secure sum of this cohort can hold.");
}
