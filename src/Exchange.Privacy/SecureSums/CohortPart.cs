using System.Collections.Immutable;

namespace Exchange.Privacy.SecureSums;

/// <summary>What is told of the members' tables as one.</summary>
/// <param name="Descriptions">All that is in it, in order; each stands for what no narrower description of any member describes.</param>
/// <param name="Members">Who has rows in it, in ordinal order, an asker that takes part among them.</param>
public sealed record CohortPart(ImmutableArray<ImmutableArray<string?>> Descriptions, ImmutableArray<string> Members);
