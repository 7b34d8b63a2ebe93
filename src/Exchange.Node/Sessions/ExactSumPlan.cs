using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;

namespace Exchange.Node.Sessions;

/// <summary>
/// The exact figures of <c>checked</c> and <c>table</c>: counts as they are, sums of whole numbers exactly, and others at the fixed scale that the
/// product's bounds give. Each group is a cell, told where enough members contribute.
/// </summary>
internal abstract class ExactSumPlan : SumPlan
{
    private readonly Part[] _parts;
    private readonly int _wideParts;

    /// <param name="groups">Keys of every group.</param>
    /// <param name="parts">One per aggregate.</param>
    private protected ExactSumPlan(IReadOnlyList<object?[]> groups, Part[] parts)
        : base(groups, parts.Length, parts.Sum(part => part.Scales.Length), hasCells: true)
    {
        _parts = parts;
        _wideParts = parts.Sum(part => part.Scales.Length);
    }

    /// <summary>What the figures of an approved question take.</summary>
    /// <param name="approved">The question.</param>
    /// <param name="participants">Size of the cohort.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.BoundsMissing"/>; <see cref="Reasons.FigureTooLarge"/>; <see cref="Reasons.NotServedYet"/>.</exception>
    private protected static Part[] PartsOf(ApprovedFragment approved, int participants) => [.. approved.Aggregates.Select(aggregate => PartOf(aggregate, approved, participants))];

    /// <summary>Words that such figures of a group take.</summary>
    private protected static long WordsOf(Part[] parts) => parts.Length + (2L * parts.Sum(part => part.Scales.Length));

    /// <summary>Puts the figures of a group in.</summary>
    public void Set(SumInput input, int group, IReadOnlyList<PartialState> states)
    {
        var wide = group * _wideParts;
        for (var index = 0; index < _parts.Length; index++)
        {
            input.SetNarrow((group * _parts.Length) + index, states[index].Count);
            foreach (var value in _parts[index].Encode(states[index]))
            {
                input.SetWide(wide++, value);
            }
        }
    }

    /// <inheritdoc/>
    public override PartialState[]? Get(SecureSum sum, int group)
    {
        var states = new PartialState[_parts.Length];
        var wide = group * _wideParts;
        for (var index = 0; index < states.Length; index++)
        {
            var part = _parts[index];
            states[index] = part.Decode(sum.Narrow((group * _parts.Length) + index), [.. part.Scales.Select((_, place) => sum.Wide(wide + place))]);
            wide += part.Scales.Length;
        }

        return Array.TrueForAll(states, state => state.Count == 0) ? null : states;
    }

    private static Part PartOf(ApprovedAggregate aggregate, ApprovedFragment approved, int participants)
    {
        switch (aggregate.Kind)
        {
            case AggregateKind.CountRows or AggregateKind.Count:
                return new Part(aggregate.Kind, []);
            case AggregateKind.Sum when aggregate.ArgumentType!.Kind != TypeKind.Double:
                RequireRoom(aggregate, approved, participants);
                return new Part(aggregate.Kind, [null]);
            case AggregateKind.Sum:
                var (low, high) = BoundsOf(aggregate, approved);
                return new Part(aggregate.Kind, [SumScale.For(Math.Max(Math.Abs(low), Math.Abs(high)), RowsMax, participants)]);
            case AggregateKind.Moments:
                (low, high) = BoundsOf(aggregate, approved);
                var farthest = Math.Max(Math.Abs(low - aggregate.ShiftX), Math.Abs(high - aggregate.ShiftX));
                return new Part(aggregate.Kind, [SumScale.For(farthest, RowsMax, participants), SumScale.For(farthest * farthest, RowsMax, participants)]);
            default:
                throw Reasons.NotServedYet.Because(
                    "Minima, maxima, quantiles, COUNT(DISTINCT …), CORR and COVAR are not served in secure sums.", "Ask for counts, sums, averages and variances.");
        }
    }

    private static (double Low, double High) BoundsOf(ApprovedAggregate aggregate, ApprovedFragment approved) =>
        BoundedScan.BoundsOf(aggregate, approved.Product) is { } bounds ? (bounds.Low, bounds.High) : throw Reasons.BoundsMissing.Because(
            "A figure is asked of values that the product gives no bounds, so nothing says how large a secure sum of them can be.", "Ask about a measure with bounds.");

    // Ints of 64 bits always have room; decimals of few digits too, and others by their bounds.
    private static void RequireRoom(ApprovedAggregate aggregate, ApprovedFragment approved, int participants)
    {
        var type = aggregate.ArgumentType!;
        var room = Math.ScaleB(1, 126) / RowsMax / participants;
        if (type.Kind != TypeKind.Decimal || Math.Pow(10, type.Precision) < room)
        {
            return;
        }

        var (low, high) = BoundsOf(aggregate, approved);
        if (Math.Max(Math.Abs(low), Math.Abs(high)) * Math.Pow(10, type.Scale) >= room)
        {
            throw Reasons.FigureTooLarge.Because("A secure sum of this measure could be larger than it holds.", "Ask about a measure with narrower bounds or fewer digits.");
        }
    }

    /// <summary>One aggregate: its count, and a wide value per scale. A scale that is absent stands for whole numbers.</summary>
    private protected sealed record Part(AggregateKind Kind, SumScale?[] Scales)
    {
        public Int128[] Encode(in PartialState state) => Scales switch
        {
            [] => [],
            [null] => [state.Exact],
            [var sum] => [sum.Encode(state.X)],
            [var sum, var squares] => [sum!.Encode(state.X), squares!.Encode(state.XX)],
            _ => throw new InvalidOperationException("No aggregate has more."),
        };

        public PartialState Decode(long count, Int128[] values) => Scales switch
        {
            [] => new PartialState(count),
            [null] => new PartialState(count, values[0]),
            [var sum] => new PartialState(count, X: sum.Decode(values[0])),
            [var sum, var squares] => new PartialState(count, X: sum!.Decode(values[0]), XX: squares!.Decode(values[1])),
            _ => throw new InvalidOperationException("No aggregate has more."),
        };
    }
}
