using Exchange.Privacy.Noise;
using Exchange.Query.Approval;
using Exchange.Query.Products;

namespace Exchange.Node.Noise;

/// <summary>One noisy vector: a figure of every group, or a histogram's of every bin of every group.</summary>
/// <param name="Aggregate">Which aggregate of the scan it is; <see cref="OfUnits"/> for the count of units.</param>
/// <param name="IsSum">Its sum, else its count.</param>
/// <param name="Grid">Of a sum.</param>
/// <param name="Bins">Of a histogram.</param>
/// <param name="Noise">What is added to every number of it.</param>
/// <param name="First">Place of its first number among those of a group.</param>
internal sealed record NoisyFigure(int Aggregate, bool IsSum, IntegerGrid? Grid, ValueGrid? Bins, DiscreteGaussian Noise, int First)
{
    /// <summary>Numbers in each group.</summary>
    public int Width => Bins?.Count ?? 1;

    /// <summary>The units that count in a group, which are no aggregate of the scan.</summary>
    public const int OfUnits = -1;
}
