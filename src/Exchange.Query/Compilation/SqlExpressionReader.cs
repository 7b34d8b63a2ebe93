using System.Globalization;
using System.Text.Json;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Compilation;

/// <summary>Reads the parser's tree of an expression. What is not in the supported SQL is refused by the name it has in SQL.</summary>
internal sealed class SqlExpressionReader(QueryText text)
{
    /// <summary>Where the node starts, in bytes.</summary>
    public static int? PlaceOf(JsonElement node) =>
        node.TryGetProperty("query_location", out var place) && place.TryGetInt32(out var offset) ? offset : null;

    /// <param name="node">The node.</param>
    /// <param name="around">Place of the expression around it, for nodes without one.</param>
    public SqlExpression Read(JsonElement node, int? around)
    {
        var place = PlaceOf(node) ?? around;
        return node.GetProperty("class").GetString() switch
        {
            "COLUMN_REF" => Column(node, place),
            "CONSTANT" => new SqlLiteral(place, new SqlConstantReader(text).Read(node.GetProperty("value"), place)),
            "CAST" => Cast(node, place),
            "COMPARISON" => Comparison(node, place),
            "CONJUNCTION" => new SqlOperation(place, node.GetProperty("type").GetString() == "CONJUNCTION_AND" ? Operator.And : Operator.Or, Children(node, place)),
            "BETWEEN" => Between(node, place),
            "OPERATOR" => OperatorNode(node, place),
            "CASE" => Case(node, place),
            "FUNCTION" => new SqlFunctionReader(text, this).Read(node, place),
            "STAR" => throw Unsupported(place, "* is supported only in COUNT(*)", "Name the columns."),
            "SUBQUERY" => throw Unsupported(place, "A subquery is not supported", "Write the question as one SELECT."),
            "WINDOW" => throw Unsupported(place, "A window function is not supported", "Use an aggregate with GROUP BY."),
            "PARAMETER" => throw Unsupported(place, "A parameter is not supported", "Write the value into the SQL."),
            "COLLATE" => throw Unsupported(place, "COLLATE is not supported", "Leave it out."),
            _ => throw Unsupported(place, "This kind of expression is not supported", "Use columns, numbers, arithmetic, CASE and aggregates."),
        };
    }

    /// <summary>The arguments of a node.</summary>
    public List<SqlExpression> Children(JsonElement node, int? place) =>
        node.TryGetProperty("children", out var children) ? children.EnumerateArray().Select(child => Read(child, place)).ToList() : [];

    private SqlColumn Column(JsonElement node, int? place)
    {
        var names = node.GetProperty("column_names").EnumerateArray().Select(name => name.GetString()!).ToList();
        return names.Count switch
        {
            1 => new SqlColumn(place, null, names[0]),
            2 => new SqlColumn(place, names[0], names[1]),
            _ => throw Unsupported(place, "A name of more than two parts is not supported", "Write the column's name alone, in double quotes if it holds points."),
        };
    }

    private SqlOperation Comparison(JsonElement node, int? place)
    {
        var function = node.GetProperty("type").GetString() switch
        {
            "COMPARE_EQUAL" => Operator.Equal,
            "COMPARE_NOTEQUAL" => Operator.NotEqual,
            "COMPARE_LESSTHAN" => Operator.Less,
            "COMPARE_LESSTHANOREQUALTO" => Operator.LessOrEqual,
            "COMPARE_GREATERTHAN" => Operator.Greater,
            "COMPARE_GREATERTHANOREQUALTO" => Operator.GreaterOrEqual,
            _ => throw Unsupported(place, "IS DISTINCT FROM and IS TRUE are not supported", "Compare with = and test with IS NULL."),
        };
        return new SqlOperation(place, function, [Read(node.GetProperty("left"), place), Read(node.GetProperty("right"), place)]);
    }

    private SqlOperation Between(JsonElement node, int? place)
    {
        var input = Read(node.GetProperty("input"), place);
        return new SqlOperation(place, Operator.And,
        [
            new SqlOperation(place, Operator.GreaterOrEqual, [input, Read(node.GetProperty("lower"), place)]),
            new SqlOperation(place, Operator.LessOrEqual, [input, Read(node.GetProperty("upper"), place)]),
        ]);
    }

    private SqlExpression OperatorNode(JsonElement node, int? place)
    {
        var type = node.GetProperty("type").GetString()!;
        switch (type)
        {
            case "OPERATOR_NOT":
                return new SqlOperation(place, Operator.Not, Children(node, place));
            case "OPERATOR_IS_NULL":
                return new SqlOperation(place, Operator.IsNull, Children(node, place));
            case "OPERATOR_IS_NOT_NULL":
                return new SqlOperation(place, Operator.IsNotNull, Children(node, place));
            case "COMPARE_IN":
                return new SqlOperation(place, Operator.In, Children(node, place));
            case "COMPARE_NOT_IN":
                return new SqlOperation(place, Operator.Not, [new SqlOperation(place, Operator.In, Children(node, place))]);
            case "OPERATOR_COALESCE":
                throw Unsupported(place ?? text.PlaceOfFirst("COALESCE") ?? text.PlaceOfFirst("IFNULL"), "COALESCE and IFNULL are not supported", "Write CASE WHEN … IS NULL THEN … ELSE … END.");
            default:
                throw Unsupported(place, "This operator is not supported", "Use columns, numbers, arithmetic, CASE and aggregates.");
        }
    }

    private SqlCase Case(JsonElement node, int? place)
    {
        var branches = node.GetProperty("case_checks").EnumerateArray()
            .Select(check => (Read(check.GetProperty("when_expr"), place), Read(check.GetProperty("then_expr"), place))).ToList();
        var otherwise = node.TryGetProperty("else_expr", out var other) ? Read(other, place) : null;
        return new SqlCase(place, branches, otherwise is SqlLiteral { Value: null } ? null : otherwise);
    }

    /// <summary>Only of a literal: DATE '…', TIMESTAMP '…', TRUE, CAST(1 AS DECIMAL(3,1)).</summary>
    private SqlLiteral Cast(JsonElement node, int? place)
    {
        var child = Read(node.GetProperty("child"), place);
        return child is SqlLiteral literal
            ? new SqlLiteral(literal.Place ?? place, new SqlConstantReader(text).Cast(literal.Value, node.GetProperty("cast_type"), literal.Place ?? place))
            : throw Unsupported(place, "A cast is supported only of a literal", "Leave the cast out; dates are written DATE '2024-01-31'.");
    }

    private ExchangeException Unsupported(int? place, string what, string instead) => text.Error(Reasons.SqlNotSupported, place, what, instead);
}
