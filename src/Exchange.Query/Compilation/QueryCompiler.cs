using Exchange.Query.Products;

namespace Exchange.Query.Compilation;

/// <summary>SQL text → typed plan, in one direction: QueryText → SqlSyntax → BoundQuery → LogicalPlan → fragment.</summary>
public static class QueryCompiler
{
    /// <summary>Longest SQL text, in characters.</summary>
    public const int SqlCharactersMax = 64 * 1024;

    /// <summary>Compiles one SELECT.</summary>
    /// <param name="sql">The text. A table is a product's name (its highest major) or, quoted, <c>"name/major"</c>.</param>
    /// <param name="products">Every product of the exchange.</param>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException">
    /// What is wrong or not supported, with its line and column and what to write instead.
    /// </exception>
    public static CompiledQuery Compile(string sql, IReadOnlyCollection<Product> products)
    {
        var syntax = SqlParser.Parse(new QueryText(sql));
        var query = QueryBinder.Bind(syntax, products);
        return new PlannedQuery(QueryPlanner.Plan(query));
    }
}
