using System.Globalization;
using System.Text.Json;
using Exchange.Privacy.Noise;

namespace Exchange.Privacy.Tests.Noise;

/// <summary>Published and independently computed vectors: <c>dp.json</c> names the source of each.</summary>
public sealed class VectorTests
{
    private static readonly Dictionary<string, JsonElement> Cases =
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "dp.json"))).RootElement.EnumerateArray()
            .ToDictionary(one => one.GetProperty("id").GetString()!, one => one.GetProperty("expected"));

    [Fact]
    public void Conversions_of_zCDP_agree_with_60_digits()
    {
        foreach (var one in Cases["dp.zcdp_to_eps"].EnumerateArray())
        {
            var (rho, delta) = (Number(one, "rho"), Number(one, "delta"));
            Close(Number(one, "eps_tight"), ConcentratedPrivacy.EpsilonOf(rho, delta), 1e-11);
            Close(Number(one, "eps_simple"), ConcentratedPrivacy.EpsilonOfSimply(rho, delta), 1e-14);
            Close(rho, ConcentratedPrivacy.RhoOf(Number(one, "eps_tight"), delta), 1e-10);
        }
    }

    [Fact]
    public void Conversions_of_zCDP_agree_with_another_library()
    {
        foreach (var one in Cases["dp.zcdp.opendp_tests"].EnumerateArray())
        {
            var rho = one.GetProperty("rho") is { ValueKind: JsonValueKind.String } ? 1.0 / 32 : Number(one, "rho");
            var actual = one.GetProperty("fn").GetString() == "cdp_delta"
                ? ConcentratedPrivacy.DeltaOf(rho, Number(one, "eps"))
                : ConcentratedPrivacy.EpsilonOf(rho, Number(one, "delta"));
            Close(Number(one, "want"), actual, 1e-10);
        }
    }

    [Fact]
    public void Delta_of_Gaussian_noise_agrees()
    {
        foreach (var one in Cases["dp.gaussian.delta"].EnumerateArray())
        {
            var sensitivity = Number(one, "linf") * Math.Sqrt(Number(one, "l0"));
            Assert.Equal(Number(one, "want"), ConcentratedPrivacy.DeltaOfGaussian(Number(one, "sigma"), Number(one, "eps"), sensitivity), 1e-10);
        }

        Assert.Equal(0.10985556344445052, ConcentratedPrivacy.DeltaOfGaussian(1, Math.Log(3), 1), 1e-12);
    }

    [Fact]
    public void Renyi_divergence_converts()
    {
        var expected = Cases["dp.gaussian.sigma.rdp"];
        Assert.Equal(Number(expected, "eps"), ConcentratedPrivacy.EpsilonOf(1 / (2 * Math.Pow(Number(expected, "sigma"), 2)), Number(expected, "delta")), 1e-7);
        Assert.Equal(1.32783806176, Enumerable.Range(2, 31).Min(order => ConcentratedPrivacy.EpsilonOfRenyi(order, 1.1, 1e-5)), 1e-11);
    }

    [Fact]
    public void Thresholds_of_Laplace_noise_agree()
    {
        foreach (var one in Cases["dp.threshold.laplace"].EnumerateArray())
        {
            var actual = KeyThreshold.OfLaplace((int)Number(one, "l0"), Number(one, "linf"), Number(one, "eps"), Number(one, "delta"));
            Assert.Equal(Number(one, "want"), actual, 0.01);
            Assert.Equal(Number(one, "ours"), actual, 1e-5);
        }
    }

    [Fact]
    public void Thresholds_of_Gaussian_noise_agree()
    {
        foreach (var one in Cases["dp.threshold.gaussian"].EnumerateArray())
        {
            var (groups, most) = ((int)Number(one, "l0"), Number(one, "linf"));
            var sigma = ConcentratedPrivacy.SigmaOfGaussian(Number(one, "eps"), Number(one, "noise_delta"), most * Math.Sqrt(groups));
            // The case of two groups comes from a search for σ that stops within a thousandth; the exact σ of 1 gives 3.274088.
            var expected = groups == 2 ? 3.274088 : Number(one, "want");
            Assert.Equal(expected, KeyThreshold.OfGaussian(groups, most, sigma, Number(one, "threshold_delta")), groups == 2 ? 1e-6 : 1e-8);
        }
    }

    [Theory]
    [InlineData("0.5")]
    [InlineData("1")]
    [InlineData("2.5")]
    [InlineData("10")]
    public void Probabilities_of_the_discrete_Laplace_agree(string scale) =>
        CheckDistribution(new DiscreteLaplace(Fraction.Of(decimal.Parse(scale, CultureInfo.InvariantCulture))), Cases["dp.dlaplace.scale" + scale]);

    [Theory]
    [InlineData("0.5")]
    [InlineData("1")]
    [InlineData("3")]
    [InlineData("10")]
    [InlineData("31.6")]
    public void Probabilities_of_the_discrete_Gaussian_agree(string sigma)
    {
        var number = decimal.Parse(sigma, CultureInfo.InvariantCulture);
        CheckDistribution(new DiscreteGaussian(Fraction.Of(number * number)), Cases["dp.dgauss.sigma" + sigma]);
    }

    private static void CheckDistribution(NoiseDistribution noise, JsonElement expected)
    {
        foreach (var one in expected.GetProperty("pmf").EnumerateObject())
        {
            Assert.Equal(LogOf(one.Value.GetString()!), noise.LogProbabilityOf(long.Parse(one.Name, CultureInfo.InvariantCulture)), 1e-11);
        }

        foreach (var one in expected.GetProperty("tail_gt").EnumerateObject())
        {
            Assert.Equal(LogOf(one.Value.GetString()!), Math.Log(2) + noise.LogTailAbove(long.Parse(one.Name, CultureInfo.InvariantCulture)), 1e-11);
        }

        Close(Number(expected, "variance"), noise.Variance, 1e-12);
    }

    // Some are smaller than any double.
    private static double LogOf(string number)
    {
        var parts = number.Split('e');
        return Math.Log(double.Parse(parts[0], CultureInfo.InvariantCulture)) + (parts.Length == 1 ? 0 : int.Parse(parts[1], CultureInfo.InvariantCulture) * Math.Log(10));
    }

    private static double Number(JsonElement of, string name) => of.GetProperty(name) is { ValueKind: JsonValueKind.String } text
        ? double.Parse(text.GetString()!, CultureInfo.InvariantCulture)
        : of.GetProperty(name).GetDouble();

    private static void Close(double expected, double actual, double relative) => Assert.Equal(expected, actual, relative * Math.Abs(expected));
}
