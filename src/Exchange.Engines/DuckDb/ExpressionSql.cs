using System.Globalization;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

namespace Exchange.Engines.DuckDb;

/// <summary>Writes approved expressions as DuckDB SQL. Columns are noted so that only those are read.</summary>
internal sealed class ExpressionSql(Product product, SqlText text)
{
    private readonly SortedSet<string> _columns = new(StringComparer.Ordinal);

    /// <summary>Stored columns that the expressions written so far read.</summary>
    public IReadOnlyCollection<string> Columns => _columns;

    /// <summary>Writes one expression.</summary>
    public string Write(Expression expression) => expression.KindCase switch
    {
        Expression.KindOneofCase.Literal => Literal(expression.Literal),
        Expression.KindOneofCase.Column => Column(expression.Column),
        Expression.KindOneofCase.Call => Call(expression.Call),
        Expression.KindOneofCase.CaseExpression => Case(expression.CaseExpression),
        _ => throw Unknown(),
    };

    /// <summary>
    /// An expression that fails on a row is NULL there, because whether a statement fails tells what its rows hold. Off unless set: where
    /// answers are exact, a failure is told.
    /// </summary>
    public bool ErrorsAreNull { get; init; }

    /// <summary>Writes a whole expression, with <see cref="ErrorsAreNull"/> applied; only arithmetic can fail.</summary>
    public string WriteWithoutError(Expression expression) => ErrorsAreNull && CanFail(expression) ? $"TRY({Write(expression)})" : Write(expression);

    /// <summary>A stored column by its physical name.</summary>
    public string Stored(string name)
    {
        _columns.Add(name);
        return SqlText.Identifier(name);
    }

    private bool CanFail(Expression expression) => expression.KindCase switch
    {
        Expression.KindOneofCase.Column => product.Columns[expression.Column].Derived is not null,
        Expression.KindOneofCase.Call => expression.Call.Operator is >= Operator.Add and <= Operator.Negate || expression.Call.Arguments.Any(CanFail),
        Expression.KindOneofCase.CaseExpression => true,
        _ => false,
    };

    private string Column(string name)
    {
        var column = product.Columns[name];
        return column.Derived is null ? Stored(column.SourceName) : "(" + Write(column.Derived) + ")";
    }

    private string Literal(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.None => "NULL",
        Value.KindOneofCase.StringValue => text.Parameter(value.StringValue),
        Value.KindOneofCase.IntValue => SqlText.Number(value.IntValue),
        Value.KindOneofCase.DoubleValue => SqlText.Number(value.DoubleValue),
        Value.KindOneofCase.BoolValue => value.BoolValue ? "TRUE" : "FALSE",
        Value.KindOneofCase.DecimalValue => Decimal(value.DecimalValue),
        Value.KindOneofCase.DateValue => $"(DATE '1970-01-01' + CAST({SqlText.Number((long)value.DateValue)} AS INTEGER))",
        Value.KindOneofCase.TimestampValue => $"make_timestamp({SqlText.Number(value.TimestampValue)})",
        _ => throw Unknown(),
    };

    private string Decimal(string plain)
    {
        var point = plain.IndexOf('.', StringComparison.Ordinal);
        var scale = point < 0 ? 0 : plain.Length - point - 1;
        var precision = Math.Max(plain.Count(char.IsAsciiDigit), 1);
        return string.Create(CultureInfo.InvariantCulture, $"CAST({text.Parameter(plain)} AS DECIMAL({precision},{scale}))");
    }

    private string Call(Call call)
    {
        string Argument(int index) => Write(call.Arguments[index]);
        string Infix(string sign) => "(" + string.Join(sign, call.Arguments.Select(Write)) + ")";
        return call.Operator switch
        {
            Operator.Add => Infix(" + "),
            Operator.Subtract => Infix(" - "),
            Operator.Multiply => Infix(" * "),
            Operator.Divide => $"(CAST({Argument(0)} AS DOUBLE) / nullif(CAST({Argument(1)} AS DOUBLE), 0))",
            Operator.Negate => $"(- {Argument(0)})",
            Operator.Equal => Infix(" = "),
            Operator.NotEqual => Infix(" <> "),
            Operator.Less => Infix(" < "),
            Operator.LessOrEqual => Infix(" <= "),
            Operator.Greater => Infix(" > "),
            Operator.GreaterOrEqual => Infix(" >= "),
            Operator.And => Infix(" AND "),
            Operator.Or => Infix(" OR "),
            Operator.Not => $"(NOT {Argument(0)})",
            Operator.IsNull => $"({Argument(0)} IS NULL)",
            Operator.IsNotNull => $"({Argument(0)} IS NOT NULL)",
            Operator.In => $"({Argument(0)} IN ({string.Join(", ", call.Arguments.Skip(1).Select(Write))}))",
            Operator.DateTrunc => $"CAST(date_trunc('{Unit(call.Grain)}', {Argument(0)}) AS {(call.Grain == Grain.Hour ? "TIMESTAMP" : "DATE")})",
            Operator.Extract => $"date_part('{Unit(call.Grain)}', {Argument(0)})",
            Operator.Bucket => Bucket(call.Arguments[0]),
            _ => throw Unknown(),
        };
    }

    /// <summary>How many cut points are at or below the value: 0 below the first. NULL stays NULL, as comparison does.</summary>
    private string Bucket(Expression argument)
    {
        var cuts = product.Columns[argument.Column].Cuts;
        var value = Write(argument);
        return "CAST(" + string.Join(" + ", cuts.Select(cut => $"CAST({value} >= {SqlText.Number(cut)} AS INTEGER)")) + " AS BIGINT)";
    }

    private string Case(CaseExpression expression) =>
        "(CASE " + string.Join(' ', expression.Branches.Select(branch => $"WHEN {Write(branch.Condition)} THEN {Write(branch.Result)}"))
        + (expression.Otherwise is null ? "" : " ELSE " + Write(expression.Otherwise)) + " END)";

    private static string Unit(Grain grain) => grain switch
    {
        Grain.Year => "year",
        Grain.Quarter => "quarter",
        Grain.Month => "month",
        Grain.Week => "week",
        Grain.Day => "day",
        Grain.Hour => "hour",
        _ => throw Unknown(),
    };

    private static ExchangeException Unknown() =>
        Reasons.InvalidRequest.Because("The fragment holds an expression that the engine does not know.", "Bring both sides to the same version.");
}
