using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Expressions;

namespace Exchange.Query.Products;

/// <summary>The rules of derived measures: arithmetic over stored measures and numbers, nothing else.</summary>
internal static class DerivedRules
{
    private const int DerivedMax = 50;
    private const int ExpressionCharactersMax = 1_000;
    private const int NodesMax = 50;
    private const int DepthMax = 20;

    /// <summary>Adds the derived measures to the stored columns.</summary>
    public static void Add(IReadOnlyCollection<DerivedMeasure> derived, Dictionary<string, Column> columns)
    {
        ProductRules.Require(derived.Count <= DerivedMax, $"A product must have at most {DerivedMax} derived measures.");
        var measures = columns.Values.Where(column => column.Role == ColumnRole.Measure).ToDictionary(column => column.Name, StringComparer.Ordinal);
        var added = derived.Select(one => Make(one, measures)).ToList();
        added.ForEach(column => columns.Add(column.Name, column));
    }

    private static Column Make(DerivedMeasure derived, Dictionary<string, Column> measures)
    {
        Check(derived, derived.Expression.Length is >= 1 and <= ExpressionCharactersMax, $"its expression must have 1 to {ExpressionCharactersMax} characters");
        Expression expression;
        ColumnType type;
        try
        {
            (expression, type) = ScalarCompiler.Compile(derived.Expression, measures);
            new ExpressionTypes(measures, DepthMax, NodesMax).Of(expression);
        }
        catch (ExchangeException error) when (error.Reason != Reasons.Internal)
        {
            throw Reasons.ProductInvalid.Because($"Derived measure {Naming.Quote(derived.Name)}: {error.Message}",
                "Write it as arithmetic over measures of the product.");
        }

        Check(derived, IsArithmetic(expression) && HasColumn(expression), "it must be arithmetic (+ - * /) over measures of the product");
        return new Column
        {
            Name = derived.Name,
            SourceName = derived.Name,
            Type = type,
            Role = ColumnRole.Measure,
            Derived = expression,
            Bounds = ExpressionBounds.Of(expression, measures),
            Required = !ExpressionNulls.MayBeNull(expression, measures),
        };
    }

    private static bool IsArithmetic(Expression expression) => expression.KindCase switch
    {
        Expression.KindOneofCase.Column => true,
        Expression.KindOneofCase.Literal => expression.Literal.KindCase
            is Value.KindOneofCase.IntValue or Value.KindOneofCase.DoubleValue or Value.KindOneofCase.DecimalValue,
        Expression.KindOneofCase.Call => expression.Call.Operator is >= Operator.Add and <= Operator.Negate && expression.Call.Arguments.All(IsArithmetic),
        _ => false,
    };

    private static bool HasColumn(Expression expression) => expression.KindCase switch
    {
        Expression.KindOneofCase.Column => true,
        Expression.KindOneofCase.Call => expression.Call.Arguments.Any(HasColumn),
        _ => false,
    };

    private static void Check(DerivedMeasure derived, bool holds, string rule) =>
        ProductRules.Require(holds, $"Derived measure {Naming.Quote(derived.Name)}: {rule}.");
}
