using Exchange.Engines.Sqlite.Evaluation;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Engines.Sqlite;

/// <summary>One aggregate of a fragment, ready to be computed.</summary>
internal sealed record CompiledAggregate(AggregateKind Kind, Scalar? Argument, Scalar? Second, Scalar? Filter, double ShiftX, double ShiftY, int Scale, ValueGrid? Grid = null, IntegerGrid? Integers = null);

/// <summary>The state of one aggregate in one cell.</summary>
internal struct Accumulator
{
    private long _count;
    private Int128 _exact;
    private CompensatedSum _x;
    private CompensatedSum _y;
    private CompensatedSum _xx;
    private CompensatedSum _yy;
    private CompensatedSum _xy;

    private SortedDictionary<int, long>? _bins;
    private ValueGrid? _grid;

    public readonly PartialState State => new(_count, _exact, _x.Value, _y.Value, _xx.Value, _yy.Value, _xy.Value, Bins(_bins, _grid));

    /// <summary>Takes in the current row.</summary>
    public void Add(CompiledAggregate aggregate)
    {
        if (aggregate.Filter?.IsTrue() == false)
        {
            return;
        }

        switch (aggregate.Kind)
        {
            case AggregateKind.CountRows or AggregateKind.Units:
                // Units are counted once it is known whose cells are told of.
                _count++;
                break;
            case AggregateKind.Count or AggregateKind.Histogram or AggregateKind.Range:
                _count += aggregate.Argument!.IsNull() ? 0 : 1;
                break;
            case AggregateKind.Sum when aggregate.Argument!.Kind == TypeKind.Double:
                AddReal(aggregate);
                break;
            case AggregateKind.Sum:
                AddExact(aggregate);
                break;
            case AggregateKind.Moments:
                AddMoments(aggregate);
                break;
            case AggregateKind.Bins:
                AddBin(aggregate);
                break;
            case AggregateKind.GridSum or AggregateKind.GridSquares:
                AddOnGrid(aggregate, aggregate.Integers!);
                break;
            case AggregateKind.Least or AggregateKind.Greatest or AggregateKind.Squares when aggregate.Argument!.Kind == TypeKind.Double:
                AddRealFigure(aggregate);
                break;
            case AggregateKind.Least or AggregateKind.Greatest or AggregateKind.Squares:
                AddExactFigure(aggregate);
                break;
            default:
                AddComoments(aggregate);
                break;
        }
    }

    private void AddOnGrid(CompiledAggregate aggregate, IntegerGrid grid)
    {
        if (aggregate.Argument!.TryReal(out var value))
        {
            var away = value - grid.Middle;
            var number = Math.Round((aggregate.Kind == AggregateKind.GridSquares ? away * away : away) / grid.Step);
            _count++;
            _exact += double.IsNaN(number) ? grid.Reach : (long)Math.Clamp(number, -grid.Reach, grid.Reach);
        }
    }

    private void AddReal(CompiledAggregate aggregate)
    {
        if (aggregate.Argument!.TryReal(out var value))
        {
            _count++;
            _x.Add(value);
        }
    }

    private void AddExact(CompiledAggregate aggregate)
    {
        if (aggregate.Argument!.TryExact(out var value))
        {
            _count++;
            _exact = checked(_exact + (value * Decimals.PowerOfTen(aggregate.Scale - aggregate.Argument.Scale)));
        }
    }

    private void AddRealFigure(CompiledAggregate aggregate)
    {
        if (!aggregate.Argument!.TryReal(out var value))
        {
            return;
        }

        _count++;
        if (aggregate.Kind == AggregateKind.Squares)
        {
            _x.Add(value * value);
        }
        else if (_count == 1 || (value < _x.Value) == (aggregate.Kind == AggregateKind.Least))
        {
            _x = default;
            _x.Add(value);
        }
    }

    private void AddExactFigure(CompiledAggregate aggregate)
    {
        if (!aggregate.Argument!.TryExact(out var value))
        {
            return;
        }

        _count++;
        value = checked(value * Decimals.PowerOfTen(aggregate.Scale - aggregate.Argument.Scale));
        _exact = aggregate.Kind switch
        {
            AggregateKind.Squares => checked(_exact + (value * value)),
            _ when _count == 1 => value,
            AggregateKind.Least => Int128.Min(_exact, value),
            _ => Int128.Max(_exact, value),
        };
    }

    private void AddBin(CompiledAggregate aggregate)
    {
        if (aggregate.Argument!.TryReal(out var value))
        {
            var bin = aggregate.Grid!.BinOf(value);
            (_grid, _bins) = (aggregate.Grid, _bins ?? []);
            _count++;
            _bins[bin] = _bins.GetValueOrDefault(bin) + 1;
        }
    }

    private static ValueBin[]? Bins(SortedDictionary<int, long>? bins, ValueGrid? grid) =>
        bins is null ? null : [.. bins.Select(bin => new ValueBin(grid!.Edges[bin.Key], grid.Edges[bin.Key + 1], bin.Value))];

    private void AddMoments(CompiledAggregate aggregate)
    {
        if (aggregate.Argument!.TryReal(out var value))
        {
            var difference = value - aggregate.ShiftX;
            _count++;
            _x.Add(difference);
            _xx.Add(difference * difference);
        }
    }

    private void AddComoments(CompiledAggregate aggregate)
    {
        if (aggregate.Argument!.TryReal(out var x) && aggregate.Second!.TryReal(out var y))
        {
            x -= aggregate.ShiftX;
            y -= aggregate.ShiftY;
            _count++;
            _x.Add(x);
            _y.Add(y);
            _xx.Add(x * x);
            _yy.Add(y * y);
            _xy.Add(x * y);
        }
    }
}
