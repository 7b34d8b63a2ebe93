using Exchange.Protocol.Errors;
using Exchange.Query.Approval;

namespace Exchange.Node.Sessions;

/// <summary>The figures of <c>checked</c>, over every group that the product declares.</summary>
internal sealed class CheckedSumPlan : ExactSumPlan
{
    private CheckedSumPlan(IReadOnlyList<object?[]> groups, Part[] parts)
        : base(groups, parts)
    {
    }

    /// <summary>Plans an approved question.</summary>
    /// <param name="approved">The question.</param>
    /// <param name="participants">Size of the cohort.</param>
    /// <exception cref="ExchangeException">
    /// <see cref="Reasons.GroupsNotDeclared"/>; <see cref="Reasons.TooManyGroups"/>; <see cref="Reasons.BoundsMissing"/>; <see cref="Reasons.NotServedYet"/>.
    /// </exception>
    public static CheckedSumPlan Of(ApprovedFragment approved, int participants)
    {
        var parts = PartsOf(approved, participants);
        return new CheckedSumPlan(GroupsOf(approved, WordsOf(parts)), parts);
    }
}
