using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Query.Compilation;

/// <summary>
/// SqlSyntax → BoundQuery: finds the product, binds each clause, resolves aliases and ordinals, and puts released keys where
/// grouping expressions stand, so that nothing but keys and aggregates is left outside of aggregates.
/// </summary>
internal sealed class QueryBinder
{
    private readonly SqlSyntax _syntax;
    private readonly Product _product;
    private readonly ExpressionBinder _binder;
    private readonly List<BoundExpression> _keys;
    private readonly List<string> _keyTexts;
    private readonly List<BoundOutput> _outputs;

    private QueryBinder(SqlSyntax syntax, IReadOnlyCollection<Product> products)
    {
        _syntax = syntax;
        _product = FindProduct(syntax, products);
        _binder = BinderOf(syntax);
        _keys = BindKeys();
        _keyTexts = _keys.Select(BoundText.Of).ToList();
        RefuseRows();
        _outputs = syntax.Items.Select(item => new BoundOutput(NameOf(item), Shown(item))).ToList();
    }

    /// <exception cref="ExchangeException">The first thing wrong, with its place.</exception>
    public static BoundQuery Bind(SqlSyntax syntax, IReadOnlyCollection<Product> products)
    {
        var binder = new QueryBinder(syntax, products);
        return new BoundQuery(binder._product,
            syntax.Where is null ? null : binder._binder.Condition(syntax.Where, BindingScope.Raw, "WHERE"),
            binder._keys, binder._outputs, binder.Having(), binder.OrderBy(), syntax.Limit, syntax.Offset);
    }

    private static Product FindProduct(SqlSyntax syntax, IReadOnlyCollection<Product> products)
    {
        var found = products.FirstOrDefault(product => product.Id.Equals(syntax.Table, StringComparison.OrdinalIgnoreCase))
            ?? products.Where(product => product.Definition.Name.Equals(syntax.Table, StringComparison.OrdinalIgnoreCase))
                .MaxBy(product => product.Definition.Major);
        if (found is not null)
        {
            return found;
        }

        var nearest = NearestName.Of(syntax.Table, products.SelectMany(product => new[] { product.Definition.Name, product.Id }));
        throw syntax.Text.Error(Reasons.SqlUnknownTable, syntax.TablePlace, $"The exchange has no product {Naming.Quote(syntax.Table)}",
            nearest is null ? "See the products with `product list`." : $"Did you mean {Naming.Quote(nearest)}?");
    }

    private ExpressionBinder BinderOf(SqlSyntax syntax, Func<string, BoundExpression?>? alias = null) =>
        new(syntax.Text, _product.Columns, syntax.Table, syntax.TableAlias, _product.Unit) { Alias = alias ?? (_ => null) };

