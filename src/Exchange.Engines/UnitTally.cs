using Exchange.Query.Rules;

namespace Exchange.Engines;

/// <summary>Gathers the contributions of units to one figure, one row at a time.</summary>
internal sealed class UnitTally<TUnit>(Contribution? contribution, ReleaseRules rules)
    where TUnit : notnull
{
    private readonly Dictionary<TUnit, (double Gross, double Excess)> _units = [];
    private readonly bool _isSquare = contribution is { Root.Count: > 0 };
    private bool _integral = true;
    private long _rows;
    private Sqlite.CompensatedSum _sum;
    private Sqlite.CompensatedSum _squares;
    private double _least = double.PositiveInfinity;
    private double _greatest = double.NegativeInfinity;

    /// <summary>Takes in a row of that unit, with its value, and of squares what that is the square of.</summary>
    public void Add(TUnit unit, double value, double root)
    {
        if (_isSquare)
        {
            _rows++;
            _sum.Add(root);
            _squares.Add(root * root);
            (_least, _greatest) = (Math.Min(_least, root), Math.Max(_greatest, root));
        }

        ref var sums = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_units, unit, out _);
        sums = (sums.Gross + Math.Abs(value), sums.Excess + Math.Abs(value - (contribution?.Nearest ?? 0)));
        _integral &= double.IsInteger(value);
    }

    /// <summary>What it came to.</summary>
    public UnitCount Count => new(_units.Count, contribution is null ? null : Totals());

    private UnitTotals Totals()
    {
        double Sum(Func<(double Gross, double Excess), double> part, int? largest = null)
        {
            var parts = _units.Values.Select(part);
            var sum = default(Sqlite.CompensatedSum);
            foreach (var one in largest is { } most ? parts.OrderDescending().Take(most) : parts)
            {
                sum.Add(one);
            }

            return sum.Value;
        }

        return new UnitTotals(
            Sum(unit => unit.Gross), _units.Count == 0 ? 0 : _units.Values.Max(unit => unit.Gross), Sum(unit => unit.Gross, rules.DominanceN),
            Sum(unit => unit.Excess), Sum(unit => unit.Excess, 1 + rules.Coalition), _units.Values.LongCount(unit => unit.Excess > 0), _integral)
        {
            Rows = _isSquare ? new RowDeviations(_rows, _sum.Value, _squares.Value, _rows == 0 ? 0 : _least, _rows == 0 ? 0 : _greatest) : null,
        };
    }
}
