namespace Exchange.Query.Merging;

/// <summary>What of each owner is in a row of a <c>table</c> answer, and what touches it.</summary>
public sealed class RowCover
{
    /// <summary>
    /// How far the owners' covered shares of a row may differ before its means are said to lean towards those of which more is in.
    /// A choice, not a bound: what touches a row need not differ from what is in it.
    /// </summary>
    public const double ShareDifferenceMax = 0.05;

    private readonly List<RowShare> _shares = [];

    /// <summary>One per owner with a cell in the row, in the order of their ids.</summary>
    public IReadOnlyList<RowShare> Shares => _shares;

    /// <summary>Dimensions of the question whose grouping takes in what touches the row at every owner; null where nothing does, or none would.</summary>
    public IReadOnlyList<string>? Coarser { get; private set; }

    /// <summary>Whether the largest and the smallest share differ by more than <see cref="ShareDifferenceMax"/>.</summary>
    public bool IsUneven => _shares.Count > 1 && _shares.Max(share => share.Covered) - _shares.Min(share => share.Covered) > ShareDifferenceMax;

    internal void Add(RowShare share, IReadOnlyList<string>? coarser)
    {
        _shares.Add(share);
        if (coarser is not null)
        {
            Coarser = Coarser is null ? coarser : [.. Coarser.Where(coarser.Contains)];
        }
    }
}

/// <summary>One owner's part in a row.</summary>
/// <param name="ParticipantId">Who.</param>
/// <param name="CoveredUnits">Units of its blocks in the row, added up.</param>
/// <param name="TouchingUnits">Units of its blocks that touch the row without being in it, at most.</param>
public readonly record struct RowShare(string ParticipantId, long CoveredUnits, long TouchingUnits)
{
    /// <summary>From 0 to 1: how much of what may belong to the row is in it, at least.</summary>
    public double Covered => CoveredUnits + TouchingUnits == 0 ? 1 : CoveredUnits / ((double)CoveredUnits + TouchingUnits);
}
