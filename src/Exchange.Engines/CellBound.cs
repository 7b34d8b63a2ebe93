using System.Globalization;
using Exchange.Protocol.Errors;

namespace Exchange.Engines;

/// <summary>The bound on the cells of one fragment.</summary>
internal static class CellBound
{
    /// <summary>The refusal of a fragment with more cells than that.</summary>
    public static ExchangeException Exceeded(int cellsMax) => Reasons.TooManyGroups.Because(
        string.Create(CultureInfo.InvariantCulture, $"The query has more than {cellsMax} groups."), "Group by fewer or coarser columns, or filter.");
}
