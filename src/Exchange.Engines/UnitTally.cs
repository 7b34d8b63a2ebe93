using Exchange.Query.Rules;

namespace Exchange.Engines;

/// <summary>Gathers the contributions of units to one figure, one row at a time.</summary>
internal sealed class UnitTally<TUnit>(Contribution? contribution, ReleaseRules rules)
    where TUnit : notnull
{
    private readonly Dictionary<TUnit, (double Gross, double Excess)> _units = [];
    private bool _integral = true;

    /// <summary>Takes in a row of that unit, with its value.</summary>
    public void Add(TUnit unit, double value)
    {
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
            Sum(unit => unit.Excess), Sum(unit => unit.Excess, 1 + rules.Coalition), _units.Values.LongCount(unit => unit.Excess > 0), _integral);
    }
}
