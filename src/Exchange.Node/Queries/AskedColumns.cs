using System.Text.Json.Nodes;
using Exchange.Protocol.Query.V1;

namespace Exchange.Node.Queries;

/// <summary>Which columns a question uses for what, by name: no constants, no values.</summary>
internal static class AskedColumns
{
    /// <summary>The member <c>columns</c> of a leaf: the names that group, filter and are aggregated, each sorted; a use without columns is left out.</summary>
    public static JsonObject Of(Fragment fragment)
    {
        var columns = new JsonObject();
        Add(columns, "group", fragment.GroupBy.SelectMany(NamesIn));
        Add(columns, "filter", NamesIn(fragment.Where).Concat(fragment.Aggregates.SelectMany(aggregate => NamesIn(aggregate.Filter))));
        Add(columns, "aggregate", fragment.Aggregates.SelectMany(aggregate => NamesIn(aggregate.Argument).Concat(NamesIn(aggregate.SecondArgument))));
        return columns;
    }

    private static void Add(JsonObject columns, string use, IEnumerable<string> names)
    {
        var sorted = names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(JsonNode (name) => name).ToArray();
        if (sorted.Length > 0)
        {
            columns[use] = new JsonArray(sorted);
        }
    }

    private static IEnumerable<string> NamesIn(Expression? expression) => expression?.KindCase switch
    {
        Expression.KindOneofCase.Column => [expression.Column],
        Expression.KindOneofCase.Call => expression.Call.Arguments.SelectMany(NamesIn),
        Expression.KindOneofCase.CaseExpression => expression.CaseExpression.Branches.SelectMany(branch => NamesIn(branch.Condition).Concat(NamesIn(branch.Result))).Concat(NamesIn(expression.CaseExpression.Otherwise)),
        _ => [],
    };
}
