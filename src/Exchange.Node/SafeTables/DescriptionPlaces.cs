using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Node.SafeTables;

/// <summary>
/// Where all rows of a block lie, by its description alone, which may be of anybody's table: in which group of a question, and whether in its
/// filters. Behind the values of a description stands nothing that is known.
/// </summary>
/// <param name="fragment">What is asked: groupings and conditions over dimensions.</param>
/// <param name="product">Its product.</param>
/// <param name="dimensions">Names of the dimensions that descriptions have values of, in their order.</param>
internal sealed class DescriptionPlaces(Fragment fragment, Product product, IReadOnlyList<string> dimensions)
{
    /// <summary>The keys of the group that all rows are in; null where they may be in several.</summary>
    public object?[]? GroupOf(IReadOnlyList<string?> description)
    {
        var keys = new object?[fragment.GroupBy.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            var column = KeyConditions.DimensionOf(fragment.GroupBy[i], product)!;
            if (PlaceOf(column, description) is not { } place)
            {
                return null;
            }

            keys[i] = KeyConditions.GroupOf(fragment.GroupBy[i], column, TableLabels.KeyOf(description[place], column));
        }

        return keys;
    }

    /// <summary>Whether the condition is true of all rows, or of none; null where it may be of some.</summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>NOT_IN_TABLE</c>, <c>FILTER_BETWEEN_CUTS</c>.</exception>
    public bool? TruthOf(Expression condition, IReadOnlyList<string?> description) => TruthOf(condition, wanted: true, description);

    // Whether the condition is true (or, where that is wanted, false) of all rows.
    private bool? TruthOf(Expression condition, bool wanted, IReadOnlyList<string?> description)
    {
        var call = condition.KindCase == Expression.KindOneofCase.Call ? condition.Call : null;
        switch (call?.Operator)
        {
            case Operator.Not:
                return TruthOf(call.Arguments[0], !wanted, description);
            case Operator.And or Operator.Or:
                var all = (call.Operator == Operator.And) == wanted;
                var truths = call.Arguments.Select(argument => TruthOf(argument, wanted, description)).ToList();
                return truths.Contains(!all) ? !all : truths.Contains(null) ? null : all;
        }

        if (KeyConditions.DimensionOf(condition, product) is not { } column)
        {
            return KeyConditions.TruthOf(condition, null, null) == wanted;
        }

        return PlaceOf(column, description) is { } place ? KeyConditions.TruthOf(condition, column, TableLabels.KeyOf(description[place], column)) == wanted : null;
    }

    private int? PlaceOf(Column column, IReadOnlyList<string?> description)
    {
        for (var place = 0; place < description.Count; place++)
        {
            if (dimensions[place] == column.Name)
            {
                return place;
            }
        }

        return null;
    }
}
