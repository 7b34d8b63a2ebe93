namespace Exchange.Transparency.Trees;

/// <summary>A tree as one size and one hash say it whole.</summary>
/// <param name="Size">Leaves.</param>
/// <param name="Root">Its root.</param>
public readonly record struct TreeHead(long Size, TreeHash Root);
