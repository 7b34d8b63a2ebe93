using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Node.Queries;

/// <summary>What came of asking the owners for their patterns.</summary>
/// <param name="Sharing">Owners whose tables have the dimensions of most, and so parts in common.</param>
/// <param name="Others">
/// The others, as they stay in the answer. Their receipts are of the first question, not of the one that the answer is about, and are left out.
/// </param>
internal sealed record CommonRound(IReadOnlyList<OwnerPart> Sharing, IReadOnlyList<OwnerPart> Others)
{
    /// <summary>Sorts the owners.</summary>
    public static CommonRound Of(IReadOnlyList<OwnerPart> parts)
    {
        var most = parts.Where(part => part.Pattern is not null)
            .GroupBy(part => string.Join(',', part.Pattern!.Dimensions.Select(dimension => dimension.Name)))
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
            .FirstOrDefault();
        IReadOnlyList<OwnerPart> sharing = most?.ToList() ?? [];
        return new CommonRound(sharing, [.. parts.Except(sharing).Select(Other)]);
    }

    private static OwnerPart Other(OwnerPart part)
    {
        var coverage = part.Coverage.Clone();
        coverage.Receipt = null;
        if (part.Pattern is not null)
        {
            var reason = Reasons.TableDimensionsDiffer;
            coverage.Status = CoverageStatus.Refused;
            coverage.Refusal = new Refusal { Reason = reason.Name, Message = "Its table has other dimensions than those of most owners.", Action = "Ask it by itself, or without --common." };
        }

        return new OwnerPart(coverage, null);
    }
}
