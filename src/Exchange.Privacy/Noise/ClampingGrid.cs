using System.Numerics;

namespace Exchange.Privacy.Noise;

/// <summary>
/// Clamps values to bounds and moves them to an integer grid: the number of a value is round((value - middle)/step), cut to
/// ±<see cref="Reach"/>. Sums of the numbers are whole and exact, so the sensitivity is that of integers and neither rounding nor the
/// order of addition can exceed it (Casacuberta, Shoemate, Vadhan and Wagaman 2022; Mironov 2012).
/// </summary>
/// <param name="Middle">Middle of the bounds, on which the grid is centred.</param>
/// <param name="Step">Distance of the grid's points, above 0.</param>
/// <param name="Reach">Largest number, from 1.</param>
public readonly record struct ClampingGrid(double Middle, double Step, long Reach)
{
    /// <summary>Points of a grid on each side of the middle, where the type does not name the step.</summary>
    private const int Parts = 1 << 20;

    /// <summary>
    /// The grid of a measure. Its step is that of the type (1 for integers, a unit of the last place for decimals), where the range
    /// has at most 2^40 such steps; else, and for doubles, a power of two at most a 2^20th of half the range.
    /// </summary>
    /// <param name="low">Lower bound, finite.</param>
    /// <param name="high">Upper bound, above the lower, finite.</param>
    /// <param name="typeStep">Step of the type; null for a double.</param>
    public static ClampingGrid Of(double low, double high, double? typeStep)
    {
        var half = (high - low) / 2;
        if (typeStep is { } step && half / step <= 1L << 40)
        {
            // Centred on a point of the type, so that the sum of a column is on the grid too.
            var middle = Math.Round((low + half) / step) * step;
            return new ClampingGrid(middle, step, (long)Math.Ceiling(Math.Max(high - middle, middle - low) / step - 1e-9));
        }

        var fine = Math.ScaleB(1, Math.ILogB(half / Parts));
        return new ClampingGrid(low + half, fine, Math.Max(1, (long)Math.Ceiling(half / fine)));
    }

    /// <summary>The number of a value; zero for one that is not a number.</summary>
    public long NumberOf(double value) =>
        double.IsNaN(value) ? 0 : (long)Math.Clamp(Math.Round((value - Middle) / Step), -Reach, Reach);

    /// <summary>Largest absolute square of a number.</summary>
    public BigInteger SquaredReach => (BigInteger)Reach * Reach;
}
