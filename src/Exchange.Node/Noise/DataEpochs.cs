using System.Globalization;
using Exchange.Node.Catalog;
using Exchange.Query.Execution;

namespace Exchange.Node.Noise;

/// <summary>Rows with one budget: those that were admitted in one period.</summary>
/// <param name="Name"><see cref="DataEpochs.First"/>, or the period, such as <c>2026Q4</c>.</param>
/// <param name="Parts">The parts of the dataset that are in it.</param>
internal sealed record DataEpoch(string Name, IReadOnlyList<string> Parts);

/// <summary>
/// Which budget the parts of a dataset have. Rows that are appended in a period have a budget of that period; what was published
/// as a whole, whenever and however often, has the one budget of the dataset, because rows published again are the same rows. So a budget is
/// new for newly admitted data alone, and a unit whose rows were admitted in k periods is protected by k budgets together.
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
        .. source.Parts.Select((part, position) => (Part: part, Name: position == 0 ? First : PeriodOf(AdmittedAt(dataset, part), per)))
            .GroupBy(part => part.Name).Select(epoch => new DataEpoch(epoch.Key, [.. epoch.Select(part => part.Part)])),
    ];

    private static DateTimeOffset AdmittedAt(DatasetRecord dataset, string part) => dataset.Versions.First(version => version.Source.Parts.Contains(part)).CreateTime;

    private static string PeriodOf(DateTimeOffset moment, string per) => per switch
    {
        "month" => moment.UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture),
        "quarter" => string.Create(CultureInfo.InvariantCulture, $"{moment.UtcDateTime.Year}Q{(moment.UtcDateTime.Month + 2) / 3}"),
        _ => moment.UtcDateTime.Year.ToString(CultureInfo.InvariantCulture),
    };
}
