using System.Collections.Immutable;

namespace Exchange.Privacy.SecureSums;

/// <summary>A block of a member's table.</summary>
/// <param name="Description">The first values that its rows share, in the order of the table's dimensions, null for NULL: what has no narrower block of the member.</param>
/// <param name="Part">Blocks of one number can be told only together; 0 for one whose figures the member withholds.</param>
public sealed record MemberBlock(ImmutableArray<string?> Description, int Part);
