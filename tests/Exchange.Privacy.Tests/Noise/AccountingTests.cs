using Exchange.Privacy.Noise;

namespace Exchange.Privacy.Tests.Noise;

/// <summary>Figures that were computed apart from this program, and the filter's arithmetic.</summary>
public sealed class AccountingTests
{
    [Theory]
    [InlineData(0.005, 1e-6, 0.42994147)]
    [InlineData(0.01, 1e-6, 0.62169265)]
    [InlineData(0.1, 1e-6, 2.14193893)]
    [InlineData(0.5, 1e-6, 5.22153444)]
    [InlineData(1, 1e-6, 7.76621663)]
    [InlineData(2, 1e-6, 11.68859625)]
    [InlineData(0.1, 1e-9, 2.71548189)]
    [InlineData(0.03125, 1e-3, 0.6880024554878085)]
    public void Epsilon_of_a_rho(double rho, double delta, double epsilon) => Assert.Equal(epsilon, ConcentratedPrivacy.EpsilonOf(rho, delta), 1e-8);

    [Theory]
    [InlineData(1, 1e-6, 0.0243559704)]
    [InlineData(0.5, 1e-6, 0.0066415244)]
    [InlineData(2, 1e-6, 0.0881526884)]
    [InlineData(1, 1e-9, 0.0149730577)]
    [InlineData(3, 1e-10, 0.1078865843)]
    public void Rho_of_an_epsilon(double epsilon, double delta, double rho) => Assert.Equal(rho, ConcentratedPrivacy.RhoOf(epsilon, delta), 1e-10);

    [Theory]
    [InlineData(0.05, 0.25, 8.17727531036956e-2)]
    [InlineData(5e-30, 1e-13, 2.619676329730346e-234)]
    [InlineData(0.5, 0, 0.5588356393474351)]
    [InlineData(0.03125, 0, 0.1508457845622862)]
    public void Delta_of_a_rho(double rho, double epsilon, double delta) => Assert.Equal(delta, ConcentratedPrivacy.DeltaOf(rho, epsilon), delta * 1e-10);

    [Fact]
    public void The_simple_conversion_is_never_tighter()
    {
        Assert.Equal(0.75338444, ConcentratedPrivacy.EpsilonOfSimply(0.01, 1e-6), 1e-8);
        Assert.Equal(2.45078800, ConcentratedPrivacy.EpsilonOfSimply(0.1, 1e-6), 1e-8);
        Assert.Equal(8.43384438, ConcentratedPrivacy.EpsilonOfSimply(1, 1e-6), 1e-8);
        Assert.Equal(0.5, ConcentratedPrivacy.OfPure(1));
    }

    [Fact]
    public void Randomised_response_composes_until_the_filter_refuses()
    {
        // The published case of a filter of pure privacy: its units are added like any.
        var response = Rho.Charge(Math.Log(0.51 / 0.49));
        Assert.Equal(0.040005334613699206, response.Value, 1e-12);
        var twice = new PrivacyFilter(Rho.Zero, 0).TrySpend(response, 0, Rho.Limit(1), 0)!.Value.TrySpend(response, 0, Rho.Limit(1), 0)!.Value;
        Assert.Equal(0.08001066922739841, twice.Spent.Value, 1e-11);
        Assert.Null(twice.TrySpend(Rho.Charge(Math.Log(3)), 0, Rho.Limit(1), 0));
    }

    [Fact]
    public void A_budget_for_ten_lets_exactly_ten_through()
    {
        var (filter, through) = (new PrivacyFilter(Rho.Zero, 0), 0);
        while (filter.TrySpend(Rho.Charge(0.01), 1e-7, Rho.Limit(0.1), 1e-6) is { } after)
        {
            (filter, through) = (after, through + 1);
        }

        Assert.Equal(10, through);
        Assert.Equal(Rho.Limit(0.1), filter.Spent);
    }

    [Fact]
    public void A_delta_that_is_spent_refuses_too() => Assert.Null(new PrivacyFilter(Rho.Zero, 1e-6).TrySpend(Rho.Charge(0.01), 1e-9, Rho.Limit(1), 1e-6));

    [Fact]
    public void Charges_round_up_and_limits_down()
    {
        Assert.Equal(1, Rho.Charge(1e-13).Units);
        Assert.Equal(0, Rho.Limit(1e-13).Units);
        Assert.Throws<ArgumentOutOfRangeException>(() => Rho.Charge(double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => Rho.Charge(-1e-3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Rho.Limit(Rho.Max * 2));
    }

    [Theory]
    [InlineData(1, 1, 1, 0.005)]
    [InlineData(3, 2, 5, 0.01)]
    [InlineData(10, 7, 1_000_000, 0.0007)]
    public void Noise_is_never_less_than_was_paid_for(int groups, int rows, long most, double rho)
    {
        var squared = new ContributionLimits(groups, rows).SquaredSensitivity(most);
        var variance = ContributionLimits.VarianceFor(squared, Rho.Charge(rho));
        Assert.True(ContributionLimits.CostOf(squared, variance) <= Rho.Charge(rho));
        Assert.True(variance.ToDouble() < (double)squared / (2 * rho) * 1.01);
    }

    [Theory]
    [InlineData(20, 0.05, 60.408396122)]
    [InlineData(1, 0.05, 3.3756177666)]
    public void Half_width_of_the_Laplace_interval(int scale, double alpha, double expected) => Assert.Equal(expected, new DiscreteLaplace(scale).HalfWidth(1 - alpha), 1e-9);

    [Fact]
    public void Half_width_of_the_Gaussian_interval() => Assert.Equal(1.9599639845, new DiscreteGaussian(1).HalfWidth(0.95), 1e-10);

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(-1, 0.15865525393145705)]
    [InlineData(-3, 0.0013498980316300946)]
    [InlineData(-10, 7.61985302416053e-24)]
    [InlineData(2.5, 0.9937903346742239)]
    public void Normal_probabilities(double x, double expected)
    {
        Assert.Equal(expected, SpecialFunctions.Normal(x), expected * 1e-13);
        Assert.Equal(x, SpecialFunctions.NormalQuantile(expected), 1e-11);
    }
}
