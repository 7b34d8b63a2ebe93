using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Execution;
using Exchange.Query.Expressions;

namespace Exchange.Query.Merging;

/// <summary>
/// One aggregate of one group while noisy parts are merged: sums add up and so do the variances of their independent noise. Every figure
/// comes with its standard error and an interval that holds the figure without noise with a probability of 95 %. Mutable: lives in an array.
/// </summary>
/// <remarks>
/// Sums are of values about the middle of their bounds, so a sum is S + middle·N and an average middle + S/N. The interval of an average
/// is Fieller's (1954), cut to the bounds: it stays right where the noisy count is small. Variances have the standard error of the first
/// derivatives (delta method), and the widest possible interval where the count is within five standard errors of zero. What bounding
/// contributions and rounding to the grid took away is no part of either.
/// </remarks>
internal struct NoisyState
{
    /// <summary>Of the standard normal distribution, 97.5 %.</summary>
    internal const double Z = 1.959963984540054;

    private const double CountErrorsLeast = 5;

    private long _count;
    private Int128 _exact;
    private double _x, _xx, _shift, _countVariance, _sumVariance, _squareVariance;
    private double _middle, _low, _high;
    private long _largest;
    private double _widestSigma;
    private int _owners;
    private long[]? _bins;
    private double[]? _edges;
    private double _binVariance;

    /// <summary>Takes in a participant's part.</summary>
    /// <exception cref="OverflowException">Beyond 127 bits.</exception>
    public void Add(Aggregate aggregate, in PartialState part, ColumnNoise noise)
    {
        _count = checked(_count + part.Count);
        _exact = checked(_exact + part.Exact);
        (_x, _xx, _shift) = (_x + part.X, _xx + part.XX, aggregate.ShiftX);
        _countVariance += noise.CountSigma * noise.CountSigma;
        _sumVariance += noise.SumSigma * noise.SumSigma;
        _squareVariance += noise.SquareSigma * noise.SquareSigma;
        _largest = _owners++ == 0 ? part.Count : Math.Max(_largest, part.Count);
        _widestSigma = Math.Max(_widestSigma, noise.CountSigma);
        if (part.Bins is { } bins)
        {
            AddBins(bins, noise.BinSigma);
        }

        // The same at every owner of the product.
        (_middle, _low, _high) = (noise.Middle, noise.Low, noise.High);
    }

    /// <summary>The figure as in <see cref="MergedState.FigureOf(AggregateFunction, ColumnType)"/>, and how far the noise may have moved it.</summary>
    public readonly (object? Figure, FigureBounds? Bounds) FigureOf(AggregateFunction function, ColumnType? argument, double fraction = 0)
    {
        var scale = argument?.Kind == TypeKind.Decimal ? (double)ExactDecimal.PowerOfTen(argument.Scale) : 1;
        var sum = argument?.Kind is TypeKind.Int or TypeKind.Decimal ? (double)_exact / scale : _x;
        switch (function)
        {
            case AggregateFunction.CountRows or AggregateFunction.Count:
                return ((Int128)_count, Around(_count, Math.Sqrt(_countVariance), double.NegativeInfinity, double.PositiveInfinity));
            case AggregateFunction.CountUnits:
                return Units();
            case AggregateFunction.Sum:
                object figure = argument!.Kind switch
                {
                    TypeKind.Int => _exact,
                    TypeKind.Decimal => new ExactDecimal(_exact, argument.Scale),
                    _ => _x,
                };
                return (figure, Around(sum, Math.Sqrt(_sumVariance + (_middle * _middle * _countVariance)), double.NegativeInfinity, double.PositiveInfinity));
            case AggregateFunction.Avg:
                return Average(sum - (_middle * _count));
            case AggregateFunction.VarPop or AggregateFunction.VarSamp or AggregateFunction.StddevPop or AggregateFunction.StddevSamp:
                return Spread(function);
            case AggregateFunction.Min or AggregateFunction.Max or AggregateFunction.Quantile when _bins is not null && _count > 0:
                var quantile = new NoisyQuantile(_edges!, _bins, _binVariance, argument!.Kind == TypeKind.Decimal ? argument.Scale : null);
                return quantile.Of(function switch { AggregateFunction.Min => 0, AggregateFunction.Max => 1, _ => fraction });
            default:
                return (null, null);
        }
    }

