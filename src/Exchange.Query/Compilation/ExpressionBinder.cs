using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Expressions;
using Exchange.Query.Products;

namespace Exchange.Query.Compilation;

/// <summary>How a column's name is read: its raw value (WHERE, FILTER, arguments), or the form it groups by (everything released).</summary>
internal enum BindingScope
{
    Raw,
    Grouping,
}

/// <summary>
/// Looks up names and fits types. A dimension with cuts or a grain has two readings: raw values in conditions, its interval or its
/// calendar unit in everything that is released.
/// </summary>
internal sealed class ExpressionBinder(QueryText text, IReadOnlyDictionary<string, Column> columns, string tableName, string? tableAlias, Column? unit = null)
{
    private readonly TypeFitter _fitter = new(text);

    /// <summary>Meaning of a name that is no column: an alias of the SELECT list. Null when there is none.</summary>
    public Func<string, BoundExpression?> Alias { get; init; } = _ => null;

    public BoundExpression Bind(SqlExpression expression, BindingScope scope) => expression switch
    {
        SqlLiteral literal => _fitter.Literal(literal),
        SqlColumn column => Column(column, scope),
        SqlOperation operation => Operation(operation, scope),
        SqlCase @case => Case(@case, scope),
        SqlAggregate aggregate when scope == BindingScope.Grouping => Aggregate(aggregate),
        SqlAggregate aggregate => throw text.Error(Reasons.SqlNotSupported, aggregate.Place, "An aggregate cannot stand here",
            "Use aggregates in SELECT, HAVING and ORDER BY, not inside one another, in WHERE or in GROUP BY."),
        _ => throw new InvalidOperationException("An expression of SQL that is not bound."),
    };

    /// <summary>A condition over raw values or released ones.</summary>
    public BoundExpression Condition(SqlExpression expression, BindingScope scope, string clause)
    {
        var bound = Bind(expression, scope);
        return bound.Type?.Kind == TypeKind.Bool
            ? bound
            : throw text.Error(Reasons.SqlTypeMismatch, expression.Place, $"{clause} needs a condition", "Compare two values, such as region = 'north'.");
    }

