using Exchange.Privacy.SafeTables;

namespace Exchange.Node.SafeTables;

/// <summary>What a correction left as it was, in sentences for the owner, who alone may know.</summary>
internal static class CorrectionWords
{
    /// <summary>When nothing could be looked at.</summary>
    public const string Stopped = "The safe table keeps all its figures: they could not be compared. The next correction tries again.";

    public static IReadOnlyList<string> Of(DeletionDecision decision) => decision.Kept.Count == 0
        ? ["The figures of the safe table are those of the rows there are now."]
        :
        [
            .. decision.Kept.OrderBy(kept => kept.Key).Select(kept => $"The figures of {kept.Value} of {decision.Kept.Values.Sum() + decision.Settled.Count} blocks stay as they were: {WhyOf(kept.Key)}"),
            "All other figures of the safe table are those of the rows there are now; the next correction tries again with what has changed by then.",
        ];

    private static string WhyOf(FiguresKept why) => why switch
    {
        FiguresKept.Mended => "units have lost rows and have new ones, and the difference would tell by how much a unit changed.",
        FiguresKept.FewRemoved => "the removed rows do not pass every rule by themselves, and the difference would tell of them.",
        FiguresKept.FewNew => "the new rows do not pass every rule by themselves.",
        _ => "what remains does not pass every rule.",
    };
}