    private List<BoundExpression> BindKeys()
    {
        var written = _syntax.GroupByAll
            ? _syntax.Items.Select(item => item.Expression).Where(expression => !HasAggregate(expression) && expression is not SqlLiteral)
            : _syntax.GroupBy.Select(ResolveKey);
        var keys = new List<BoundExpression>();
        foreach (var expression in written)
        {
            var key = _binder.Bind(expression, BindingScope.Grouping);
            CheckGroupable(key, expression.Place);
            if (keys.All(other => BoundText.Of(other) != BoundText.Of(key)))
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    /// <summary>A number in GROUP BY is a position; a name that is no column is an alias.</summary>
    private SqlExpression ResolveKey(SqlExpression written) => written switch
    {
        SqlLiteral { Value: Int128 ordinal } => ItemAt(ordinal, written.Place, "GROUP BY").Expression,
        SqlLiteral => throw Error(Reasons.SqlNotGroupable, written.Place, "A constant cannot be grouped by", "Group by a dimension."),
        SqlColumn { Table: null } column when _binder.Find(column.Name) is null && AliasedItem(column.Name) is { } item => item.Expression,
        _ => written,
    };

    private void CheckGroupable(BoundExpression key, int? place)
    {
        switch (key)
        {
            case BoundParticipant or BoundColumn { Column.Role: ColumnRole.Dimension }:
                return;
            case BoundColumn column:
                throw Error(Reasons.SqlNotGroupable, place, $"The column {Naming.Quote(column.Column.Name)} is a measure and cannot be grouped by", "Group by a dimension.");
            case BoundCall { Operator: Operator.Bucket or Operator.DateTrunc or Operator.Extract } call:
                CheckGroupable(call.Arguments[0], place);
                return;
            default:
                throw Error(Reasons.SqlNotGroupable, place, "This expression cannot be grouped by", "Group by dimensions, or by date_trunc or extract of one.");
        }
    }

    /// <summary>Without GROUP BY and without an aggregate a SELECT would give rows.</summary>
    private void RefuseRows()
    {
        var aggregates = _syntax.Items.Any(item => HasAggregate(item.Expression)) || (_syntax.Having is not null && HasAggregate(_syntax.Having));
        if (_keys.Count == 0 && !aggregates)
        {
            throw Error(Reasons.SqlRowLevel, _syntax.Items[0].Expression.Place, "The SELECT asks for rows, and no row leaves its owner",
                "Select aggregates such as COUNT(*), and name the other columns in GROUP BY.");
        }
    }

    private BoundExpression? Having()
    {
        if (_syntax.Having is null)
        {
            return null;
        }

        var binder = BinderOf(_syntax, OutputNamed);
        return WithKeys(binder.Condition(_syntax.Having, BindingScope.Grouping, "HAVING"), _syntax.Having.Place);
    }

    private List<BoundOrder> OrderBy()
    {
        if (_syntax.OrderByAll)
        {
            var all = _syntax.OrderBy[0];
            return _outputs.Select(output => new BoundOrder(output.Expression, all.Descending, all.NullsFirst)).ToList();
        }

        var binder = BinderOf(_syntax, OutputNamed);
        return _syntax.OrderBy.Select(order => new BoundOrder(order.Expression switch
        {
            SqlLiteral { Value: Int128 ordinal } => _outputs[ItemIndex(ordinal, order.Expression.Place, "ORDER BY")].Expression,
            SqlColumn { Table: null } column when AliasedItem(column.Name) is not null => OutputNamed(column.Name)!,
            var expression => Released(expression!, binder),
        }, order.Descending, order.NullsFirst)).ToList();
    }

    /// <summary>
    /// An estimate is shown with its bounds, which arithmetic carries on. Of what is decided by one there are none, so that is refused;
    /// HAVING and ORDER BY decide by the values shown.
    /// </summary>
    private BoundExpression Shown(SqlItem item)
    {
        var expression = Released(item.Expression, _binder);
        return EstimateRules.DecidesIn(expression) is { } estimate
            ? throw Error(Reasons.SqlNotSupported, item.Expression.Place,
                $"{BoundText.Name(estimate.Function).ToUpperInvariant()} has error bounds, and a CASE or a comparison of it would have none", "Show it as it is, or compare it in HAVING.")
            : expression;
    }

    private BoundExpression Released(SqlExpression written, ExpressionBinder binder) => WithKeys(binder.Bind(written, BindingScope.Grouping), written.Place);

    /// <summary>Puts keys in place of grouping expressions, the largest first; a column that is left over is not grouped by.</summary>
    private BoundExpression WithKeys(BoundExpression expression, int? place)
    {
        if (expression is BoundKey or BoundLiteral or BoundAggregate)
        {
            return expression;
        }

        var index = _keyTexts.IndexOf(BoundText.Of(expression));
        if (index >= 0)
        {
            return new BoundKey(index, _keys[index]);
        }

        return expression switch
        {
            BoundCall { Operator: not Operator.Bucket } call when !IsGrainOfColumn(call) =>
                call with { Arguments = call.Arguments.Select(argument => WithKeys(argument, place)).ToList() },
            BoundCase @case => @case with
            {
                Branches = @case.Branches.Select(branch => (WithKeys(branch.Condition, place), WithKeys(branch.Result, place))).ToList(),
                Otherwise = @case.Otherwise is null ? null : WithKeys(@case.Otherwise, place),
            },
            _ => throw NotGrouped(expression, place),
        };
    }

    private static bool IsGrainOfColumn(BoundCall call) => call is { Operator: Operator.DateTrunc, Arguments: [BoundColumn { Column.Grain: not Grain.Unspecified }] };

    private ExchangeException NotGrouped(BoundExpression expression, int? place)
    {
        var (name, at, measure) = expression switch
        {
            BoundColumn column => (column.Column.Name, column.Place, column.Column.Role == ColumnRole.Measure),
            BoundCall { Arguments: [BoundColumn column] } => (column.Column.Name, column.Place, false),
            _ => ("participant", (expression as BoundParticipant)?.Place, false),
        };
        return Error(Reasons.SqlNotGrouped, at ?? place, $"The column {Naming.Quote(name)} stands beside aggregates and is not grouped by",
            measure ? "Put it into an aggregate such as SUM." : $"Add {BoundText.Name(name)} to GROUP BY.");
    }

    private SqlItem? AliasedItem(string name) =>
        _syntax.Items.FirstOrDefault(item => item.Alias is not null && item.Alias.Equals(name, StringComparison.OrdinalIgnoreCase));

    private BoundExpression? OutputNamed(string name)
    {
        var index = _syntax.Items.ToList().FindIndex(item => item.Alias is not null && item.Alias.Equals(name, StringComparison.OrdinalIgnoreCase));
        return index < 0 ? null : _outputs[index].Expression;
    }

    private SqlItem ItemAt(Int128 ordinal, int? place, string clause) => _syntax.Items[ItemIndex(ordinal, place, clause)];

    private int ItemIndex(Int128 ordinal, int? place, string clause) => ordinal >= 1 && ordinal <= _syntax.Items.Count
        ? (int)ordinal - 1
        : throw Error(Reasons.SqlSyntax, place, $"A position in {clause} is beyond the SELECT list", $"Use 1 to {_syntax.Items.Count}.");

    private ExchangeException Error(ErrorReason reason, int? place, string message, string action) => _syntax.Text.Error(reason, place, message, action);

    private static string NameOf(SqlItem item) => item.Alias ?? SqlNames.Of(item.Expression);

    private static bool HasAggregate(SqlExpression expression) => expression switch
    {
        SqlAggregate => true,
        SqlOperation operation => operation.Arguments.Any(HasAggregate),
        SqlCase @case => @case.Branches.Any(branch => HasAggregate(branch.Condition) || HasAggregate(branch.Result))
            || (@case.Otherwise is not null && HasAggregate(@case.Otherwise)),
        _ => false,
    };
}
