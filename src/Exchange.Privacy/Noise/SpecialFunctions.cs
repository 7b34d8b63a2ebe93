namespace Exchange.Privacy.Noise;

/// <summary>Functions that accounting needs and .NET has not; relative error about 1e-14 where doubles allow it.</summary>
internal static class SpecialFunctions
{
    /// <summary>ln(1 + x), also for tiny x (Kahan's correction).</summary>
    public static double LogOnePlus(double x)
    {
        var sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * (x / (sum - 1));
    }

    /// <summary>exp(x) - 1, also for tiny x (Kahan's correction).</summary>
    public static double ExpMinusOne(double x)
    {
        var e = Math.Exp(x);
        return e == 1 ? x : e - 1 == -1 ? -1 : Math.Abs(x) > 1 ? e - 1 : (e - 1) * x / Math.Log(e);
    }

    /// <summary>P[N ≤ x] of the standard normal distribution, with full relative precision in the lower tail.</summary>
    public static double Normal(double x) => 0.5 * ErrorComplement(-x / Math.Sqrt(2));

    /// <summary>The x with P[N ≤ x] = p, p strictly between 0 and 1.</summary>
    public static double NormalQuantile(double p)
    {
        if (p > 0.5)
        {
            return -NormalQuantile(1 - p);
        }

        var (low, high) = (-40.0, 0.0);
        for (var step = 0; step < 200 && high - low > 1e-16 * Math.Abs(low); step++)
        {
            var middle = 0.5 * (low + high);
            (low, high) = Normal(middle) < p ? (middle, high) : (low, middle);
        }

        return 0.5 * (low + high);
    }

    /// <summary>erfc(x): the series of erf near zero (DLMF 7.6.2), a continued fraction beyond (DLMF 7.9.1).</summary>
    public static double ErrorComplement(double x)
    {
        if (x < 0)
        {
            return 2 - ErrorComplement(-x);
        }

        if (x < 2)
        {
            var (term, sum) = (x, x);
            for (var n = 1; term > 1e-18 * sum; n++)
            {
                term *= 2 * x * x / (2 * n + 1);
                sum += term;
            }

            return 1 - 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
        }

        var fraction = x;
        for (var n = 200; n > 0; n--)
        {
            fraction = x + n / 2.0 / fraction;
        }

        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * fraction);
    }
}
