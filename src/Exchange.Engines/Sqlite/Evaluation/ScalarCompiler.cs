using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Products;

namespace Exchange.Engines.Sqlite.Evaluation;

/// <summary>Makes expressions ready to be computed. A stored column is read through the function it is given.</summary>
internal sealed class ScalarCompiler(Product product, Func<string, Scalar> stored, Overflow overflow)
{
    /// <summary>A whole expression: where an overflow is NULL, all of it is.</summary>
    public Scalar CompileWhole(Expression expression) => overflow.Guard(Compile(expression));

    private Scalar Compile(Expression expression) => expression.KindCase switch
    {
        Expression.KindOneofCase.Literal => Literal(expression.Literal),
        Expression.KindOneofCase.Column => Column(expression.Column),
        Expression.KindOneofCase.Call => Call(expression.Call),
        Expression.KindOneofCase.CaseExpression => Case(expression.CaseExpression),
        _ => throw Unknown(),
    };

    private Scalar Column(string name) => product.Columns[name] is { Derived: { } derived } ? Compile(derived) : stored(product.Columns[name].SourceName);

    private static Constant Literal(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.None => Constant.Null(TypeKind.Int),
        Value.KindOneofCase.StringValue => Constant.Of(TypeKind.String, value.StringValue),
        Value.KindOneofCase.IntValue => Constant.Of(TypeKind.Int, value.IntValue),
        Value.KindOneofCase.DoubleValue => Constant.Of(TypeKind.Double, value.DoubleValue),
        Value.KindOneofCase.BoolValue => Constant.Of(TypeKind.Bool, value.BoolValue ? 1L : 0L),
        Value.KindOneofCase.DateValue => Constant.Of(TypeKind.Date, (long)value.DateValue),
        Value.KindOneofCase.TimestampValue => Constant.Of(TypeKind.Timestamp, value.TimestampValue),
        Value.KindOneofCase.DecimalValue => Decimal(value.DecimalValue),
        _ => throw Unknown(),
    };

    private static Constant Decimal(string plain)
    {
        var point = plain.IndexOf('.', StringComparison.Ordinal);
        var scale = point < 0 ? 0 : plain.Length - point - 1;
        return Decimals.TryParse(plain, 38, scale, out var unscaled) ? Constant.Of(TypeKind.Decimal, unscaled, scale) : throw Unknown();
    }

    private Scalar Call(Call call)
    {
        var arguments = call.Arguments.Select(Compile).ToArray();
        return call.Operator switch
        {
            Operator.Add or Operator.Subtract or Operator.Multiply => Arithmetic(call.Operator, arguments[0], arguments[1]),
            Operator.Divide => new RealArithmetic(Operator.Divide, arguments[0], arguments[1]),
            Operator.Negate => new Negation(arguments[0], overflow),
            >= Operator.Equal and <= Operator.GreaterOrEqual => Compare(call.Operator, arguments[0], arguments[1]),
            Operator.And => new Junction(isAnd: true, arguments),
            Operator.Or => new Junction(isAnd: false, arguments),
            Operator.Not => new Denial(arguments[0]),
            Operator.IsNull => new NullTest(arguments[0], expected: true),
            Operator.IsNotNull => new NullTest(arguments[0], expected: false),
            Operator.In => new Junction(isAnd: false, [.. arguments.Skip(1).Select(value => Compare(Operator.Equal, arguments[0], value))]),
            Operator.DateTrunc => new Truncation(call.Grain, arguments[0]),
            Operator.Extract => new Extraction(call.Grain, arguments[0]),
            Operator.Bucket => new Bucket(arguments[0], [.. product.Columns[call.Arguments[0].Column].Cuts]),
            _ => throw Unknown(),
        };
    }

    private Scalar Arithmetic(Operator sign, Scalar left, Scalar right)
    {
        if (left.Kind == TypeKind.Double || right.Kind == TypeKind.Double)
        {
            return new RealArithmetic(sign, left, right);
        }

        return left.Kind == TypeKind.Decimal || right.Kind == TypeKind.Decimal ? new ExactArithmetic(sign, left, right, overflow) : new WholeArithmetic(sign, left, right, overflow);
    }

    private Scalar Compare(Operator sign, Scalar left, Scalar right)
    {
        if (left is Constant { IsAlwaysNull: true } || right is Constant { IsAlwaysNull: true })
        {
            return Constant.Null(TypeKind.Bool);
        }

        return (left.Kind, right.Kind) switch
        {
            (TypeKind.Date, TypeKind.Timestamp) => new Comparison(sign, new Midnight(left), right, overflow),
            (TypeKind.Timestamp, TypeKind.Date) => new Comparison(sign, left, new Midnight(right), overflow),
            _ => new Comparison(sign, left, right, overflow),
        };
    }

    /// <summary>The results of a CASE are brought to one type, as SQL does; a NULL takes that of the others.</summary>
    private Choice Case(CaseExpression expression)
    {
        var branches = expression.Branches.Select(branch => (Condition: Compile(branch.Condition), Result: Compile(branch.Result))).ToArray();
        var otherwise = expression.Otherwise is null ? Constant.Null(TypeKind.Int) : Compile(expression.Otherwise);
        var results = branches.Select(branch => branch.Result).Append(otherwise).Where(result => result is not Constant { IsAlwaysNull: true }).ToList();
        var kind = results.Count == 0 ? TypeKind.Int
            : results.Exists(result => result.Kind == TypeKind.Double) ? TypeKind.Double
            : results.Exists(result => result.Kind == TypeKind.Decimal) ? TypeKind.Decimal
            : results.Exists(result => result.Kind == TypeKind.Timestamp) ? TypeKind.Timestamp
            : results[0].Kind;
        var scale = results.Count == 0 ? 0 : results.Max(result => result.Scale);
        Scalar Cast(Scalar result) => result is Constant { IsAlwaysNull: true } ? Constant.Null(kind, scale)
            : kind == TypeKind.Timestamp && result.Kind == TypeKind.Date ? new Midnight(result)
            : result;
        return new Choice(kind, scale, [.. branches.Select(branch => (branch.Condition, Cast(branch.Result)))], Cast(otherwise), overflow);
    }

    private static ExchangeException Unknown() =>
        Reasons.InvalidRequest.Because("The fragment holds an expression that the engine does not know.", "Bring both sides to the same version.");
}
