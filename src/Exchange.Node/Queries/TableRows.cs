using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Merging;

namespace Exchange.Node.Queries;

/// <summary>What stands beside the rows of a <c>table</c> answer: what of each owner is in them, what touches them, and what would take that in.</summary>
internal static class TableRows
{
    /// <summary>What the class is.</summary>
    public const string Label = "table: exact figures out of each owner's safe table, which no sequence of questions refines.";

    private const int GroupingsNamedMax = 3;

    /// <summary>Completes a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="merged">What it was merged from.</param>
    /// <param name="common">Every owner covers the same parts, so that shares do not bend means.</param>
    public static void Describe(ResultRow row, JointRow merged, bool common)
    {
        if (merged is not { Cover: { } cover, TouchingUnits: > 0 })
        {
            return;
        }

        row.Parts.Add(cover.Shares.Select(share => new RowPart { ParticipantId = share.ParticipantId, CoveredUnits = share.CoveredUnits, TouchingUnits = share.TouchingUnits }));
        row.Uneven = !common && cover.IsUneven;
        row.Coarser = cover.Coarser is { } names ? new CoarserGrouping { Dimensions = { names } } : null;
    }

    /// <summary>In words, over all rows.</summary>
    public static IEnumerable<string> Notes(RunQueryResponse response, bool common)
    {
        if (common)
        {
            yield return "common: every row holds the same parts of every owner that has them; what of an owner stands in others counts as touching.";
        }

        if (response.Rows.Sum(row => row.TouchingUnits) is > 0 and var touching)
        {
            yield return $"up to {touching} more units stand in blocks that touch rows without lying in them.";
        }

        var groupings = response.Rows.Where(row => row.Coarser is not null)
            .GroupBy(row => string.Join(", ", row.Coarser.Dimensions)).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal);
        foreach (var grouping in groupings.Take(GroupingsNamedMax))
        {
            yield return grouping.Key.Length == 0
                ? $"what touches {Rows(grouping.Count())} is told only without grouping and filter."
                : $"what touches {Rows(grouping.Count())} is taken in by grouping and filtering by {grouping.Key} alone.";
        }

        if (response.Rows.Count(row => row.Uneven) is > 0 and var uneven)
        {
            yield return $"of {Rows(uneven)} some owners tell a larger share than others: means lean towards them; --common avoids it.";
        }
    }

    private static string Rows(int count) => count == 1 ? "1 row" : $"{count} rows";
}
