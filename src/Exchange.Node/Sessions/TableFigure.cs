using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;

namespace Exchange.Node.Sessions;

/// <summary>A kind of figure of safe tables, which owners may tell of other parts than another kind.</summary>
/// <param name="Measure">Whose; empty for the number of rows.</param>
/// <param name="Squares">Whether second moments are wanted.</param>
internal readonly record struct TableFigure(string Measure, bool Squares)
{
    /// <summary>The kinds that a fragment wants, in the order in which its aggregates first want them.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.NotInTable"/>; <see cref="Reasons.NotServedYet"/>.</exception>
    public static IReadOnlyList<TableFigure> AllOf(Fragment fragment) => [.. fragment.Aggregates.Select(Of).Distinct()];

    /// <summary>The kind that an aggregate is of.</summary>
    /// <exception cref="ExchangeException">As of <see cref="AllOf"/>.</exception>
    public static TableFigure Of(Aggregate aggregate) => aggregate.Kind switch
    {
        AggregateKind.CountRows => new TableFigure("", Squares: false),
        AggregateKind.Count or AggregateKind.Sum => new TableFigure(MeasureOf(aggregate), Squares: false),
        AggregateKind.Moments => new TableFigure(MeasureOf(aggregate), Squares: true),
        _ => throw Reasons.NotServedYet.Because(
            "Minima, maxima, quantiles, COUNT(DISTINCT …), CORR and COVAR are not served in secure sums.", "Ask for counts, sums, averages and variances."),
    };

    private static string MeasureOf(Aggregate aggregate) => aggregate.Argument is { KindCase: Expression.KindOneofCase.Column, Column.Length: > 0 } argument
        ? argument.Column
        : throw Reasons.NotInTable.Because("Safe tables have figures of whole measures only, not of what is computed from them.", "Aggregate a measure as it is.");
}
