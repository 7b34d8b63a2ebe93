using System.Text.Json;
using Exchange.Protocol.Errors;

namespace Exchange.Query.Compilation;

/// <summary>
/// Reads the parser's tree of a statement into <see cref="SqlSyntax"/>. It takes what it knows and refuses the rest by name, so new
/// SQL in a new parser is refused, not misread. Expressions are <see cref="SqlExpressionReader"/>'s.
/// </summary>
internal sealed class SqlTreeReader(QueryText text)
{
    private const string OneSelect = "Write one SELECT of dimensions and aggregates from one product.";
    private readonly SqlExpressionReader _expressions = new(text);

    public SqlSyntax Query(JsonElement tree)
    {
        var node = SelectNode(tree);
        var (table, place, alias) = Table(node);
        CheckClauses(node);
        var having = Optional(node, "having");
        var (order, orderAll, limit, offset) = Modifiers(node);
        var items = node.GetProperty("select_list").EnumerateArray().Select(Item).ToList();
        return new SqlSyntax(text, table, place, alias, items, Optional(node, "where_clause"), GroupBy(node),
            node.GetProperty("aggregate_handling").GetString() == "FORCE_AGGREGATES", having, order, orderAll, limit, offset);
    }

    public SqlExpression LoneExpression(JsonElement tree)
    {
        var node = SelectNode(tree);
        var items = node.GetProperty("select_list");
        var alone = items.GetArrayLength() == 1 && node.GetProperty("from_table").GetProperty("type").GetString() == "EMPTY"
            && !Has(node, "where_clause") && !Has(node, "having") && !Has(node, "modifiers") && !Has(node, "group_expressions");
        return alone
            ? _expressions.Read(items[0], null)
            : throw Reasons.SqlSyntax.Because("It is not one expression.", OneSelect);
    }

    private JsonElement SelectNode(JsonElement tree)
    {
        var statements = tree.GetProperty("statements");
        if (statements.GetArrayLength() != 1)
        {
            throw statements.GetArrayLength() == 0
                ? Unsupported(null, "The SQL holds no statement", OneSelect)
                : Unsupported(text.PlaceOfFirst(";"), "Only one statement can be asked at a time", OneSelect);
        }

        var node = statements[0].GetProperty("node");
        return node.GetProperty("type").GetString() switch
        {
            "SELECT_NODE" => node,
            "SET_OPERATION_NODE" => throw Unsupported(text.PlaceOfFirst(node.GetProperty("setop_type").GetString()!), $"{node.GetProperty("setop_type").GetString()} is not supported", "Ask two questions."),
            _ => throw Unsupported(null, "A statement of this kind is not supported", OneSelect),
        };
    }

    private (string Table, int? Place, string? Alias) Table(JsonElement node)
    {
        if (Has(node, "cte_map") && node.GetProperty("cte_map").TryGetProperty("map", out var map) && map.GetArrayLength() > 0)
        {
            throw Unsupported(text.PlaceOfFirst("WITH"), "WITH is not supported", "Write the question as one SELECT.");
        }

        var from = node.GetProperty("from_table");
        var place = SqlExpressionReader.PlaceOf(from);
        switch (from.GetProperty("type").GetString())
        {
            case "BASE_TABLE":
                break;
            case "EMPTY":
                throw Unsupported(null, "The SELECT has no FROM", "Name a product after FROM.");
            case "JOIN":
                throw Unsupported(place ?? PlaceOfRight(from), "A join is not supported", "Ask about one product at a time.");
            case "SUBQUERY":
                throw Unsupported(place ?? text.PlaceOfFirst("("), "A subquery is not supported", "Write the question as one SELECT.");
            case "TABLE_FUNCTION":
                throw Unsupported(place, "A table function is not supported", "Name a product after FROM.");
            default:
                throw Unsupported(place, "This kind of FROM is not supported", "Name a product after FROM.");
        }

        foreach (var (clause, name) in new[] { ("sample", "TABLESAMPLE"), ("at_clause", "AT"), ("column_name_alias", "A list of column aliases"), ("catalog_name", "A catalog name"), ("schema_name", "A schema name") })
        {
            if (Has(from, clause))
            {
                throw Unsupported(place, $"{name} is not supported", "Name a product after FROM, with nothing but an alias behind it.");
            }
        }

        return (from.GetProperty("table_name").GetString()!, place, Has(from, "alias") ? from.GetProperty("alias").GetString() : null);
    }

