using Exchange.Client.Audit;

namespace Exchange.Cli.Audit;

/// <summary>Which entries are wanted; null takes all.</summary>
/// <param name="From">First moment.</param>
/// <param name="To">Last moment.</param>
/// <param name="Consumer">Who asked.</param>
/// <param name="Product">The product.</param>
/// <param name="Agreement">How the agreement's id begins.</param>
/// <param name="Purpose">The purpose.</param>
/// <param name="Outcome">See <see cref="LogLeaf.Outcome"/>; the event's name does as well.</param>
internal sealed record LeafFilter(DateTimeOffset? From, DateTimeOffset? To, string? Consumer, string? Product, string? Agreement, string? Purpose, string? Outcome)
{
    /// <summary>Whether the entry is one of them.</summary>
    public bool Takes(LogLeaf leaf) =>
        !(leaf.Time < From) && !(leaf.Time > To)
        && (Consumer is null || leaf.Consumer == Consumer)
        && (Product is null || leaf.Product == Product)
        && (Agreement is null || leaf.Agreement?.StartsWith(Agreement, StringComparison.Ordinal) == true)
        && (Purpose is null || leaf.Purpose == Purpose)
        && (Outcome is null || leaf.Outcome == Outcome || leaf.Event == Outcome);
}
