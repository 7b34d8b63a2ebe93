namespace Exchange.Privacy.SafeTables;

/// <summary>Why figures stay when rows behind them were corrected; of several reasons the first.</summary>
public enum FiguresKept
{
    /// <summary>A unit has lost rows and has new ones: what it has less or more could be told.</summary>
    Mended = 1,

    /// <summary>The removed rows do not pass every rule by themselves.</summary>
    FewRemoved = 2,

    /// <summary>The rows that are new do not.</summary>
    FewNew = 3,

    /// <summary>What remains does not.</summary>
    FewRemain = 4,
}
