using System.Numerics;
using Exchange.Privacy.Noise;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Node.Noise;

/// <summary>One noisy vector: a figure of every group.</summary>
/// <param name="Aggregate">Which aggregate of the scan it is; <see cref="OfUnits"/> for the count of units.</param>
/// <param name="IsSum">Its sum, else its count.</param>
/// <param name="Grid">Of a sum.</param>
/// <param name="Noise">What is added to it in every group.</param>
internal sealed record NoisyFigure(int Aggregate, bool IsSum, IntegerGrid? Grid, DiscreteGaussian Noise)
{
    /// <summary>The units that count in a group, which are no aggregate of the scan.</summary>
    public const int OfUnits = -1;
}

/// <summary>
/// How a question in normal form is answered with noise, decided on the question and the terms alone. Its ρ is divided evenly among the
/// distinct vectors it needs: the counts, sums about the middle of the bounds, and sums of squares; where keys are not declared, one more counts
/// units and another the groups, for how many there are is of the data too. Each vector costs its part, so all together cost ρ (composition of zCDP).
/// </summary>
internal sealed class NoisyPlan
{
    /// <summary>What a question costs that does not say: this part of what one consumer may spend.</summary>
    public const int UsualQuestions = 100;

    /// <summary>δ of the threshold of one question: this part of the budget's.</summary>
    public const int UsualThresholds = 100;

    /// <summary>The least charge is this part of what one consumer may spend, so that a ledger has no more entries.</summary>
    public const int ChargesMax = 100_000;

    /// <summary>Most groups that are looked at where keys are not declared.</summary>
    public const int GroupsLookedAtMax = 1_000_000;

    // That noise moves a figure by more has a probability below 1e-31.
    private const double SigmasMost = 12;

    private const int SquareParts = 1 << 20;

    private readonly ApprovedFragment _approved;
    private readonly ContributionLimits _limits;
    private readonly List<ApprovedAggregate> _scanned = [];
    private readonly List<(int Aggregate, bool IsSum, IntegerGrid? Grid)> _vectors = [];
    private readonly List<(int Count, int Sum, int Square)> _parts = [];

    private NoisyPlan(ApprovedFragment approved, PrivacyBudget budget)
    {
        _approved = approved;
        _limits = approved.Product.Unit is null ? ContributionLimits.OfRows : new ContributionLimits(budget.GroupsPerUnit, budget.RowsPerGroup);
    }

    /// <summary>What the engine computes.</summary>
    public ApprovedFragment Scan { get; private set; } = null!;

    /// <summary>The vectors.</summary>
    public IReadOnlyList<NoisyFigure> Figures { get; private set; } = [];

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

        plan.Figures = [.. plan._vectors.Select(vector => new NoisyFigure(vector.Aggregate, vector.IsSum, vector.Grid,
            new DiscreteGaussian(ContributionLimits.VarianceFor(
                vector.Aggregate == NoisyFigure.OfUnits ? plan._limits.SquaredSensitivityOfUnits : plan._limits.SquaredSensitivity(vector.Grid?.Reach ?? 1), each))))];
        var groupsLookedAt = approved.CellsMax;
        if (plan.Groups is null)
        {
            plan.SetThreshold(each, budget.Delta / UsualThresholds);
            groupsLookedAt = plan.GroupsLookedAt();
        }

