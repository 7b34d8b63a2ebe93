using System.Collections.Immutable;

namespace Exchange.Privacy.SecureSums;

/// <summary>A block of a member's table with what tells whether it changed.</summary>
/// <param name="Description">As of a <see cref="MemberBlock"/>.</param>
/// <param name="Stamp">Of one member, equal for blocks of one description with the same figures; it tells nothing of them.</param>
public sealed record StampedBlock(ImmutableArray<string?> Description, ulong Stamp);
