using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Execution;
using Exchange.Query.Expressions;

namespace Exchange.Query.Merging;

/// <summary>
/// One aggregate of one group while parts are merged. Counts and exact sums are exact; sums of doubles compensated; second moments
/// are turned from sums about the fixed shift into sums about each part's own mean, then joined by Chan's update (Chan, Golub,
/// LeVeque 1979), which never subtracts large numbers of each other. Mutable: lives in an array.
/// </summary>
internal struct MergedState
{
    private long _count;
    private Int128 _exact;
    private CompensatedSum _sum;
    private double _meanX, _meanY, _xx, _yy, _xy;
    private List<ValueBin>? _bins;

    /// <exception cref="OverflowException">Beyond 127 bits.</exception>
    public void Add(AggregateKind kind, in PartialState part)
    {
        if (kind is AggregateKind.Moments or AggregateKind.Comoments && part.Count > 0)
        {
            AddMoments(part);
        }

        _count = checked(_count + part.Count);
        if (kind == AggregateKind.Units)
        {
            // One person may be at several owners: there are at least as many as at one of them, and at most as many as at all.
            _exact = Int128.Max(_exact, part.Exact);
            return;
        }

        _exact = checked(_exact + part.Exact);
        if (part.Bins is { Count: > 0 } bins)
        {
            (_bins ??= []).AddRange(bins);
        }

        if (kind == AggregateKind.Sum)
        {
            _sum.Add(part.X);
        }
    }

    /// <summary>The figure as Int128, ExactDecimal or double; null where SQL says NULL.</summary>
    public readonly object? FigureOf(AggregateFunction function, ColumnType? argument) => function switch
    {
        AggregateFunction.CountRows or AggregateFunction.Count => (Int128)_count,
        _ when _count == 0 => null,
        AggregateFunction.Sum => argument!.Kind switch
        {
            TypeKind.Int => _exact,
            TypeKind.Decimal => new ExactDecimal(_exact, argument.Scale),
            _ => _sum.Total,
        },
        AggregateFunction.Avg => argument!.Kind switch
        {
            TypeKind.Int => Quotient(_exact, _count),
            TypeKind.Decimal => Quotient(_exact, _count) / (double)ExactDecimal.PowerOfTen(argument.Scale),
            _ => _sum.Total / _count,
        },
        AggregateFunction.VarPop => _xx / _count,
        AggregateFunction.StddevPop => Math.Sqrt(_xx / _count),
        AggregateFunction.CovarPop => _xy / _count,
        _ when _count < 2 => null,
        AggregateFunction.VarSamp => _xx / (_count - 1),
        AggregateFunction.StddevSamp => Math.Sqrt(_xx / (_count - 1)),
        AggregateFunction.CovarSamp => _xy / (_count - 1),
        _ => _xx > 0 && _yy > 0 ? Math.Clamp(_xy / Math.Sqrt(_xx) / Math.Sqrt(_yy), -1, 1) : null,
    };

    /// <summary>Between which numbers an estimate lies; null where SQL says NULL.</summary>
    public readonly FigureBounds? BoundsOf(AggregateFunction function, ColumnType? argument, double fraction)
    {
        switch (function)
        {
            case AggregateFunction.CountUnits:
                return new FigureBounds((double)_exact, _count);
            case var _ when _bins is null:
                return null;
            case AggregateFunction.Quantile:
                return new QuantileBounds(_bins, argument!.Kind == TypeKind.Decimal ? argument.Scale : null).Of(fraction);
            case AggregateFunction.Min:
                // Every part has the bin of its least value before that of its greatest.
                var least = _bins.Where((_, place) => place % 2 == 0);
                return new FigureBounds(least.Min(bin => bin.Low), least.Min(bin => bin.High));
            default:
                var greatest = _bins.Where((_, place) => place % 2 == 1);
                return new FigureBounds(greatest.Max(bin => bin.Low), greatest.Max(bin => bin.High));
        }
    }

    private void AddMoments(in PartialState part)
    {
        double n = part.Count;
        var (meanX, meanY) = (part.X / n, part.Y / n);
        var xx = Math.Max(0, part.XX - Product(part.X, part.X, meanX, n));
        var yy = Math.Max(0, part.YY - Product(part.Y, part.Y, meanY, n));
        var xy = part.XY - Product(part.Y, part.X, meanX, n);

        double before = _count;
        var all = before + n;
        var (dx, dy) = (meanX - _meanX, meanY - _meanY);
        var weight = before * (n / all);
        _xx += xx + dx * dx * weight;
        _yy += yy + dy * dy * weight;
        _xy += xy + dx * dy * weight;
        _meanX += dx * (n / all);
        _meanY += dy * (n / all);
    }

    /// <summary>other · sum / n, with the part of sum / n that the rounded mean lost put back.</summary>
    private static double Product(double other, double sum, double mean, double n) =>
        other * mean + other * (Math.FusedMultiplyAdd(-mean, n, sum) / n);

    private static double Quotient(Int128 sum, long count)
    {
        var (whole, rest) = Int128.DivRem(sum, count);
        return (double)whole + (double)rest / count;
    }
}