        plan.Scan = BoundedScan.Of(approved, plan._scanned, new ContributionBounds(plan._limits.GroupsPerUnit, plan._limits.RowsPerGroup, orderKey), groupsLookedAt);
        return plan;
    }

    /// <summary>The charge of a question: what it asks for, or the usual.</summary>
    public static Rho ChargeOf(PrivacyBudget budget, double rho) => rho == 0
        ? Rho.Charge(budget.AgreementRho / UsualQuestions)
        : rho > 0 && rho < budget.AgreementRho / ChargesMax
        ? throw Reasons.InvalidRequest.Because(FormattableString.Invariant($"The least charge is {budget.AgreementRho / ChargesMax} zCDP."), "Ask with that, or more.")
        : rho > 0 && rho <= budget.AgreementRho ? Rho.Charge(rho)
        : throw Reasons.BudgetExhausted.Because(
            FormattableString.Invariant($"The question asks for a charge of {rho} zCDP, and an agreement may spend {budget.AgreementRho} in all."), "Ask with a smaller charge.");

    /// <summary>How the answer was made, without what the ledger knows.</summary>
    /// <param name="sigmaOf">The standard deviation of the noise in a figure, where it is not that of the figure's own.</param>
    public NoiseReport Report(Func<NoisyFigure, double>? sigmaOf = null)
    {
        double Sigma(int figure) => sigmaOf?.Invoke(Figures[figure]) ?? Figures[figure].Noise.Sigma;

        var report = new NoiseReport { Rho = Rho.Value, GroupsPerUnit = _limits.GroupsPerUnit, RowsPerGroup = _limits.RowsPerGroup, KeyThreshold = KeyThreshold, Delta = Delta };
        for (var index = 0; index < _parts.Count; index++)
        {
            var (count, sum, square) = _parts[index];
            var column = new ColumnNoise { CountSigma = Sigma(count) };
            if (sum >= 0)
            {
                var (grid, bounds) = (Figures[sum].Grid!, BoundedScan.BoundsOf(_approved.Aggregates[index], _approved.Product)!);
                (column.SumSigma, column.Middle, column.Step) = (Sigma(sum) * grid.Step, grid.Middle, grid.Step);
                (column.Low, column.High) = (bounds.Low, bounds.High);
            }

            if (square >= 0)
            {
                column.SquareSigma = Sigma(square) * Figures[square].Grid!.Step;
            }

            report.Columns.Add(column);
        }

        return report;
    }

    /// <summary>The states of one group, out of the noisy vectors.</summary>
    /// <param name="noisy">Per figure, its noisy number.</param>
    public PartialState[] StatesOf(ReadOnlySpan<Int128> noisy)
    {
        var states = new PartialState[_parts.Count];
        for (var index = 0; index < states.Length; index++)
        {
            var (count, sum, square) = _parts[index];
            var n = (long)noisy[count];
            states[index] = _approved.Aggregates[index].Kind == AggregateKind.Units ? new PartialState(n, n)
                : sum < 0 ? new PartialState(n)
                : square < 0 ? SumOf(_approved.Aggregates[index].ArgumentType!, n, noisy[sum], Figures[sum].Grid!)
                : MomentsOf(n, (double)noisy[sum] * Figures[sum].Grid!.Step, (double)noisy[square] * Figures[square].Grid!.Step, Figures[sum].Grid!.Middle);
        }

        return states;
    }

    // Σx = Σ(x - middle) + middle·n; whole where the grid is that of the type.
    private static PartialState SumOf(ColumnType type, long count, Int128 sum, IntegerGrid grid)
    {
        if (type.Kind == TypeKind.Double)
        {
            return new PartialState(count, X: ((double)sum * grid.Step) + (grid.Middle * count));
        }

        var unit = UnitOf(type);
        return new PartialState(count, grid.Step == unit
            ? sum + ((Int128)Math.Round(grid.Middle / unit) * count)
            : (Int128)Math.Round((((double)sum * grid.Step) + (grid.Middle * count)) / unit));
    }

    // About zero, as the normal form has it; an asker's own shift is applied when the answer is given.
    private static PartialState MomentsOf(long count, double sum, double squares, double middle) =>
        new(count, X: sum + (middle * count), XX: squares + (2 * middle * sum) + (middle * middle * count));

    private static double UnitOf(ColumnType type) => type.Kind == TypeKind.Decimal ? (double)(1m / (decimal)Math.Pow(10, type.Scale)) : 1;

    private (int Count, int Sum, int Square) PartsOf(ApprovedAggregate aggregate)
    {
        if (aggregate.Kind == AggregateKind.Units)
        {
            return aggregate.Filter is null ? (Vector(NoisyFigure.OfUnits, isSum: false, null), -1, -1) : throw Reasons.NotServedYet.Because(
                "COUNT(DISTINCT …) with FILTER is not served in `noisy`.", "Filter with WHERE, in a question of its own.");
        }

        if (aggregate.Kind is not (AggregateKind.CountRows or AggregateKind.Count or AggregateKind.Sum or AggregateKind.Moments))
        {
            throw Reasons.NotServedYet.Because("Minima, maxima, quantiles, CORR and COVAR are not served in `noisy`.", "Ask for averages and variances.");
        }

        var argument = aggregate.Argument is null || BoundedScan.IsNeverNull(aggregate, _approved.Product) ? null : aggregate.Argument;
        var counted = Scanned(new ApprovedAggregate(
            argument is null ? AggregateKind.CountRows : AggregateKind.Count, argument, argument is null ? null : aggregate.ArgumentType, null, null, aggregate.Filter, 0, 0));
        var count = Vector(counted, isSum: false, null);
        if (aggregate.Kind is AggregateKind.CountRows or AggregateKind.Count)
        {
            return (count, -1, -1);
        }

        var bounds = BoundedScan.BoundsOf(aggregate, _approved.Product);
        if (bounds is null || !(bounds.High > bounds.Low))
        {
            throw Reasons.BoundsMissing.Because("A figure is asked of values that the product gives no bounds, so no noise would hide one of them.", "Ask about a measure with bounds.");
        }

        var type = aggregate.ArgumentType!;
        var grid = ClampingGrid.Of(bounds.Low, bounds.High, type.Kind == TypeKind.Double ? null : UnitOf(type));
        var values = new IntegerGrid(grid.Middle, grid.Step, grid.Reach);
        var sum = Vector(Scanned(aggregate with { Kind = AggregateKind.GridSum, Integers = values, ShiftX = 0 }), isSum: true, values);
        if (aggregate.Kind == AggregateKind.Sum)
        {
            return (count, sum, -1);
        }

        var largest = Math.Pow(grid.Reach * grid.Step, 2);
        var step = Math.ScaleB(1, Math.ILogB(largest / SquareParts));
        var squares = new IntegerGrid(grid.Middle, step, Math.Max(1, (long)Math.Ceiling(largest / step)));
        return (count, sum, Vector(Scanned(aggregate with { Kind = AggregateKind.GridSquares, Integers = squares, ShiftX = 0 }), isSum: true, squares));
    }

    private int Scanned(ApprovedAggregate aggregate)
    {
        var index = _scanned.IndexOf(aggregate);
        if (index < 0)
        {
            index = _scanned.Count;
            _scanned.Add(aggregate);
        }

        return index;
    }

    private int Vector(int aggregate, bool isSum, IntegerGrid? grid)
    {
        var index = _vectors.FindIndex(vector => vector.Aggregate == aggregate && vector.IsSum == isSum);
        if (index < 0)
        {
            index = _vectors.Count;
            _vectors.Add((aggregate, isSum, grid));
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
}
