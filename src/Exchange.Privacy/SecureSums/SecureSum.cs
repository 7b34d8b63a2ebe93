namespace Exchange.Privacy.SecureSums;

/// <summary>The sum over the survivors; made by <see cref="SumRelay"/> alone.</summary>
public sealed class SecureSum
{
    private readonly Cohort _cohort;
    private readonly ulong[] _words;

    internal SecureSum(Cohort cohort, ulong[] words, ParticipantSet survivors)
    {
        (_cohort, _words, Survivors) = (cohort, words, survivors);
    }

    /// <summary>Whose values are in the sum.</summary>
    public ParticipantSet Survivors { get; }

    /// <summary>The sum of a narrow value.</summary>
    public long Narrow(int position)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)_cohort.Layout.Narrow);
        return (long)_words[position];
    }

    /// <summary>The sum of a wide value.</summary>
    public Int128 Wide(int position)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)position, (uint)_cohort.Layout.Wide);
        var at = _cohort.Layout.Narrow + 2 * position;
        return (Int128)new UInt128(_words[at + 1], _words[at]);
    }
}
