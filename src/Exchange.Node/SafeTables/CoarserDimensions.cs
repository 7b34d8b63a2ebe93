using Exchange.Protocol.Query.V1;

namespace Exchange.Node.SafeTables;

/// <summary>Of a cell of several figures: the dimensions of the question that can stay for all that touches the cell to be taken in.</summary>
/// <param name="live">The table.</param>
/// <param name="asked">How many dimensions the question groups and filters by.</param>
internal sealed class CoarserDimensions(LiveTable live, int asked)
{
    private HashSet<int>? _kept;

    /// <summary>
    /// Names in the table's order; null where nothing touches the cell, or where a question with all of them would be this one again: then
    /// it is touched by blocks without values.
    /// </summary>
    public IReadOnlyList<string>? Names => _kept is null || _kept.Count >= asked ? null
        : [.. _kept.Order().Select(position => live.Table.Dimensions[position].Name)];

    /// <summary>Takes in what one figure's cell can keep.</summary>
    public void Add(IReadOnlyList<int> kept)
    {
        _kept ??= [.. kept];
        _kept.IntersectWith(kept);
    }

    /// <summary>How many dimensions the fragment groups and filters by.</summary>
    public static int AskedBy(Fragment fragment) => fragment.GroupBy
        .Append(fragment.Where).Concat(fragment.Aggregates.Select(aggregate => aggregate.Filter)).OfType<Expression>().SelectMany(NamesIn).Distinct().Count();

    /// <summary>Columns in an expression of an approved fragment.</summary>
    public static IEnumerable<string> NamesIn(Expression expression) => expression.KindCase switch
    {
        Expression.KindOneofCase.Column => [expression.Column],
        Expression.KindOneofCase.Call => expression.Call.Arguments.SelectMany(NamesIn),
        _ => [],
    };
}
