using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Compilation;

/// <summary>What each owner computes, and how the answer is made of the merged parts. Fourth stage.</summary>
/// <param name="Query">The bound query; its expressions outside of aggregates hold keys and figures.</param>
/// <param name="Fragment">What every owner is asked.</param>
/// <param name="KeySources">Per key of the query: its place in the fragment's keys, or -1 for <c>participant</c>.</param>
/// <param name="Figures">The distinct aggregates.</param>
/// <param name="StateTexts">The fragment's aggregates as text.</param>
internal sealed record LogicalPlan(
    BoundQuery Query, Fragment Fragment, IReadOnlyList<int> KeySources, IReadOnlyList<Figure> Figures, IReadOnlyList<string> StateTexts);

/// <summary>A distinct aggregate of the query.</summary>
/// <param name="Function">What is made of the merged state.</param>
/// <param name="State">Place of the state in the fragment's aggregates; several figures may share one.</param>
/// <param name="ArgumentType">Type of the argument; null for COUNT(*).</param>
/// <param name="Fraction">Of a quantile.</param>
internal sealed record Figure(AggregateFunction Function, int State, ColumnType? ArgumentType, double Fraction = 0);
