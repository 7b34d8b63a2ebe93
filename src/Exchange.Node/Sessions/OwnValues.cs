using Exchange.Engines;
using Exchange.Node.Noise;
using Exchange.Node.Queries;
using Exchange.Query.Merging;
using ReleaseGate = Exchange.Node.Queries.ReleasedAnswer.ReleaseGate;

namespace Exchange.Node.Sessions;

/// <summary>What an owner puts into a secure sum: the cells that its own rules let through. It leaves masked or not at all.</summary>
/// <param name="ByGroup">Its cells, by the number of their group.</param>
/// <param name="Withheld">Cells that are not empty and that its rules keep back; the owner alone knows how many.</param>
internal sealed record OwnValues(IReadOnlyDictionary<int, ReleasedCell> ByGroup, long Withheld)
{
    /// <summary>Computes them under the rules of <c>checked</c>.</summary>
    public static async Task<OwnValues> OfCheckedAsync(AdmittedFragment admitted, SumPlan plan, EngineSet engines, CancellationToken cancellationToken)
    {
        var raw = await engines[admitted.Source.Engine].RunAsync(admitted.Approved, admitted.Source, cancellationToken).ConfigureAwait(false);
        var (released, _) = ReleaseGate.Sift(admitted.Approved, raw, admitted.Source);
        var numbers = plan.Groups.Select((key, number) => (key, number)).ToDictionary(group => group.key, group => group.number, KeyComparer.Instance);
        var byGroup = new Dictionary<int, ReleasedCell>();
        foreach (var cell in released)
        {
            // A key that the product does not declare has no place in the sum.
            if (numbers.TryGetValue(cell.Key, out var number))
            {
                byGroup.Add(number, cell);
            }
        }

        return new OwnValues(byGroup, raw.Cells.Count - byGroup.Count);
    }
}
