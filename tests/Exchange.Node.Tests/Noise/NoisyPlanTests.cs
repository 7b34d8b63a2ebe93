using Exchange.Node.Noise;
using Exchange.Node.Tests.Catalog;
using Exchange.Privacy.Noise;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Query.Approval;
using Exchange.Query.Compilation;
using Exchange.Query.Execution;
using Exchange.Query.Merging;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Node.Tests.Noise;

/// <summary>What a question is charged, how much noise each figure gets for it, and what is made of the noisy numbers.</summary>
public sealed class NoisyPlanTests
{
    private static readonly PrivacyBudget Budget = new() { Rho = 2, AgreementRho = 1, Delta = 1e-6, Per = "quarter", GroupsPerUnit = 3, RowsPerGroup = 2 };

    [Fact]
    public void A_count_gets_the_noise_that_its_sensitivity_needs()
    {
        var plan = Plan("SELECT region, COUNT(*) FROM readings GROUP BY region", rho: 0.5);

        // Δ² = 3 groups · (2 rows)², σ² = Δ²/(2ρ).
        Assert.Equal(12, Assert.Single(plan.Figures).Noise.Variance, 1e-9);
        Assert.Equal((2, 0L, 0.0), (plan.Groups!.Count, plan.KeyThreshold, plan.Delta));
        Assert.Equal(0.5, plan.Rho.Value);
    }

    [Fact]
    public void Where_a_row_is_a_unit_one_row_counts_once() =>
        Assert.Equal(1, Assert.Single(Plan("SELECT COUNT(*) FROM readings", rho: 0.5, unit: "row").Figures).Noise.Parameter.ToDouble());

    [Fact]
    public void Units_are_counted_with_the_noise_of_units_however_many_rows_they_have() =>
        Assert.Equal(3, Assert.Single(Plan("SELECT COUNT(DISTINCT worker_id) FROM readings", rho: 0.5).Figures).Noise.Parameter.ToDouble());

    [Fact]
    public void Every_bin_of_a_histogram_gets_the_noise_of_a_count_for_a_units_rows_may_all_be_in_one()
    {
        var plan = Plan("SELECT region, MEDIAN(kwh) FROM readings GROUP BY region", rho: 0.5);

        var figure = Assert.Single(plan.Figures);
        Assert.Equal((100, 100, 12.0), (figure.Width, plan.Width, figure.Noise.Parameter.ToDouble()));
        var column = Assert.Single(plan.Report().Columns);
        Assert.Equal((Math.Sqrt(12), Math.Sqrt(1200)), (column.BinSigma, column.CountSigma), (one, other) => Math.Abs(one.Item1 - other.Item1) + Math.Abs(one.Item2 - other.Item2) < 1e-6);
    }

    [Fact]
    public void Every_bin_of_every_group_has_noise_also_where_nobody_is()
    {
        var product = ProductOf("worker_id");
        const string sql = "SELECT region, MEDIAN(kwh), COUNT(*) FROM readings GROUP BY region";
        var plan = Plan(sql, rho: 0.5);
        var cell = new RawCell(["north"], [.. plan.Scan.Aggregates.Select(_ => new PartialState(1000, Bins: [new ValueBin(20, 25, 1000)]))], [new SupportCount(1000, null)], [], []);
        var answer = NoisyRelease.Of(plan, NormalForm.Of(Compiled(sql, product).Fragment).Fragment, product, new RawAggregate([cell]), new NoisePool()).Answer;

        var histogram = answer.States.Single(state => state.BinCounts.Count > 0);
        Assert.Equal(200, histogram.BinCounts.Count);
        var (north, south) = (histogram.BinCounts.Take(100).ToList(), histogram.BinCounts.Skip(100).ToList());
        Assert.InRange(north[4], 940, 1060);
        Assert.All(north.Where((_, bin) => bin != 4).Concat(south), count => Assert.InRange(count, -60, 60));
        Assert.InRange(north.Concat(south).Count(count => count != 0), 100, 200);
        Assert.Equal([north.Sum(), south.Sum()], histogram.Counts);
    }

    [Fact]
    public void More_bins_than_an_answer_holds_are_refused_before_anything_is_charged() =>
        Assert.Equal(Reasons.TooManyGroups, Refusal("SELECT age, MEDIAN(kwh), MEDIAN(kwh) FILTER (WHERE region = 'north') FROM readings GROUP BY age", 0.1, Budget));

