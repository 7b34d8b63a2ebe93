using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

namespace Exchange.Query.Compilation;

/// <summary>Compiles one scalar expression in SQL, such as that of a derived measure.</summary>
internal static class ScalarCompiler
{
    /// <exception cref="ExchangeException">What is wrong with it.</exception>
    public static (Expression Expression, ColumnType Type) Compile(string sql, IReadOnlyDictionary<string, Column> columns)
    {
        var text = new QueryText(sql);
        var bound = new ExpressionBinder(text, columns, "", null).Bind(SqlParser.ParseExpression(text), BindingScope.Raw);
        return bound.Type is { } type
            ? (PlanExpressions.Of(bound), type)
            : throw Reasons.SqlTypeMismatch.Because("The expression is only NULL.", "Write arithmetic over measures.");
    }
}
