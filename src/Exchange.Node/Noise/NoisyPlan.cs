using System.Numerics;
using Exchange.Privacy.Noise;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Node.Noise;

/// <summary>
/// How a question in normal form is answered with noise, decided on the question and the terms alone. Its ρ is divided evenly among the
/// distinct vectors it needs: the counts, sums about the middle of the bounds, and sums of squares; where keys are not declared, one more counts
/// units and another the groups, for how many there are is of the data too. Each vector costs its part, so all together cost ρ (composition of zCDP).
/// </summary>
internal sealed partial class NoisyPlan
{
    /// <summary>What a question costs that does not say: this part of what one consumer may spend.</summary>
    public const int UsualQuestions = 100;

    /// <summary>δ of the threshold of one question: this part of the budget's.</summary>
    public const int UsualThresholds = Protocol.Previews.NoiseStatements.ThresholdsOfBudget;

    /// <summary>The least charge is this part of what one consumer may spend, so that a ledger has no more entries.</summary>
    public const int ChargesMax = 100_000;

    /// <summary>Most groups that are looked at where keys are not declared.</summary>
    public const int GroupsLookedAtMax = 1_000_000;

    /// <summary>Most bins of histograms in an answer.</summary>
    public const int BinsMax = 1_000_000;

    // That noise moves a figure by more has a probability below 1e-31.
    private const double SigmasMost = 12;

    private const int SquareParts = 1 << 20;

    private readonly ApprovedFragment _approved;
    private readonly ContributionLimits _limits;
    private readonly List<ApprovedAggregate> _scanned = [];
    private readonly List<Vector> _vectors = [];
    private readonly List<Parts> _parts = [];

    private NoisyPlan(ApprovedFragment approved, PrivacyBudget budget)
    {
        _approved = approved;
        _limits = approved.Product.Unit is null ? ContributionLimits.OfRows : new ContributionLimits(budget.GroupsPerUnit, budget.RowsPerGroup);
    }

    /// <summary>What the engine computes.</summary>
    public ApprovedFragment Scan { get; private set; } = null!;

    /// <summary>The vectors.</summary>
    public IReadOnlyList<NoisyFigure> Figures { get; private set; } = [];

    /// <summary>Numbers of one group in all vectors.</summary>
    public int Width => Figures[^1].First + Figures[^1].Width;

    /// <summary>Every group there can be; null where keys are not declared, and groups are shown over the threshold.</summary>
    public IReadOnlyList<object?[]>? Groups { get; private set; }

    /// <summary>Noise on the count of units that decides whether an undeclared key is shown.</summary>
    public DiscreteGaussian? KeyNoise { get; private set; }

    /// <summary>An undeclared key is shown from this noisy count of units on.</summary>
    public long KeyThreshold { get; private set; }

    /// <summary>Noise on the number of groups where keys are not declared: whether there are too many is decided on the noisy number.</summary>
    public DiscreteGaussian? GroupsNoise { get; private set; }

    /// <summary>What one unit may add.</summary>
    public ContributionLimits Limits => _limits;

    /// <summary>Most groups of an answer.</summary>
    public int GroupsMax => _approved.CellsMax;

    /// <summary>What it costs.</summary>
    public Rho Rho { get; private init; }

    /// <summary>δ it costs; 0 where every key is declared.</summary>
    public double Delta { get; private set; }

