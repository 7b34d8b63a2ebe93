using System.Numerics;

namespace Exchange.Privacy.SafeTables;

/// <summary>Rule 5 for the set of atoms that a tester has loaded, and the squared deviations that leave where it passes.</summary>
internal sealed class SquareRule(UnitContributions data, TableRules rules)
{
    private readonly Largest _largest = new(1);
    private readonly Largest _largestFromNearest = new(rules.Coalition + 1);
    private Int128[] _squares = [];
    private long[] _values = [];

    /// <summary>Σ(x − mean)² of the loaded set, which was tallied for the measure; null where the rule fails.</summary>
    public double? SquaredDeviations(UnitTally tally, int measure)
    {
        var layout = data.Layout.Measures[measure];
        var columns = data.Measure(measure);
        if (_squares.Length < tally.Units)
        {
            (_squares, _values) = (new Int128[2 * tally.Units], new long[2 * tally.Units]);
        }

        _squares.AsSpan(0, tally.Units).Clear();
        _values.AsSpan(0, tally.Units).Clear();
        Int128 total = 0, slack = 0;
        for (var i = 0; i < tally.RecordCount; i++)
        {
            var (record, slot) = (tally.Records[i], tally.Slots[i]);
            if (columns.ValuesOf(record) > 0)
            {
                var squares = columns.SquaresOf(record);
                _squares[slot] = checked(_squares[slot] + squares);
                _values[slot] += columns.ValuesOf(record);
                total = checked(total + squares);
                slack += columns.SquaresSlackOf(record, squares);
            }
        }

        return PassesEstimate(tally, layout, columns, total, slack) && PassesDeviation(tally, layout, columns, total, slack, out var deviations) ? deviations : null;
    }

    /// <summary>p% on squares: x² is known from the square of the point nearest to zero on.</summary>
    private bool PassesEstimate(UnitTally tally, MeasureLayout layout, MeasureColumns columns, Int128 total, Int128 slack)
    {
        var known = KnownSquare(layout, columns);
        _largest.Clear();
        _largestFromNearest.Clear();
        for (var slot = 0; slot < tally.Units; slot++)
        {
            _largest.Add(_squares[slot], slot);
            _largestFromNearest.Add(_squares[slot] - known * _values[slot], slot);
        }

        return DisclosureRules.PassesEstimate(total - known * tally.Values, _largestFromNearest.Total, _largest.First, slack, rules.POfSquares);
    }

    private static bool PassesDeviation(UnitTally tally, MeasureLayout layout, MeasureColumns columns, Int128 total, Int128 slack, out double deviations)
    {
        var sum = Linear(tally.Sum, layout, columns);
        var squares = Squared(total, layout, columns);
        deviations = Math.Max(0, ((squares * tally.Values) - (sum * sum)).DividedBy(tally.Values));
        return DisclosureRules.PassesDeviation(
            tally.Values, sum, squares, Squared(slack, layout, columns), Linear(tally.Least, layout, columns), Linear(tally.Greatest, layout, columns));
    }

    public static BigNumber Linear(Int128 number, MeasureLayout layout, MeasureColumns columns) => new(number, columns.Sum.Exponent, layout.Scale ?? 0);

    public static BigNumber Squared(Int128 number, MeasureLayout layout, MeasureColumns columns) => new(number, columns.SquaresExponent, 2 * (layout.Scale ?? 0));

    /// <summary>The square of the nearest point, rounded up, in the numbers of the squares.</summary>
    public static Int128 KnownSquare(MeasureLayout layout, MeasureColumns columns)
    {
        if (!layout.Floating)
        {
            return checked(layout.NearestToZeroUnscaled * layout.NearestToZeroUnscaled);
        }

        if (layout.NearestToZero == 0)
        {
            return 0;
        }

        var exponent = Math.ILogB(layout.NearestToZero) - 52;
        BigInteger root = FixedPoint.Floor(layout.NearestToZero, exponent, out _);
        var shift = 2 * exponent - columns.SquaresExponent;
        return (Int128)(shift >= 0 ? root * root << shift : (root * root >> -shift) + 1);
    }
}
