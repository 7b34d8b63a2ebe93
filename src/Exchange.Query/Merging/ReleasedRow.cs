namespace Exchange.Query.Merging;

/// <summary>
/// A merged group before the SELECT list: values are Int128 (int), ExactDecimal, double, bool, string, or long for dates (days) and
/// timestamps (microseconds); null for NULL.
/// </summary>
internal sealed record ReleasedRow(object?[] Keys, object?[] Figures, int Participants, long TouchingUnits = 0)
{
    /// <summary>As in <see cref="JointRow"/>.</summary>
    public RowCover? Cover { get; init; }

    /// <summary>Per figure, null for one that is exact; null where all are.</summary>
    public FigureBounds?[]? Bounds { get; init; }
}