    /// <summary>Plans an approved question in normal form.</summary>
    /// <param name="approved">The question.</param>
    /// <param name="budget">The offer's budget, complete.</param>
    /// <param name="rho">What the asker wants to be charged; 0 for the usual.</param>
    /// <param name="orderKey">Key of the order in which a unit's groups are kept.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.BoundsMissing"/>; <see cref="Reasons.NotServedYet"/>; <see cref="Reasons.InvalidRequest"/>.</exception>
    public static NoisyPlan Of(ApprovedFragment approved, PrivacyBudget budget, double rho, ulong orderKey)
    {
        var plan = new NoisyPlan(approved, budget) { Rho = ChargeOf(budget, rho) };
        foreach (var aggregate in approved.Aggregates)
        {
            plan._parts.Add(plan.PartsOf(aggregate));
        }

        plan.Groups = DeclaredKeys.Of(approved.Keys, approved.Product, approved.CellsMax);
        var each = new Rho(plan.Rho.Units / (plan._vectors.Count + (plan.Groups is null ? 2 : 0)));
        if (each.Units == 0)
        {
            throw Reasons.InvalidRequest.Because("The question has more figures than its budget can be divided into.", "Ask for fewer figures, or with a larger budget.");
        }

        plan.Figures = plan.FiguresFor(each);
        plan.CheckSize(plan.Groups?.Count ?? 1);
        var groupsLookedAt = approved.CellsMax;
        if (plan.Groups is null)
        {
            plan.SetThreshold(each, budget.Delta / UsualThresholds);
            groupsLookedAt = plan.GroupsLookedAt();
        }

        plan.Scan = BoundedScan.Of(approved, plan._scanned, new ContributionBounds(plan._limits.GroupsPerUnit, plan._limits.RowsPerGroup, orderKey)
        {
            CountsUnits = plan.Groups is null || plan._vectors.Exists(vector => vector.Aggregate == NoisyFigure.OfUnits),
        }, groupsLookedAt);
        return plan;
    }

    /// <exception cref="ExchangeException"><see cref="Reasons.TooManyGroups"/> where so many groups have more bins than an answer may.</exception>
    public void CheckSize(int groups)
    {
        if (Figures.Sum(figure => figure.Bins?.Count ?? 0L) * groups > BinsMax)
        {
            throw Reasons.TooManyGroups.Because(
                $"The answer would have more than {BinsMax} bins, for in every group each bin of the grid has its noise.", "Group by fewer columns, or ask for averages.");
        }
    }

    /// <summary>The charge of a question: what it asks for, or the usual.</summary>
    public static Rho ChargeOf(PrivacyBudget budget, double rho) => rho == 0
        ? Rho.Charge(budget.AgreementRho / UsualQuestions)
        : rho > 0 && rho < budget.AgreementRho / ChargesMax
        ? throw Reasons.InvalidRequest.Because(FormattableString.Invariant($"The least charge is {budget.AgreementRho / ChargesMax} zCDP."), "Ask with that, or more.")
        : rho > 0 && rho <= budget.AgreementRho ? Rho.Charge(rho)
        : throw Reasons.BudgetExhausted.Because(
            FormattableString.Invariant($"The question asks for a charge of {rho} zCDP, and an agreement may spend {budget.AgreementRho} in all."), "Ask with a smaller charge.");

    private static double UnitOf(ColumnType type) => type.Kind == TypeKind.Decimal ? (double)(1m / (decimal)Math.Pow(10, type.Scale)) : 1;

    private IReadOnlyList<NoisyFigure> FiguresFor(Rho each)
    {
        var (figures, first) = (new List<NoisyFigure>(), 0);
        foreach (var vector in _vectors)
        {
            // Of all bins of a group a unit's rows are in those it has them in: the length is largest where all are in one, as of a count.
            var squared = vector.Aggregate == NoisyFigure.OfUnits ? _limits.SquaredSensitivityOfUnits : _limits.SquaredSensitivity(vector.Grid?.Reach ?? 1);
            figures.Add(new NoisyFigure(vector.Aggregate, vector.IsSum, vector.Grid, vector.Bins, new DiscreteGaussian(ContributionLimits.VarianceFor(squared, each)), first));
            first += figures[^1].Width;
        }

        return figures;
    }

