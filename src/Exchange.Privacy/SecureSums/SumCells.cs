using System.Collections.Immutable;

namespace Exchange.Privacy.SecureSums;

/// <summary>
/// Which cell of the answer each value of a sum belongs to. A cohort with cells tells a value only where at least
/// <see cref="Cohort.SurvivorsMin"/> participants contribute to its cell; one without cells tells every value.
/// </summary>
public sealed class SumCells
{
    /// <summary>Fixes the cells.</summary>
    /// <param name="count">How many cells; at least 1.</param>
    /// <param name="ofNarrow">The cell of each narrow value, in the layout's order.</param>
    /// <param name="ofWide">The cell of each wide value, in the layout's order.</param>
    public SumCells(int count, IEnumerable<int> ofNarrow, IEnumerable<int> ofWide)
    {
        Count = count;
        OfNarrow = [.. ofNarrow];
        OfWide = [.. ofWide];
    }

    /// <summary>How many cells.</summary>
    public int Count { get; }

    /// <summary>The cell of each narrow value.</summary>
    public ImmutableArray<int> OfNarrow { get; }

    /// <summary>The cell of each wide value.</summary>
    public ImmutableArray<int> OfWide { get; }

    /// <summary>Bytes of a set of cells.</summary>
    internal int SetLength => (Count + 7) / 8;

    internal bool IsOf(SumLayout layout) =>
        Count is > 0 and <= SumLayout.WordsMax && OfNarrow.Length == layout.Narrow && OfWide.Length == layout.Wide
        && OfNarrow.Concat(OfWide).All(cell => (uint)cell < (uint)Count);

    /// <summary>Puts zeros in place of all values of the cells that are not told.</summary>
    internal void Clear(SumLayout layout, Span<ulong> words, ReadOnlySpan<bool> isTold)
    {
        for (var at = 0; at < layout.Narrow; at++)
        {
            words[at] = isTold[OfNarrow[at]] ? words[at] : 0;
        }

        for (var at = 0; at < layout.Wide; at++)
        {
            if (!isTold[OfWide[at]])
            {
                words.Slice(layout.Narrow + 2 * at, 2).Clear();
            }
        }
    }
}
