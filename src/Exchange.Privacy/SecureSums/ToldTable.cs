using System.Collections.Immutable;

namespace Exchange.Privacy.SecureSums;

/// <summary>Sums over tables that were told, or are about to be.</summary>
/// <param name="Partition">The parts, of the whole cohort.</param>
/// <param name="Parts">Those that sums were told of: any union of them.</param>
/// <param name="Members">Over whom, and the blocks of each; all of them are among the partition's descriptions.</param>
public sealed record ToldTable(CohortPartition Partition, ImmutableHashSet<int> Parts, ImmutableArray<MemberStamps> Members);

/// <summary>The blocks of a member's table.</summary>
/// <param name="Member">Id.</param>
/// <param name="Blocks">No description twice.</param>
public sealed record MemberStamps(string Member, ImmutableArray<StampedBlock> Blocks);
