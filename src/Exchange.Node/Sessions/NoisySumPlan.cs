using Exchange.Node.Noise;
using Exchange.Privacy.Noise;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;

namespace Exchange.Node.Sessions;

/// <summary>
/// The figures of <c>noisy</c>, as <see cref="NoisyPlan"/> has them: whole numbers on a grid that the product's bounds give. All members bound
/// contributions by the limits that the signed cohort names, and each adds its share of the noise that one curator would add (see <see cref="DistributedNoise"/>).
/// Every group that is declared is told, also an empty one.
/// </summary>
internal sealed class NoisySumPlan : SumPlan
{
    private readonly NoisyPlan _plan;
    private readonly IReadOnlyList<double?> _shifts;
    private readonly int[] _places;
    private readonly (int Narrow, int Wide) _perGroup;

    private NoisySumPlan(NoisyPlan plan, IReadOnlyList<object?[]> groups, DistributedNoise[] noise, int groupsPerUnit, IReadOnlyList<double?> shifts)
        : base(groups, plan.Figures.Count(figure => !figure.IsSum), plan.Figures.Count(figure => figure.IsSum), hasCells: false)
    {
        (_plan, _shifts, Noise) = (plan, shifts, noise);
        _perGroup = (plan.Figures.Count(figure => !figure.IsSum), plan.Figures.Count(figure => figure.IsSum));
        _places = [.. plan.Figures.Select((figure, index) => plan.Figures.Take(index).Count(before => before.IsSum == figure.IsSum))];
        Charge = plan.Figures.Select((figure, index) => noise[index].RhoOf(SensitivityOf(figure, plan), groupsPerUnit)).Aggregate(Rho.Zero, (all, one) => all + one);
    }

    /// <summary>A member's share of the noise, per figure.</summary>
    public IReadOnlyList<DistributedNoise> Noise { get; }

    /// <summary>What the engine computes, per figure.</summary>
    public NoisyPlan Plan => _plan;

    /// <summary>What the answer costs each member.</summary>
    public Rho Charge { get; }

    /// <summary>The least that may add no noise: a third of the cohort, rounded down.</summary>
    public static int CheatersOf(int participants) => participants / 3;

    /// <summary>Plans an approved question.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.GroupsNotDeclared"/>; <see cref="Reasons.CohortInvalid"/>; as of <see cref="NoisyPlan"/>.</exception>
    public static NoisySumPlan Of(ApprovedFragment approved, JointQuery query)
    {
        if (approved.Aggregates.Any(aggregate => aggregate.Kind == AggregateKind.Units))
        {
            throw Reasons.NotServedYet.Because("COUNT(DISTINCT …) is not served in secure sums: a unit may be at several owners.", "Count rows.");
        }

        var participants = query.Cohort.Participants.Count;
        if (query.Cohort.Noise is not { GroupsPerUnit: >= 1, RowsPerGroup: >= 1 } shared || !(query.Rho is > 0 and <= 10)
            || shared.Cheaters < CheatersOf(participants) || shared.Cheaters >= SurvivorsLeast(query))
        {
            throw Reasons.CohortInvalid.Because("The cohort does not say how its members share the noise.", "Ask through a node of this exchange.");
        }

        // The limits of any offer's own budget are its owner's to check.
        var budget = new PrivacyBudget { Rho = query.Rho, AgreementRho = query.Rho, GroupsPerUnit = shared.GroupsPerUnit, RowsPerGroup = shared.RowsPerGroup, Delta = 1e-6 };
        var plan = NoisyPlan.Of(approved, budget, query.Rho, orderKey: 0);
        if (plan.Figures.Any(figure => figure.Bins is not null))
        {
            throw Reasons.NotServedYet.Because("MIN, MAX, MEDIAN and QUANTILE_CONT are not served in noisy secure sums.", "Ask for counts, sums, means and variances.");
        }

        var groups = GroupsOf(approved, plan.Figures.Sum(figure => figure.IsSum ? 2L : 1));
        var noise = plan.Figures.Select(figure => new DistributedNoise(figure.Noise.Parameter, SurvivorsLeast(query), shared.Cheaters)).ToArray();
        var places = approved.Product.Unit is null ? 1 : shared.GroupsPerUnit;
        return new NoisySumPlan(plan, groups, noise, places, [.. query.Fragment.Aggregates.Select(aggregate => aggregate.Kind == AggregateKind.Moments ? aggregate.ShiftX : (double?)null)]);
    }

    /// <inheritdoc/>
    public override void CheckRoom(Cohort cohort)
    {
        for (var index = 0; index < Noise.Count; index++)
        {
            Noise[index].CheckRoom(cohort, (Int128)RowsMax * (_plan.Figures[index].Grid?.Reach ?? 1), _plan.Figures[index].IsSum);
        }
    }

    /// <summary>Puts a figure of a group in.</summary>
    public void Set(SumInput input, int group, int figure, Int128 value)
    {
        if (_plan.Figures[figure].IsSum)
        {
            input.SetWide((group * _perGroup.Wide) + _places[figure], value);
        }
        else
        {
            input.SetNarrow((group * _perGroup.Narrow) + _places[figure], checked((long)value));
        }
    }

    /// <inheritdoc/>
    public override PartialState[] Get(SecureSum sum, int group)
    {
        var noisy = new Int128[_plan.Figures.Count];
        for (var figure = 0; figure < noisy.Length; figure++)
        {
            noisy[figure] = _plan.Figures[figure].IsSum ? sum.Wide((group * _perGroup.Wide) + _places[figure]) : sum.Narrow((group * _perGroup.Narrow) + _places[figure]);
        }

        return [.. _plan.StatesOf(noisy).Select((state, index) => About(state, _shifts[index]))];
    }

    /// <inheritdoc/>
    public override NoiseReport NoiseOf(int survivors)
    {
        var report = _plan.Report(figure => Math.Sqrt(Noise[_plan.Figures.ToList().IndexOf(figure)].VarianceOf(survivors).ToDouble()));
        report.Rho = Charge.Value;
        return report;
    }

    private static int SurvivorsLeast(JointQuery query) => Math.Max(Cohort.ThresholdOf(query.Cohort.Participants.Count), query.Cohort.MinNodes);

    // Of moments, which the plan gives about zero.
    private static PartialState About(PartialState state, double? about) => about is { } shift
        ? state with { X = state.X - (shift * state.Count), XX = state.XX - (2 * shift * state.X) + (shift * shift * state.Count) }
        : state;

    private static double SensitivityOf(NoisyFigure figure, NoisyPlan plan) => (double)plan.Limits.SquaredSensitivity(figure.Grid?.Reach ?? 1);
}