    // The bins of all owners are those of the product's grid.
    private void AddBins(IReadOnlyList<ValueBin> bins, double sigma)
    {
        _edges ??= [.. bins.Select(bin => bin.Low), bins[^1].High];
        _bins ??= new long[bins.Count];
        _binVariance += sigma * sigma;
        for (var bin = 0; bin < bins.Count; bin++)
        {
            _bins[bin] = checked(_bins[bin] + bins[bin].Count);
        }
    }

    // Different owners may know one unit: the units of all are between those of the owner with most and the sum, and the middle is shown. Of k
    // owners the one with the largest noisy count need not be the one with most, so its bound holds for all k at once: by Mills' ratio, noise
    // exceeds sqrt(z² + 2·ln k) standard errors with at most a k-th of the probability of z.
    private readonly (object?, FigureBounds?) Units()
    {
        var error = Math.Sqrt(_countVariance);
        if (_owners == 1)
        {
            return ((Int128)_count, Around(_count, error, double.NegativeInfinity, double.PositiveInfinity));
        }

        var (most, sum) = (Math.Max(_largest, 0), Math.Max(_count, 0));
        var low = _largest - (Math.Sqrt((Z * Z) + (2 * Math.Log(_owners))) * _widestSigma);
        return ((Int128)Math.Floor((most + Math.Max(most, (double)sum)) / 2), new FigureBounds(low, Math.Max(low, _count + (Z * error))) { StdError = error });
    }

    private readonly (object?, FigureBounds?) Average(double centred)
    {
        if (_count <= 0)
        {
            return (null, null);
        }

        double n = _count;
        var offset = centred / n;
        var error = Math.Sqrt(_sumVariance + (offset * offset * _countVariance)) / n;
        // All offsets d with |S - d·N| ≤ z·sqrt(σS² + d²·σN²): between the roots of a quadratic, unless N is lost in its noise.
        var (a, b, c) = ((n * n) - (Z * Z * _countVariance), centred * n, (centred * centred) - (Z * Z * _sumVariance));
        var bounds = new FigureBounds(_low, _high);
        if (a > 0)
        {
            var root = Math.Sqrt(Math.Max(0, (b * b) - (a * c)));
            bounds = new FigureBounds(Math.Clamp(_middle + ((b - root) / a), _low, _high), Math.Clamp(_middle + ((b + root) / a), _low, _high));
        }

        return (Math.Clamp(_middle + offset, _low, _high), bounds with { StdError = error });
    }

    private readonly (object?, FigureBounds?) Spread(AggregateFunction function)
    {
        if (_count < 2)
        {
            return (null, null);
        }

        double n = _count;
        var away = _middle - _shift;
        var sum = _x - (away * n);
        var squares = _xx - (2 * away * sum) - (away * away * n);
        var mean = sum / n;
        var sample = function is AggregateFunction.VarSamp or AggregateFunction.StddevSamp ? n / (n - 1) : 1;
        var most = Math.Pow(_high - _low, 2) / 4 * sample;
        var raw = (squares / n) - (mean * mean);
        var variance = Math.Clamp(raw * sample, 0, most);
        var error = sample / n * Math.Sqrt(_squareVariance + (4 * mean * mean * _sumVariance) + (Math.Pow((mean * mean) - raw, 2) * _countVariance));
        var bounds = n > CountErrorsLeast * Math.Sqrt(_countVariance) ? Around(raw * sample, error, 0, most) : new FigureBounds(0, most) { StdError = error };
        return function is AggregateFunction.VarPop or AggregateFunction.VarSamp
            ? (variance, bounds)
            : (Math.Sqrt(variance), new FigureBounds(Math.Sqrt(bounds.Low), Math.Sqrt(bounds.High)) { StdError = variance > 0 ? error / (2 * Math.Sqrt(variance)) : Math.Sqrt(error) });
    }

    private static FigureBounds Around(double value, double error, double low, double high) =>
        new(Math.Clamp(value - (Z * error), low, high), Math.Clamp(value + (Z * error), low, high)) { StdError = error };
}
