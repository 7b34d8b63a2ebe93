using Exchange.Protocol.Query.V1;
using Exchange.Query.Execution;

namespace Exchange.Query.Rules;

/// <summary>
/// Something that an aggregate adds up over a set of rows, of which no unit may make up too much. What a unit contributes is gross:
/// Σ|value| over its rows, never a net sum.
/// </summary>
/// <param name="Support">Which of <see cref="Approval.ApprovedFragment.Supports"/> it is added up over.</param>
/// <param name="Value">What is added up: never a CASE, and without constants that are added or multiplied, which hide nothing.</param>
/// <param name="Column">Stored column, when the value is a plain one; else null.</param>
/// <param name="Nearest">The point of the column's declared bounds nearest to zero; zero for anything else.</param>
/// <param name="MagnitudeMax">Largest |value| by the declared bounds; null when they do not bound it.</param>
/// <param name="ZeroHarmless">That all values are zero says nothing about anybody.</param>
/// <param name="SumOf">The aggregate whose own sum is, but for its sign, the gross total, since the value never changes sign; -1 for none.</param>
public sealed record Contribution(int Support, Expression Value, string? Column, double Nearest, double? MagnitudeMax, bool ZeroHarmless, int SumOf)
{
    /// <summary>The gross total out of the state of <see cref="SumOf"/>, never more than it is by more than a rounding.</summary>
    public static double GrossOf(in PartialState state, AggregateKind kind, double shift, int scale)
    {
        if (kind == AggregateKind.Sum)
        {
            return Math.Abs(state.X) + (Math.Abs((double)state.Exact) / Math.Pow(10, scale));
        }

        // The sum was taken about the shift; what it lost by that is taken off.
        var shifted = state.Count * shift;
        return Math.Max(0, Math.Abs(state.X + shifted) - (1e-9 * Math.Abs(shifted)));
    }
}
