using Exchange.Node.Noise;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;

namespace Exchange.Node.Sessions;

/// <summary>
/// Which value of a secure sum stands where: for every group there can be, the figures of every aggregate. It follows from the approved
/// question, the product and the signed cohort alone, in <c>table</c> with the members' signed partitions, so that asker and owners have the same
/// one, and it tells no figure of anybody's data.
/// </summary>
internal abstract class SumPlan
{
    /// <summary>Most rows of one owner, for which there is room.</summary>
    public const long RowsMax = 1L << 40;

    /// <param name="groups">Keys of every group.</param>
    /// <param name="narrow">Narrow values of a group.</param>
    /// <param name="wide">Wide values of a group.</param>
    /// <param name="hasCells">Whether a group is told only where enough members contribute to it.</param>
    protected SumPlan(IReadOnlyList<object?[]> groups, int narrow, int wide, bool hasCells)
    {
        Groups = groups;
        Layout = new SumLayout(groups.Count * narrow, groups.Count * wide);
        Cells = hasCells ? new SumCells(groups.Count, Each(groups.Count, narrow), Each(groups.Count, wide)) : null;
    }

    /// <summary>Keys of every group.</summary>
    public IReadOnlyList<object?[]> Groups { get; }

    /// <summary>Where the values stand.</summary>
    public SumLayout Layout { get; }

    /// <summary>A cell per group; null where every group is told.</summary>
    public SumCells? Cells { get; }

    /// <summary>The plan of a question, in its release class.</summary>
    /// <param name="approved">The question.</param>
    /// <param name="query">As it is signed, with its cohort.</param>
    /// <param name="tables">In <c>table</c>, how the members' tables divide their rows; null in other classes.</param>
    /// <exception cref="ExchangeException">Why there is none.</exception>
    public static SumPlan Of(ApprovedFragment approved, JointQuery query, CohortTables? tables = null) => query.Release switch
    {
        ReleaseClass.Checked => CheckedSumPlan.Of(approved, query.Cohort.Participants.Count),
        ReleaseClass.Noisy => NoisySumPlan.Of(approved, query),
        _ => TableSumPlan.Of(approved, query, tables!),
    };

    /// <summary>The figures of a group, of all participants together; null where no value went into it.</summary>
    public abstract PartialState[]? Get(SecureSum sum, int group);

    /// <summary>In <c>noisy</c>: the noise in a sum over so many; null in other classes.</summary>
    public virtual NoiseReport? NoiseOf(int survivors) => null;

    /// <summary>Refuses a cohort whose sum could not hold what members may put in.</summary>
    /// <exception cref="SecureSumException"><see cref="SecureSumFault.CohortInvalid"/>.</exception>
    public virtual void CheckRoom(Cohort cohort)
    {
    }

    /// <summary>The number of the group with a key.</summary>
    public Dictionary<object?[], int> Numbers() => Groups.Select((key, number) => (key, number)).ToDictionary(group => group.key, group => group.number, KeyComparer.Instance);

    /// <summary>Every group that the product declares.</summary>
    /// <param name="approved">The question.</param>
    /// <param name="words">Words that the figures of a group take.</param>
    protected static IReadOnlyList<object?[]> GroupsOf(ApprovedFragment approved, long words)
    {
        var most = (int)Math.Min(approved.CellsMax, SumLayout.WordsMax / words);
        if (DeclaredKeys.Of(approved.Keys, approved.Product, most) is { } groups)
        {
            return groups;
        }

        var undeclared = DeclaredKeys.UndeclaredOf(approved.Keys, approved.Product);
        throw undeclared.Count > 0
            ? Reasons.GroupsNotDeclared.Because(
                $"A secure sum is over groups that the product declares, and the values of {string.Join(" and ", undeclared.Select(name => $"'{name}'"))} are not declared.",
                "Group by columns with a domain, cuts or a range, by true and false, or by a part of a date such as its month.")
            : Reasons.TooManyGroups.Because($"A secure sum of these figures has room for {most} groups, and the product declares more.", "Group by fewer or coarser columns, or ask for fewer figures.");
    }

    private static IEnumerable<int> Each(int groups, int values) => Enumerable.Range(0, groups).SelectMany(group => Enumerable.Repeat(group, values));
}
