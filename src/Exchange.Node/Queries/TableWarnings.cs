using System.Globalization;
using Exchange.Node.Hosting;
using Exchange.Node.SafeTables;
using Exchange.Node.Storage;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Node.Queries;

/// <summary>Tells an owner which of the questions that were asked of late a safe table does not serve well.</summary>
internal sealed class TableWarnings(StateStore state, NodeLimits limits, TimeProvider time)
{
    /// <summary>Questions of so long count.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromDays(30);

    /// <summary>A question that loses a larger share of its units is warned of.</summary>
    public const double LossMax = 0.05;

    private const int QuestionsMax = 1_000;

    /// <summary>In sentences; none where every question of the window is told at least 95 percent of its units.</summary>
    public IReadOnlyList<string> Of(Product product, LiveTable live)
    {
        var since = (time.GetUtcNow() - Window).ToUnixTimeMilliseconds();
        var asked = AnsweredQueries.Last(state, product.Id, QuestionsMax)
            .Where(query => query.Created >= since && query.Query is not null)
            .Select(query => JointQuery.Parser.ParseFrom(query.Query)).Where(query => !query.AsksPattern)
            .Select(query => query.Fragment).DistinctBy(fragment => fragment.ToByteString()).ToList();
        var losses = asked.ConvertAll(fragment => LossOf(fragment, product, live));
        var worse = losses.Where(loss => loss > LossMax).ToList();
        List<string> warnings = [];
        if (worse.Count > 0)
        {
            warnings.Add(string.Create(CultureInfo.InvariantCulture,
                $"warning: {worse.Count} of {asked.Count} questions of the last 30 days would lose more than {LossMax * 100:0} % of their units, the worst {worse.Max() * 100:0.#} %; `exchange dataset table try --order` compares other orders of the dimensions."));
        }

        if (losses.Count(loss => loss is null) is > 0 and var refused)
        {
            warnings.Add($"warning: {refused} of {asked.Count} questions of the last 30 days ask what the table does not hold, and would be refused.");
        }

        return warnings;
    }

    private double? LossOf(Fragment fragment, Product product, LiveTable live)
    {
        try
        {
            return TableLoss.Of(fragment, product, live, limits.Fragments.CellsMax).Share;
        }
        catch (ExchangeException refusal) when (refusal.Reason.Kind == ErrorKind.Refused)
        {
            return null;
        }
    }
}