    private Parts PartsOf(ApprovedAggregate aggregate)
    {
        if (aggregate.Kind == AggregateKind.Units)
        {
            return aggregate.Filter is null ? new Parts(Place(new Vector(NoisyFigure.OfUnits))) : throw Reasons.NotServedYet.Because(
                "COUNT(DISTINCT …) with FILTER is not served in `noisy`.", "Filter with WHERE, in a question of its own.");
        }

        if (aggregate.Grid is { } bins)
        {
            return new Parts(Place(new Vector(Scanned(aggregate with { Kind = AggregateKind.Bins }), Bins: bins)));
        }

        if (aggregate.Kind is not (AggregateKind.CountRows or AggregateKind.Count or AggregateKind.Sum or AggregateKind.Moments))
        {
            throw Reasons.NotServedYet.Because("CORR and COVAR are not served in `noisy`.", "Ask for averages and variances.");
        }

        var argument = aggregate.Argument is null || BoundedScan.IsNeverNull(aggregate, _approved.Product) ? null : aggregate.Argument;
        var counted = Scanned(new ApprovedAggregate(
            argument is null ? AggregateKind.CountRows : AggregateKind.Count, argument, argument is null ? null : aggregate.ArgumentType, null, null, aggregate.Filter, 0, 0));
        var count = Place(new Vector(counted));
        if (aggregate.Kind is AggregateKind.CountRows or AggregateKind.Count)
        {
            return new Parts(count);
        }

        var bounds = BoundedScan.BoundsOf(aggregate, _approved.Product);
        if (bounds is null || !(bounds.High > bounds.Low))
        {
            throw Reasons.BoundsMissing.Because("A figure is asked of values that the product gives no bounds, so no noise would hide one of them.", "Ask about a measure with bounds.");
        }

        var type = aggregate.ArgumentType!;
        var grid = ClampingGrid.Of(bounds.Low, bounds.High, type.Kind == TypeKind.Double ? null : UnitOf(type));
        var values = new IntegerGrid(grid.Middle, grid.Step, grid.Reach);
        var sum = Place(new Vector(Scanned(aggregate with { Kind = AggregateKind.GridSum, Integers = values, ShiftX = 0 }), IsSum: true, values));
        if (aggregate.Kind == AggregateKind.Sum)
        {
            return new Parts(count, sum);
        }

        var largest = Math.Pow(grid.Reach * grid.Step, 2);
        var step = Math.ScaleB(1, Math.ILogB(largest / SquareParts));
        var squares = new IntegerGrid(grid.Middle, step, Math.Max(1, (long)Math.Ceiling(largest / step)));
        return new Parts(count, sum, Place(new Vector(Scanned(aggregate with { Kind = AggregateKind.GridSquares, Integers = squares, ShiftX = 0 }), IsSum: true, squares)));
    }

    private int Scanned(ApprovedAggregate aggregate)
    {
        // A grid is that of its measure.
        var index = _scanned.FindIndex(one => one with { Grid = null } == aggregate with { Grid = null });
        if (index < 0)
        {
            index = _scanned.Count;
            _scanned.Add(aggregate);
        }

        return index;
    }

    private int Place(Vector vector)
    {
        var index = _vectors.FindIndex(one => one.Aggregate == vector.Aggregate && one.IsSum == vector.IsSum);
        if (index < 0)
        {
            index = _vectors.Count;
            _vectors.Add(vector);
        }

        return index;
    }

    private void SetThreshold(Rho rho, double delta)
    {
        KeyNoise = new DiscreteGaussian(ContributionLimits.VarianceFor(_limits.SquaredSensitivityOfUnits, rho));
        GroupsNoise = new DiscreteGaussian(ContributionLimits.VarianceFor(_limits.SquaredSensitivityOfGroups, rho));
        KeyThreshold = Privacy.Noise.KeyThreshold.Of(KeyNoise, _limits.GroupsPerUnit, most: 1, delta);
        Delta = delta;
    }

    // So many that, where the scan was cut short, the noisy number of groups is too large whatever the noise: nothing tells then by how many.
    private int GroupsLookedAt()
    {
        var most = GroupsMax + Math.Ceiling(SigmasMost * GroupsNoise!.Sigma) + 1;
        return most <= GroupsLookedAtMax ? (int)most : throw Reasons.InvalidRequest.Because(
            "The question groups by a column whose values the product does not declare, and with so small a charge nobody could tell whether it has too many groups.",
            "Ask with a larger charge, or group by columns whose values are declared.");
    }

    /// <summary>A vector before its noise is known.</summary>
    private sealed record Vector(int Aggregate, bool IsSum = false, IntegerGrid? Grid = null, ValueGrid? Bins = null);

    /// <summary>Which vectors an aggregate is made of; -1 for none.</summary>
    private sealed record Parts(int Count, int Sum = -1, int Square = -1);
}