    /// <summary>The column of that name: exactly so, else without regard to case; null when there is none.</summary>
    public Column? Find(string name) =>
        columns.TryGetValue(name, out var exact) ? exact
            : columns.Values.FirstOrDefault(column => column.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private BoundExpression Column(SqlColumn written, BindingScope scope)
    {
        if (written.Table is { } table && !table.Equals(tableAlias ?? tableName, StringComparison.OrdinalIgnoreCase))
        {
            throw text.Error(Reasons.SqlUnknownTable, written.Place, $"There is no table {Naming.Quote(table)} in this query",
                "Write the column's name alone, in double quotes if it holds points.");
        }

        if (written.Name.Equals("participant", StringComparison.OrdinalIgnoreCase))
        {
            return scope == BindingScope.Grouping ? new BoundParticipant(written.Place) : throw text.Error(Reasons.SqlNotSupported, written.Place,
                "The pseudo-column participant can be grouped by and shown, not filtered or computed with", "Choose whom to ask with --participants.");
        }

        if (Find(written.Name) is not { } column)
        {
            return Alias(written.Name) ?? throw Unknown(written);
        }

        if (column.Role is ColumnRole.Identifier or ColumnRole.Hidden)
        {
            throw text.Error(Reasons.SqlColumnNotUsable, written.Place,
                $"The column {Naming.Quote(column.Name)} is {(column.Role == ColumnRole.Hidden ? "hidden" : "an identifier")} and never used in a question",
                "Ask without it.");
        }

        var raw = new BoundColumn(column, written.Place);
        return scope == BindingScope.Raw ? raw : GroupingForm(raw);
    }

    private static BoundExpression GroupingForm(BoundColumn raw) => raw.Column switch
    {
        { Cuts.Count: > 0 } => new BoundCall(Operator.Bucket, [raw], Grain.Unspecified, ColumnTypes.Int),
        { Grain: not Grain.Unspecified } column => new BoundCall(Operator.DateTrunc, [raw], column.Grain,
            TypeRules.ResultOf(Operator.DateTrunc, [column.Type], column.Grain)!),
        _ => raw,
    };

    private ExchangeException Unknown(SqlColumn written)
    {
        var usable = columns.Values.Where(column => column.Role is ColumnRole.Dimension or ColumnRole.Measure).Select(column => column.Name);
        var nearest = NearestName.Of(written.Name, usable.Append("participant"));
        return text.Error(Reasons.SqlUnknownColumn, written.Place, $"The product has no column {Naming.Quote(written.Name)}",
            nearest is null ? "See the columns with `product show`." : $"Did you mean {Naming.Quote(nearest)}?");
    }

    private BoundExpression Operation(SqlOperation operation, BindingScope scope)
    {
        var arguments = operation.Arguments.Select(argument => Bind(argument, scope)).ToList();
        if (scope == BindingScope.Grouping && operation.Operator is not (Operator.IsNull or Operator.IsNotNull))
        {
            arguments.ForEach(argument => RefuseInterval(argument, operation.Place));
        }

        return operation.Operator is Operator.DateTrunc or Operator.Extract
            ? Calendar(operation, arguments[0])
            : _fitter.Call(operation, arguments);
    }

    /// <summary>A calendar unit of a column with a grain is one of its truncated value, and finer ones do not exist.</summary>
    private BoundExpression Calendar(SqlOperation operation, BoundExpression argument)
    {
        if (argument is BoundCall { Operator: Operator.DateTrunc, Arguments: [BoundColumn { Column.Grain: not Grain.Unspecified } raw] } truncated)
        {
            if (!CalendarUnits.IsNotFiner(operation.Grain, raw.Column.Grain))
            {
                var grain = raw.Column.Grain.ToString().ToLowerInvariant();
                throw text.Error(Reasons.SqlNotGroupable, operation.Place, $"The column {Naming.Quote(raw.Column.Name)} is known by {grain}, not finer",
                    $"Use {grain} or a longer unit.");
            }

            if (operation.Operator == Operator.DateTrunc && operation.Grain == truncated.Grain)
            {
                return truncated;
            }
        }

        return _fitter.Call(operation, [argument]);
    }

    private BoundCase Case(SqlCase @case, BindingScope scope)
    {
        var branches = @case.Branches.Select(branch => (Condition(branch.Condition, scope, "CASE WHEN"), Bind(branch.Result, scope))).ToList();
        var otherwise = @case.Otherwise is null ? null : Bind(@case.Otherwise, scope);
        branches.ForEach(branch => RefuseInterval(branch.Item2, @case.Place));
        if (otherwise is not null)
        {
            RefuseInterval(otherwise, @case.Place);
        }

        return _fitter.Case(@case, branches, otherwise);
    }

    private void RefuseInterval(BoundExpression expression, int? place)
    {
        if ((expression is BoundKey key ? key.Key : expression) is BoundCall { Operator: Operator.Bucket, Arguments: [BoundColumn column] })
        {
            throw text.Error(Reasons.SqlNotSupported, place, $"The intervals of {Naming.Quote(column.Column.Name)} can be grouped by, shown and sorted, not computed with",
                "Filter its raw values with WHERE.");
        }
    }

    private BoundAggregate Aggregate(SqlAggregate aggregate)
    {
        List<BoundExpression> arguments = aggregate.Function == AggregateFunction.CountUnits
            ? [Unit(aggregate)]
            : [.. aggregate.Arguments.Select(argument => Argument(argument, aggregate.Function))];
        if (aggregate.Function is AggregateFunction.Min or AggregateFunction.Max or AggregateFunction.Quantile)
        {
            RequireGrid(arguments[0], aggregate);
        }

        var filter = aggregate.Filter is null ? null : Condition(aggregate.Filter, BindingScope.Raw, "FILTER");
        return new BoundAggregate(aggregate.Function, arguments.ElementAtOrDefault(0), arguments.ElementAtOrDefault(1), filter,
            ResultOf(aggregate.Function, arguments.ElementAtOrDefault(0)?.Type))
        { Fraction = aggregate.Fraction };
    }

    /// <summary>Of identifiers only the privacy unit is counted.</summary>
    private BoundColumn Unit(SqlAggregate aggregate)
    {
        if (aggregate.Arguments[0] is SqlColumn written && (written.Table is null || written.Table.Equals(tableAlias ?? tableName, StringComparison.OrdinalIgnoreCase))
            && Find(written.Name) is { } column && column == unit)
        {
            return new BoundColumn(column, written.Place);
        }

        throw text.Error(Reasons.SqlNotAggregatable, aggregate.Arguments[0].Place ?? aggregate.Place, "COUNT(DISTINCT) counts the product's unit and nothing else",
            unit is not null ? $"Use COUNT(DISTINCT {BoundText.Name(unit.Name)})." : "Every row is a unit of its own: use COUNT(*).");
    }

    /// <summary>Smallest, largest and quantile come from a histogram on the product's grid.</summary>
    private void RequireGrid(BoundExpression argument, SqlAggregate aggregate)
    {
        var name = BoundText.Name(aggregate.Function).ToUpperInvariant();
        if (argument is not BoundColumn column)
        {
            throw text.Error(Reasons.SqlNotAggregatable, aggregate.Arguments[0].Place ?? aggregate.Place, $"{name} is served of a measure as it is, not of what is computed from one",
                $"Compute with {name} of the measure.");
        }

        if (ValueGrid.Of(column.Column) is null)
        {
            throw text.Error(Reasons.SqlNotAggregatable, column.Place ?? aggregate.Place,
                $"The measure {Naming.Quote(column.Column.Name)} has no `step` and bounds in the product, so there is no histogram to find a {(name == "MEDIAN" ? "quantile" : name)} in",
                "Use AVG, or ask the product's publisher for a version whose measure has a step.");
        }
    }

    private BoundExpression Argument(SqlExpression written, AggregateFunction function)
    {
        var bound = Bind(written, BindingScope.Raw);
        if (DimensionIn(bound) is { } dimension)
        {
            throw text.Error(Reasons.SqlNotAggregatable, dimension.Place ?? written.Place,
                $"The column {Naming.Quote(dimension.Column.Name)} is a dimension ({TypeWords.Of(dimension.Column.Type)}) and cannot be aggregated",
                function == AggregateFunction.Count
                    ? $"Use COUNT(*) FILTER (WHERE {BoundText.Name(dimension.Column.Name)} IS NOT NULL), or group by it."
                    : "Aggregate a measure, and group by this column.");
        }

        return bound.Type is { } type && ColumnTypes.IsNumeric(type)
            ? bound
            : throw text.Error(Reasons.SqlNotAggregatable, written.Place, $"{BoundText.Name(function).ToUpperInvariant()} needs a number", "Aggregate a measure.");
    }

    /// <summary>A dimension whose value, not only a condition on it, goes into the argument.</summary>
    private static BoundColumn? DimensionIn(BoundExpression expression) => expression switch
    {
        BoundColumn { Column.Role: ColumnRole.Dimension } column => column,
        BoundCall call => call.Arguments.Select(DimensionIn).FirstOrDefault(found => found is not null),
        BoundCase @case => @case.Branches.Select(branch => branch.Result).Append(@case.Otherwise)
            .Select(result => result is null ? null : DimensionIn(result)).FirstOrDefault(found => found is not null),
        _ => null,
    };

    private static ColumnType ResultOf(AggregateFunction function, ColumnType? argument) => function switch
    {
        AggregateFunction.CountRows or AggregateFunction.Count or AggregateFunction.CountUnits => ColumnTypes.Int,
        AggregateFunction.Sum when argument!.Kind == TypeKind.Decimal => ColumnTypes.Decimal(ColumnTypes.DecimalDigitsMax, argument.Scale),
        AggregateFunction.Sum => argument!,
        _ => ColumnTypes.Double,
    };
}