    private static int? PlaceOfRight(JsonElement join) => join.TryGetProperty("right", out var right) ? SqlExpressionReader.PlaceOf(right) : null;

    private void CheckClauses(JsonElement node)
    {
        if (Has(node, "qualify"))
        {
            throw Unsupported(SqlExpressionReader.PlaceOf(node.GetProperty("qualify")), "QUALIFY is not supported", "Filter groups with HAVING.");
        }

        if (Has(node, "sample"))
        {
            throw Unsupported(null, "SAMPLE is not supported", "Ask about all rows.");
        }
    }

    private List<SqlExpression> GroupBy(JsonElement node)
    {
        if (!Has(node, "group_expressions") && !Has(node, "group_sets"))
        {
            return [];
        }

        var expressions = node.TryGetProperty("group_expressions", out var list) ? list.EnumerateArray().ToList() : [];
        var plain = !Has(node, "group_sets")
            || (node.GetProperty("group_sets").GetArrayLength() == 1 && node.GetProperty("group_sets")[0].GetArrayLength() == expressions.Count);
        if (!plain)
        {
            throw Unsupported(expressions.Count > 0 ? SqlExpressionReader.PlaceOf(expressions[0]) : null,
                "ROLLUP, CUBE and GROUPING SETS are not supported", "Ask one question for each set of columns.");
        }

        return expressions.Select(expression => _expressions.Read(expression, null)).ToList();
    }

    private (List<SqlOrder> Order, bool OrderAll, long? Limit, long Offset) Modifiers(JsonElement node)
    {
        var (order, all, limit, offset) = (new List<SqlOrder>(), false, (long?)null, 0L);
        if (!Has(node, "modifiers"))
        {
            return (order, all, limit, offset);
        }

        foreach (var modifier in node.GetProperty("modifiers").EnumerateArray())
        {
            switch (modifier.GetProperty("type").GetString())
            {
                case "ORDER_MODIFIER":
                    foreach (var entry in modifier.GetProperty("orders").EnumerateArray())
                    {
                        var expression = entry.GetProperty("expression");
                        var isAll = expression.GetProperty("class").GetString() == "STAR";
                        all |= isAll;
                        order.Add(new SqlOrder(isAll ? null : _expressions.Read(expression, null),
                            entry.GetProperty("type").GetString() == "DESCENDING", entry.GetProperty("null_order").GetString() == "NULLS FIRST"));
                    }

                    break;
                case "LIMIT_MODIFIER":
                    limit = Has(modifier, "limit") ? RowCount(modifier.GetProperty("limit")) : null;
                    offset = Has(modifier, "offset") ? RowCount(modifier.GetProperty("offset")) ?? 0 : 0;
                    break;
                case "DISTINCT_MODIFIER":
                    throw Unsupported(text.PlaceOfFirst("DISTINCT"), "SELECT DISTINCT is not supported", "Use GROUP BY with the same columns.");
                default:
                    throw Unsupported(text.PlaceOfFirst("LIMIT"), "LIMIT with a percentage is not supported", "Give LIMIT a whole number.");
            }
        }

        return (order, all, limit, offset);
    }

    private long? RowCount(JsonElement node) => _expressions.Read(node, null) switch
    {
        SqlLiteral { Value: null } => null,
        SqlLiteral { Value: Int128 count } when count >= 0 && count <= long.MaxValue => (long)count,
        var other => throw Unsupported(other.Place, "LIMIT and OFFSET must be whole numbers", "Give a number from 0."),
    };

    private SqlItem Item(JsonElement node)
    {
        if (node.GetProperty("class").GetString() == "STAR")
        {
            throw text.Error(Reasons.SqlRowLevel, SqlExpressionReader.PlaceOf(node), "SELECT * asks for rows, and no row leaves its owner",
                "Select dimensions and aggregates such as COUNT(*), with GROUP BY.");
        }

        return new SqlItem(_expressions.Read(node, null), Has(node, "alias") ? node.GetProperty("alias").GetString() : null);
    }

    private SqlExpression? Optional(JsonElement node, string clause) => Has(node, clause) ? _expressions.Read(node.GetProperty(clause), null) : null;

    private ExchangeException Unsupported(int? place, string what, string instead) => text.Error(Reasons.SqlNotSupported, place, what, instead);

    private static bool Has(JsonElement node, string name) => node.TryGetProperty(name, out var value) && value.ValueKind switch
    {
        JsonValueKind.Null => false,
        JsonValueKind.String => value.GetString()!.Length > 0,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        _ => true,
    };
}