    [Theory]
    [InlineData("COUNT(*)", 1)]
    [InlineData("COUNT(*), COUNT(kwh)", 1)]
    [InlineData("COUNT(*), COUNT(heat)", 2)]
    [InlineData("SUM(kwh), AVG(kwh), COUNT(*)", 2)]
    [InlineData("VAR_POP(heat), AVG(heat)", 3)]
    [InlineData("COUNT(*), COUNT(*) FILTER (WHERE region = 'north')", 2)]
    [InlineData("COUNT(DISTINCT worker_id), COUNT(*)", 2)]
    [InlineData("MEDIAN(kwh), QUANTILE_CONT(kwh, 0.9), MIN(kwh), MAX(kwh)", 1)]
    [InlineData("MEDIAN(kwh), MEDIAN(kwh) FILTER (WHERE region = 'north'), COUNT(*)", 3)]
    public void Figures_that_need_the_same_numbers_share_them_and_the_charge_is_divided_among_the_rest(string select, int vectors)
    {
        var plan = Plan($"SELECT {select} FROM readings", rho: 0.6);

        Assert.Equal(vectors, plan.Figures.Count);
        // Together they cost no more than was charged.
        var limits = new ContributionLimits(3, 2);
        Assert.InRange(
            plan.Figures.Sum(figure => ContributionLimits.CostOf(
                figure.Aggregate == NoisyFigure.OfUnits ? limits.SquaredSensitivityOfUnits : limits.SquaredSensitivity(figure.Grid?.Reach ?? 1), figure.Noise.Parameter).Value),
            0.59, 0.6 + (vectors * 1e-12));
    }

    [Fact]
    public void Undeclared_keys_cost_a_count_of_units_one_of_groups_and_delta()
    {
        var plan = Plan("SELECT town, COUNT(*) FROM readings GROUP BY town", rho: 0.6);

        // Three parts of 0.2 each.
        Assert.Null(plan.Groups);
        Assert.Equal((30, 7.5, 22.5), (plan.Figures[0].Noise.Parameter.ToDouble(), plan.KeyNoise!.Parameter.ToDouble(), plan.GroupsNoise!.Parameter.ToDouble()), Near);
        Assert.Equal(1e-8, plan.Delta, 1e-20);
        Assert.True(plan.KeyNoise.LogTailAbove(plan.KeyThreshold - 2) <= Math.Log(KeyThreshold.PerGroup(1e-8, 3)));
        // Cut short, there are too many groups whatever the noise.
        Assert.InRange(plan.Scan.CellsMax - plan.GroupsMax, 12 * plan.GroupsNoise.Sigma, (12 * plan.GroupsNoise.Sigma) + 3);
    }

    [Fact]
    public void A_charge_too_small_to_tell_the_number_of_groups_is_refused_before_any_row_is_looked_at()
    {
        var wide = new PrivacyBudget(Budget) { GroupsPerUnit = 10_000 };
        Assert.Equal(Reasons.InvalidRequest, Refusal("SELECT town, COUNT(*) FROM readings GROUP BY town", 0.0001, wide));
        Assert.Null(Refusal("SELECT region, COUNT(*) FROM readings GROUP BY region", 0.0001, wide));
    }

    [Theory]
    [InlineData("SELECT SUM(free) FROM readings", "BOUNDS_MISSING")]
    [InlineData("SELECT CORR(kwh, heat) FROM readings", "NOT_SERVED_YET")]
    [InlineData("SELECT COUNT(DISTINCT worker_id) FILTER (WHERE region = 'north') FROM readings", "NOT_SERVED_YET")]
    public void What_noise_cannot_hide_is_refused(string sql, string reason) => Assert.Equal(reason, Refusal(sql, 0.1, Budget)?.Name);

    [Theory]
    [InlineData(0, 0.01, null)]
    [InlineData(1, 1, null)]
    [InlineData(1.0001, 0, "BUDGET_EXHAUSTED")]
    [InlineData(0.00001, 0.00001, null)]
    [InlineData(0.000009, 0, "INVALID_REQUEST")]
    [InlineData(-1, 0, "BUDGET_EXHAUSTED")]
    [InlineData(double.NaN, 0, "BUDGET_EXHAUSTED")]
    public void A_question_is_charged_what_it_asks_for_between_the_least_and_all(double asked, double charged, string? reason)
    {
        if (reason is null)
        {
            Assert.Equal(charged, NoisyPlan.ChargeOf(Budget, asked).Value, 1e-12);
        }
        else
        {
            Assert.Equal(reason, Assert.Throws<ExchangeException>(() => NoisyPlan.ChargeOf(Budget, asked)).Reason.Name);
        }
    }

