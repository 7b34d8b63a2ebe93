using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Execution;
using Exchange.Query.Merging;
using Exchange.Query.Products;

namespace Exchange.Node.Noise;

/// <summary>
/// The answer to a question in normal form after noise was added to every figure of every group. Only <see cref="Of"/> makes one of what an
/// engine computed.
/// </summary>
internal sealed class NoisyRelease
{
    private NoisyRelease(FragmentAnswer answer) => Answer = answer;

    /// <summary>The cells, in the columns of the normal form.</summary>
    public FragmentAnswer Answer { get; }

    /// <summary>
    /// Adds the noise. Where keys are declared, every group there can be is in the answer, also those in which the engine found nobody; else
    /// those whose noisy count of units reaches the threshold.
    /// </summary>
    /// <param name="plan">What is added.</param>
    /// <param name="fragment">The question in normal form.</param>
    /// <param name="product">Its product.</param>
    /// <param name="raw">What the engine computed.</param>
    /// <param name="pool">The noise.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.TooManyGroups"/>, which is decided on noisy numbers.</exception>
    public static NoisyRelease Of(NoisyPlan plan, Fragment fragment, Product product, RawAggregate raw, NoisePool pool)
    {
        if (plan.GroupsNoise is { } groupsNoise && raw.Cells.Count + pool.Take(groupsNoise, 1)[0] > plan.GroupsMax)
        {
            throw TooManyGroups(plan);
        }

        var groups = plan.Groups is null ? raw.Cells.Select(cell => (cell.Key, (RawCell?)cell)) : Declared(plan.Groups, raw);
        var count = plan.Groups?.Count ?? raw.Cells.Count;
        var noise = plan.Figures.Select(figure => pool.Take(figure.Noise, count)).ToArray();
        var ofKeys = plan.KeyNoise is { } keyNoise ? pool.Take(keyNoise, count) : [];
        var cells = new List<ReleasedCell>(count);
        var noisy = new Int128[plan.Figures.Count];
        var place = 0;
        foreach (var (key, cell) in groups)
        {
            for (var index = 0; index < noisy.Length; index++)
            {
                var figure = plan.Figures[index];
                var state = cell is null || figure.Aggregate == NoisyFigure.OfUnits ? default : cell.States[figure.Aggregate];
                noisy[index] = (figure.IsSum ? state.Exact : figure.Aggregate == NoisyFigure.OfUnits ? cell?.Supports[0].Rows ?? 0 : state.Count) + noise[index][place];
            }

            if (plan.KeyNoise is null || cell!.Supports[0].Rows + ofKeys[place] >= plan.KeyThreshold)
            {
                cells.Add(new ReleasedCell(key, plan.StatesOf(noisy)));
            }

            place++;
        }

        if (cells.Count > plan.GroupsMax)
        {
            throw TooManyGroups(plan);
        }

        var answer = AnswerCodec.Encode(fragment, product, cells);
        answer.Noise = plan.Report();
        return new NoisyRelease(answer);
    }

    private static ExchangeException TooManyGroups(NoisyPlan plan) => Reasons.TooManyGroups.Because(
        FormattableString.Invariant($"The query has more than {plan.GroupsMax} groups, as counted with noise; its charge is spent."), "Group by fewer or coarser columns, or filter.");

    private static IEnumerable<(object?[] Key, RawCell? Cell)> Declared(IReadOnlyList<object?[]> groups, RawAggregate raw)
    {
        var found = raw.Cells.ToDictionary(cell => cell.Key, KeyComparer.Instance);
        return groups.Select(key => (key, found.GetValueOrDefault(key)));
    }
}
