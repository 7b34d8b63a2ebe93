using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Approval;

/// <summary>Parts of a plan in sentences for its asker: names of columns and never a constant.</summary>
internal static class PlanWords
{
    private const int ShownCharactersMax = 64;
    private const int ColumnsShownMax = 4;

    /// <summary>The name in backticks, cut to a bound and without control characters: it may come from a peer.</summary>
    public static string Quote(string name)
    {
        var shown = name.Length <= ShownCharactersMax ? name : name[..ShownCharactersMax] + "…";
        return $"`{string.Concat(shown.Select(character => char.IsControl(character) || character == '`' ? '?' : character))}`";
    }

    /// <summary>The unit's word.</summary>
    public static string Of(Grain unit) => unit.ToString().ToLowerInvariant();

    /// <summary>What is computed, and of which rows.</summary>
    public static string Of(Aggregate aggregate) => aggregate.Filter is { } filter && NamesColumns(filter)
        ? $"{ValueOf(aggregate)} under the condition on {ColumnsOf(filter)}"
        : ValueOf(aggregate);

    /// <summary>What is computed: a plan has a sum and a count where the question has an average.</summary>
    public static string ValueOf(Aggregate aggregate) => aggregate.Kind switch
    {
        AggregateKind.CountRows => "the count of rows",
        AggregateKind.Count => $"the count of {ColumnsOf(aggregate.Argument)}",
        AggregateKind.Sum => $"the sum or average of {ColumnsOf(aggregate.Argument)}",
        AggregateKind.Moments => $"the variance of {ColumnsOf(aggregate.Argument)}",
        AggregateKind.Histogram => $"the median or quantile of {ColumnsOf(aggregate.Argument)}",
        AggregateKind.Range => $"the minimum or maximum of {ColumnsOf(aggregate.Argument)}",
        AggregateKind.Units => $"the count of different {ColumnsOf(aggregate.Argument)}",
        _ => $"the correlation of {ColumnsOf(aggregate.Argument, aggregate.SecondArgument)}",
    };

    /// <summary>Whether the expression names a column at all.</summary>
    public static bool NamesColumns(Expression expression) => NamesIn(expression).Any();

    /// <summary>The columns of expressions, each once, in their order.</summary>
    public static string ColumnsOf(params Expression?[] expressions)
    {
        List<string> names = [.. expressions.OfType<Expression>().SelectMany(NamesIn).Distinct(StringComparer.Ordinal).Take(ColumnsShownMax + 1)];
        List<string> shown = [.. names.Take(ColumnsShownMax).Select(Quote)];
        if (names.Count > ColumnsShownMax)
        {
            shown.Add("others");
        }

        return shown switch
        {
            [] => "a constant",
            [var only] => only,
            _ => $"{string.Join(", ", shown.SkipLast(1))} and {shown[^1]}",
        };
    }

    private static IEnumerable<string> NamesIn(Expression expression) => expression.KindCase switch
    {
        Expression.KindOneofCase.Column => [expression.Column],
        Expression.KindOneofCase.Call => expression.Call.Arguments.SelectMany(NamesIn),
        Expression.KindOneofCase.CaseExpression => expression.CaseExpression.Branches
            .SelectMany(branch => new[] { branch.Condition, branch.Result })
            .Append(expression.CaseExpression.Otherwise)
            .OfType<Expression>().SelectMany(NamesIn),
        _ => [],
    };
}
