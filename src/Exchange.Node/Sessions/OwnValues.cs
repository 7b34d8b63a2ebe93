using Exchange.Engines;
using Exchange.Node.Noise;
using Exchange.Node.Queries;
using Exchange.Node.SafeTables;
using Exchange.Privacy.Noise;
using Exchange.Privacy.SecureSums;
using Exchange.Query.Execution;
using Exchange.Query.Merging;
using ReleaseGate = Exchange.Node.Queries.ReleasedAnswer.ReleaseGate;

namespace Exchange.Node.Sessions;

/// <summary>What an owner puts into a secure sum, after its own release class. It leaves masked or not at all.</summary>
internal sealed class OwnValues
{
    private readonly Action<SumInput> _fill;

    private OwnValues(Action<SumInput> fill, IReadOnlyCollection<int>? cells, long withheld) => (_fill, Cells, Withheld) = (fill, cells, withheld);

    /// <summary>Groups that it contributes to; null where all are told whoever contributes.</summary>
    public IReadOnlyCollection<int>? Cells { get; }

    /// <summary>Cells that are not empty and that its rules keep back; the owner alone knows how many.</summary>
    public long Withheld { get; }

    /// <summary>What the answer cost; null outside of <c>noisy</c>.</summary>
    public Rho? Charged { get; private init; }

    /// <summary>The values of a cohort's sum.</summary>
    public SumInput Input(Cohort cohort)
    {
        var input = new SumInput(cohort);
        SecureFaults.Run(() =>
        {
            _fill(input);
            return input;
        });
        return input;
    }

    /// <summary>Computes them under the rules of <c>checked</c>.</summary>
    public static async Task<OwnValues> OfCheckedAsync(AdmittedFragment admitted, CheckedSumPlan plan, EngineSet engines, CancellationToken cancellationToken)
    {
        var raw = await engines[admitted.Source.Engine].RunAsync(admitted.Approved, admitted.Source, cancellationToken).ConfigureAwait(false);
        var (released, _) = ReleaseGate.Sift(admitted.Approved, raw, admitted.Source);
        var numbers = plan.Numbers();
        var byGroup = new Dictionary<int, ReleasedCell>();
        foreach (var cell in released)
        {
            // A key that the product does not declare has no place in the sum.
            if (numbers.TryGetValue(cell.Key, out var number))
            {
                byGroup.Add(number, cell);
            }
        }

        void Fill(SumInput input)
        {
            foreach (var (group, cell) in byGroup)
            {
                plan.Set(input, group, cell.States);
            }
        }

        return new OwnValues(Fill, byGroup.Keys, raw.Cells.Count - byGroup.Count);
    }

    /// <summary>Takes them out of the owner's safe table, which passed its rules when it was made.</summary>
    public static OwnValues OfTable(TableSumPlan plan, LiveTable live)
    {
        var values = plan.ValuesOf(live);

        void Fill(SumInput input)
        {
            foreach (var (group, states) in values)
            {
                plan.Set(input, group, states);
            }
        }

        return new OwnValues(Fill, [.. values.Keys], 0);
    }

    /// <summary>Adds an owner's share of the noise to every figure of every group. The noise is drawn before the data are looked at, so that the time it takes tells nothing.</summary>
    /// <param name="plan">The figures.</param>
    /// <param name="charged">What was charged for them, durably.</param>
    /// <param name="run">Runs the plan's scan.</param>
    /// <param name="bits">The system's generator.</param>
    public static async Task<OwnValues> OfNoisyAsync(NoisySumPlan plan, Rho charged, Func<Task<RawAggregate>> run, RandomBits bits)
    {
        var noise = plan.Noise.Select(share => Enumerable.Range(0, plan.Groups.Count).Select(_ => share.Sample(bits)).ToArray()).ToArray();
        var raw = await run().ConfigureAwait(false);
        var found = raw.Cells.ToDictionary(cell => cell.Key, KeyComparer.Instance);

        void Fill(SumInput input)
        {
            for (var group = 0; group < plan.Groups.Count; group++)
            {
                var cell = found.GetValueOrDefault(plan.Groups[group]);
                for (var figure = 0; figure < plan.Noise.Count; figure++)
                {
                    var (aggregate, isSum) = (plan.Plan.Figures[figure].Aggregate, plan.Plan.Figures[figure].IsSum);
                    var value = cell is null ? 0 : isSum ? cell.States[aggregate].Exact : cell.States[aggregate].Count;
                    plan.Set(input, group, figure, value + noise[figure][group]);
                }
            }
        }

        return new OwnValues(Fill, null, 0) { Charged = charged };
    }
}
