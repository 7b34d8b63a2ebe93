using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Query.Merging;

/// <summary>Types of a fragment that has been checked or was made here.</summary>
internal static class FragmentTypes
{
    private const int DepthMax = 100;
    private const int NodesMax = 100_000;

    public static ColumnType Of(Expression expression, Product product) => new ExpressionTypes(product.Columns, DepthMax, NodesMax).Of(expression);

    /// <summary>In <c>noisy</c> a range is told by a whole histogram, for its two bins would tell whose values they are.</summary>
    public static StateType StateOf(Aggregate aggregate, Product product, bool isNoisy) =>
        new(isNoisy && aggregate.Kind == AggregateKind.Range ? AggregateKind.Histogram : aggregate.Kind,
            aggregate.Argument is null || aggregate.Kind == AggregateKind.Units ? null : Of(aggregate.Argument, product))
        {
            NoisyGrid = isNoisy && aggregate is { Kind: AggregateKind.Range or AggregateKind.Histogram, Argument.KindCase: Expression.KindOneofCase.Column }
                ? ValueGrid.Of(product.Columns[aggregate.Argument.Column]) : null,
        };
}

/// <summary>What decides the form of a state.</summary>
internal sealed record StateType(AggregateKind Kind, ColumnType? Argument)
{
    /// <summary>Its sum is exact.</summary>
    public bool IsExact { get; } = Kind == AggregateKind.Sum && Argument!.Kind is TypeKind.Int or TypeKind.Decimal;

    /// <summary>It has a sum of doubles.</summary>
    public bool HasSum => (Kind == AggregateKind.Sum && !IsExact) || HasMoments;

    /// <summary>It has a sum of squares.</summary>
    public bool HasMoments => Kind is AggregateKind.Moments or AggregateKind.Comoments;

    /// <summary>In <c>noisy</c>, the grid every bin of which is in each cell.</summary>
    public ValueGrid? NoisyGrid { get; init; }

    /// <summary>It has bins.</summary>
    public bool HasBins => Kind is AggregateKind.Histogram or AggregateKind.Range;
}
