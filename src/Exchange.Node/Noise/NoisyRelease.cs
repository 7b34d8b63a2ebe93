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

        var groups = plan.Groups is null ? Shown(plan, raw, pool) : Declared(plan.Groups, raw);
        if (groups.Count > plan.GroupsMax)
        {
            throw TooManyGroups(plan);
        }

        plan.CheckSize(groups.Count);
        var noise = plan.Figures.Select(figure => pool.Take(figure.Noise, groups.Count * figure.Width)).ToArray();
        var cells = new List<ReleasedCell>(groups.Count);
        var noisy = new Int128[plan.Width];
        for (var place = 0; place < groups.Count; place++)
        {
            var (key, cell) = groups[place];
            for (var index = 0; index < noise.Length; index++)
            {
                var figure = plan.Figures[index];
                var into = noisy.AsSpan(figure.First, figure.Width);
                noise[index].AsSpan(place * figure.Width, figure.Width).CopyTo(into);
                if (cell is not null)
                {
                    AddTo(into, figure, cell);
                }
            }

            cells.Add(new ReleasedCell(key, plan.StatesOf(noisy)));
        }

        var answer = AnswerCodec.Encode(fragment, product, cells, isNoisy: true);
        answer.Noise = plan.Report();
        return new NoisyRelease(answer);
    }

    private static ExchangeException TooManyGroups(NoisyPlan plan) => Reasons.TooManyGroups.Because(
        FormattableString.Invariant($"The query has more than {plan.GroupsMax} groups, as counted with noise; its charge is spent."), "Group by fewer or coarser columns, or filter.");

    private static void AddTo(Span<Int128> noisy, NoisyFigure figure, RawCell cell)
    {
        if (figure.Aggregate == NoisyFigure.OfUnits)
        {
            noisy[0] += cell.Supports[0].Rows;
            return;
        }

        var state = cell.States[figure.Aggregate];
        if (figure.Bins is not { } grid)
        {
            noisy[0] += figure.IsSum ? state.Exact : state.Count;
            return;
        }

        foreach (var bin in state.Bins ?? [])
        {
            noisy[grid.BinOf(bin.Low)] += bin.Count;
        }
    }

    // Keys that nobody declared, where their noisy count of units reaches the threshold.
    private static List<(object?[] Key, RawCell? Cell)> Shown(NoisyPlan plan, RawAggregate raw, NoisePool pool)
    {
        var noise = pool.Take(plan.KeyNoise!, raw.Cells.Count);
        return [.. raw.Cells.Where((cell, place) => cell.Supports[0].Rows + noise[place] >= plan.KeyThreshold).Select(cell => (cell.Key, (RawCell?)cell))];
    }

    private static List<(object?[] Key, RawCell? Cell)> Declared(IReadOnlyList<object?[]> groups, RawAggregate raw)
    {
        var found = raw.Cells.ToDictionary(cell => cell.Key, KeyComparer.Instance);
        return [.. groups.Select(key => (key, found.GetValueOrDefault(key)))];
    }
}
