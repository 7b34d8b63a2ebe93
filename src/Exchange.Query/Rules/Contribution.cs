using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;

namespace Exchange.Query.Rules;

/// <summary>
/// Something that an aggregate adds up over a set of rows, of which no unit may make up too much. What a unit contributes is gross:
/// Σ|value| over its rows, never a net sum.
/// </summary>
/// <param name="Support">Which of <see cref="ApprovedFragment.Supports"/> it is added up over.</param>
/// <param name="Value">What is added up: never a CASE, and without constants that are added or multiplied, which hide nothing.</param>
/// <param name="Column">Stored column, when the value is a plain one; else null.</param>
/// <param name="Nearest">
/// The point of the column's declared bounds nearest to zero; of a product of columns, the product of theirs. Zero for anything else.
/// </param>
/// <param name="MagnitudeMax">Largest |value| by the declared bounds; null when they do not bound it.</param>
/// <param name="ZeroHarmless">That all values are zero says nothing about anybody.</param>
/// <param name="SumOf">The aggregate whose state tells the gross total, since the value never changes sign; -1 for none.</param>
public sealed record Contribution(int Support, Expression Value, string? Column, double Nearest, double? MagnitudeMax, bool ZeroHarmless, int SumOf)
{
    /// <summary>What the state of an aggregate of moments loses when the shift is put back, at most, as a share of what is put back.</summary>
    private const double ShiftError = 1e-9;

    /// <summary>What the value is the product of, with doubles for numbers; the value itself where it is no product.</summary>
    public IReadOnlyList<Expression> Factors { get; init; } = [Value];

    /// <summary>What the value is the square of, again as factors; empty where it is no square.</summary>
    public IReadOnlyList<Expression> Root { get; init; } = [];

    /// <summary>Stored columns whose product the value is; empty where it is no product of columns.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    /// <summary>A value known to within p tells each of so many equal factors to within less.</summary>
    public int Degree { get; init; } = 1;

    /// <summary>Between which values the value of a row lies, as everybody knows: from zero on where nothing is declared.</summary>
    public (double Low, double High) Range { get; init; } = (0, double.PositiveInfinity);

    /// <summary>How far the sum over rows may lie from what it is, by what everybody knows of their values and with their number known.</summary>
    public AtomRoom RoomOf(long rows, double gross)
    {
        var (least, most) = Range.Low >= 0 ? (gross, gross) : Range.High <= 0 ? (-gross, -gross) : (-gross, gross);
        return new AtomRoom(Math.Max(0, (Range.High * rows) - most), Math.Max(0, least - (Range.Low * rows)));
    }

    /// <summary>Where in the state of <see cref="SumOf"/> it is.</summary>
    public MomentPart Part { get; init; }

    /// <summary>What the state of <see cref="SumOf"/> says: a gross total, never more than it is by more than a rounding, and of a square how far the rows lie apart.</summary>
    public GrossTotal TotalOf(in PartialState state, ApprovedAggregate aggregate)
    {
        if (aggregate.Kind == AggregateKind.Sum)
        {
            return new GrossTotal(Math.Abs(state.X) + (Math.Abs((double)state.Exact) / Math.Pow(10, aggregate.ArgumentType?.Scale ?? 0)), null);
        }

        var (x, y, both) = (state.Count * aggregate.ShiftX, state.Count * aggregate.ShiftY, state.Count * aggregate.ShiftX * aggregate.ShiftY);
        return Part switch
        {
            MomentPart.X => Shifted(state.X, x),
            MomentPart.Y => Shifted(state.Y, y),
            MomentPart.XY => Shifted(state.XY, aggregate.ShiftX * state.Y, aggregate.ShiftY * state.X, both),
            MomentPart.XX => Square(state.Count, state.X, state.XX, aggregate.ShiftX),
            _ => Square(state.Count, state.Y, state.YY, aggregate.ShiftY),
        };
    }

    private static GrossTotal Square(long count, double sum, double squares, double shift)
    {
        if (count == 0)
        {
            return new GrossTotal(0, null);
        }

        // What is lost in the subtraction is taken off.
        var ofMean = sum / count * sum;
        var spread = new RowSpread((sum / count) + shift, squares - ofMean - (ShiftError * (squares + ofMean)));
        return Shifted(squares, 2 * shift * sum, count * shift * shift) with { Rows = spread };
    }

    private static GrossTotal Shifted(double sum, params ReadOnlySpan<double> shifts)
    {
        var (total, lost) = (sum, 0.0);
        foreach (var shift in shifts)
        {
            total += shift;
            lost += Math.Abs(shift);
        }

        return new GrossTotal(Math.Max(0, Math.Abs(total) - (ShiftError * lost)), null);
    }
}
