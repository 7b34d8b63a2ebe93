using System.Globalization;
using Exchange.Node.Catalog;
using Exchange.Query.Execution;

namespace Exchange.Node.Noise;

/// <summary>Rows with one budget: those that were admitted in one period.</summary>
/// <param name="Name"><see cref="DataEpochs.First"/>, or the first month of the period.</param>
/// <param name="To">The last month of the period; months are written <c>2026-11</c>, so that they sort.</param>
/// <param name="Parts">The parts of the dataset that are in it, with the month of each.</param>
internal sealed record DataEpoch(string Name, string To, IReadOnlyList<(string Part, string Month)> Parts);

/// <summary>
/// Which budget the parts of a dataset have. Rows that are appended in a period have a budget of that period; what was published
/// as a whole, whenever and however often, has the one budget of the dataset, because rows published again are the same rows. So a
/// budget is new for newly admitted data alone, and a unit whose rows were admitted in k periods is protected by k budgets together.
/// Charges are kept by month, so that another length of the period gives nothing back.
/// </summary>
internal static class DataEpochs
{
    /// <summary>Of what was published as a whole.</summary>
    public const string First = "first";

    /// <summary>The epochs of the newest version, in the order of their parts.</summary>
    /// <param name="dataset">The dataset.</param>
    /// <param name="source">Its version.</param>
    /// <param name="per"><c>month</c>, <c>quarter</c> or <c>year</c>.</param>
    public static IReadOnlyList<DataEpoch> Of(DatasetRecord dataset, DatasetSource source, string per) =>
    [
        .. source.Parts.Select((part, position) => (Part: part, Admitted: position == 0 ? (DateTimeOffset?)null : AdmittedAt(dataset, part)))
            .GroupBy(part => part.Admitted is { } moment ? PeriodOf(moment, per) : (First, First))
            .Select(epoch => new DataEpoch(epoch.Key.Item1, epoch.Key.Item2, [.. epoch.Select(part => (part.Part, part.Admitted is { } moment ? MonthOf(moment.Year, moment.Month) : First))])),
    ];

    /// <summary>When the part came into the dataset.</summary>
    public static DateTimeOffset AdmittedAt(DatasetRecord dataset, string part) => dataset.Versions.First(version => version.Source.Parts.Contains(part)).Created.ToUniversalTime();

    private static (string From, string To) PeriodOf(DateTimeOffset moment, string per)
    {
        var length = per switch { "month" => 1, "quarter" => 3, _ => 12 };
        var first = (moment.Month - 1) / length * length;
        return (MonthOf(moment.Year, first + 1), MonthOf(moment.Year, first + length));
    }

    private static string MonthOf(int year, int month) => string.Create(CultureInfo.InvariantCulture, $"{year:D4}-{month:D2}");
}
