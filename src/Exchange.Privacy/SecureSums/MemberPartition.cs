using System.Collections.Immutable;

namespace Exchange.Privacy.SecureSums;

/// <summary>How one member's table divides its rows: what it signs and the relay passes on; no figure.</summary>
/// <param name="Member">Id.</param>
/// <param name="Blocks">In any order; no description twice.</param>
public sealed record MemberPartition(string Member, ImmutableArray<MemberBlock> Blocks);