    [Fact]
    public void States_put_the_middle_of_the_bounds_back()
    {
        var plan = Plan("SELECT SUM(kwh), VAR_POP(heat) FROM readings", rho: 0.5);
        var noisy = new Int128[plan.Figures.Count];
        for (var index = 0; index < noisy.Length; index++)
        {
            // Of four rows: 7 and 3 above the middle of kwh, 250; heat 1 above its middle, 5, in each.
            var figure = plan.Figures[index];
            noisy[index] = !figure.IsSum ? 4 : figure.Grid!.Middle == 250 ? 10 : (Int128)Math.Round(4 / figure.Grid.Step);
        }

        var states = plan.StatesOf(noisy);
        Assert.Equal((4L, (Int128)1010), (states[0].Count, states[0].Exact));
        Assert.Equal((4L, 24.0, 144.0), (states[1].Count, states[1].X, states[1].XX));
    }

    [Fact]
    public void Too_many_groups_are_refused_on_a_noisy_number_and_never_by_far()
    {
        var plan = Plan("SELECT town, COUNT(*) FROM readings GROUP BY town", rho: 0.6);
        Assert.Equal(Reasons.TooManyGroups, Assert.Throws<ExchangeException>(() => Release(plan, plan.Scan.CellsMax)).Reason);
        Assert.Equal(0, Release(plan, plan.GroupsMax - (plan.Scan.CellsMax - plan.GroupsMax)).Answer.CellCount);

        // At the bound itself, chance decides.
        var refused = Enumerable.Range(0, 40).Count(_ =>
        {
            try
            {
                Release(plan, plan.GroupsMax);
                return false;
            }
            catch (ExchangeException)
            {
                return true;
            }
        });
        Assert.InRange(refused, 1, 39);
    }

    // So many groups of one unit each, none of which reaches the threshold.
    private static NoisyRelease Release(NoisyPlan plan, int groups)
    {
        var cells = Enumerable.Range(0, groups).Select(number => new RawCell([$"town{number}"], [new PartialState(1)], [new SupportCount(1, null)], [], [])).ToList();
        return NoisyRelease.Of(plan, Compiled("SELECT town, COUNT(*) FROM readings GROUP BY town", ProductOf("worker_id")).Fragment, ProductOf("worker_id"), new RawAggregate(cells), new NoisePool());
    }

    private static bool Near((double, double, double) one, (double, double, double) other) =>
        Math.Abs(one.Item1 - other.Item1) < 0.01 && Math.Abs(one.Item2 - other.Item2) < 0.01 && Math.Abs(one.Item3 - other.Item3) < 0.01;

    private static ErrorReason? Refusal(string sql, double rho, PrivacyBudget budget)
    {
        try
        {
            Plan(sql, rho, budget: budget);
            return null;
        }
        catch (ExchangeException refusal)
        {
            return refusal.Reason;
        }
    }

    private static NoisyPlan Plan(string sql, double rho, string unit = "worker_id", PrivacyBudget? budget = null)
    {
        var product = ProductOf(unit);
        var terms = Samples.Terms(terms => (terms.Product, terms.Release, terms.Budget) = (product.Id, ReleaseClass.Noisy, budget ?? Budget));
        var approved = FragmentPolicy.Approve(NormalForm.Of(Compiled(sql, product).Fragment).Fragment, product, terms, new FragmentLimits());
        return NoisyPlan.Of(approved, terms.Budget, rho, orderKey: 7);
    }

    private static CompiledQuery Compiled(string sql, Product product) => QueryCompiler.Compile(sql, [product]);

    private static Product ProductOf(string unit)
    {
        ColumnType Type(TypeKind kind) => new() { Kind = kind };
        var definition = new ProductDefinition
        {
            Name = "readings",
            Major = 1,
            Title = "Readings",
            Unit = unit,
            Publisher = "bureau",
            Columns =
            {
                new ColumnDefinition { Name = "region", Type = Type(TypeKind.String), Role = ColumnRole.Dimension, Domain = { "north", "south" }, Required = true },
                new ColumnDefinition { Name = "town", Type = Type(TypeKind.String), Role = ColumnRole.Dimension },
                new ColumnDefinition { Name = "kwh", Type = Type(TypeKind.Int), Role = ColumnRole.Measure, Bounds = new Interval { Low = 0, High = 500 }, Step = 5, Required = true },
                new ColumnDefinition { Name = "age", Type = Type(TypeKind.Int), Role = ColumnRole.Dimension, Range = new Interval { Low = 0, High = 8_000 } },
                new ColumnDefinition { Name = "heat", Type = Type(TypeKind.Double), Role = ColumnRole.Measure, Bounds = new Interval { Low = 0, High = 10 } },
                new ColumnDefinition { Name = "free", Type = Type(TypeKind.Double), Role = ColumnRole.Measure },
                new ColumnDefinition { Name = "worker_id", Type = Type(TypeKind.String), Role = ColumnRole.Identifier },
            },
        };
        return Product.From(definition, definition.ToByteArray());
    }
}
