using System.Text.Json;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;

namespace Exchange.Query.Compilation;

/// <summary>Reads function calls: arithmetic, calendar functions and aggregates; others are refused by their name.</summary>
internal sealed class SqlFunctionReader(QueryText text, SqlExpressionReader expressions)
{
    private static readonly Dictionary<string, AggregateFunction> Aggregates = new(StringComparer.OrdinalIgnoreCase)
    {
        ["count"] = AggregateFunction.Count,
        ["sum"] = AggregateFunction.Sum,
        ["avg"] = AggregateFunction.Avg,
        ["mean"] = AggregateFunction.Avg,
        ["var_samp"] = AggregateFunction.VarSamp,
        ["variance"] = AggregateFunction.VarSamp,
        ["var_pop"] = AggregateFunction.VarPop,
        ["stddev_samp"] = AggregateFunction.StddevSamp,
        ["stddev"] = AggregateFunction.StddevSamp,
        ["stddev_pop"] = AggregateFunction.StddevPop,
        ["corr"] = AggregateFunction.Corr,
        ["covar_samp"] = AggregateFunction.CovarSamp,
        ["covar_pop"] = AggregateFunction.CovarPop,
        ["min"] = AggregateFunction.Min,
        ["max"] = AggregateFunction.Max,
        ["median"] = AggregateFunction.Quantile,
        ["quantile_cont"] = AggregateFunction.Quantile,
    };

    private static readonly HashSet<string> Discrete = new(StringComparer.OrdinalIgnoreCase) { "quantile", "quantile_disc", "percentile_disc" };

    private static readonly Dictionary<string, Grain> Units = new(StringComparer.OrdinalIgnoreCase)
    {
        ["year"] = Grain.Year,
        ["quarter"] = Grain.Quarter,
        ["month"] = Grain.Month,
        ["week"] = Grain.Week,
        ["day"] = Grain.Day,
        ["hour"] = Grain.Hour,
    };

    public SqlExpression Read(JsonElement node, int? place)
    {
        var name = node.GetProperty("function_name").GetString()!;
        if (name.Equals("count_star", StringComparison.OrdinalIgnoreCase) || Aggregates.ContainsKey(name) || Discrete.Contains(name))
        {
            return Aggregate(node, name, place);
        }

        if (node.TryGetProperty("filter", out _) || IsTrue(node, "distinct"))
        {
            throw Unsupported(place, $"{name.ToUpperInvariant()} is not a supported aggregate", "Use COUNT, SUM, AVG, VAR_SAMP, STDDEV_SAMP, MIN, MAX, MEDIAN, QUANTILE_CONT, CORR or COVAR_SAMP.");
        }

        return name.ToLowerInvariant() switch
        {
            "+" or "-" or "*" or "/" => Arithmetic(node, name, place),
            "date_trunc" or "datetrunc" => Calendar(node, Operator.DateTrunc, place),
            "date_part" or "datepart" => Calendar(node, Operator.Extract, place),
            var unit when Units.TryGetValue(unit, out var grain) => new SqlOperation(place, Operator.Extract, Arguments(node, name, 1, place), grain),
            "//" => throw Unsupported(place, "Integer division (//) is not supported", "Use / , which gives a double."),
            "%" or "mod" or "^" or "**" or "pow" or "power" => throw Unsupported(place, "The operators % and ^ are not supported", "Use + - * / ."),
            "||" or "concat" => throw Unsupported(place, "Joining texts is not supported", "Select the columns side by side."),
            "~~" or "!~~" or "~~*" or "!~~*" or "~~~" or "like_escape" or "not_like_escape" or "ilike_escape" or "not_ilike_escape" =>
                throw Unsupported(place, "LIKE is not supported", "Use = or IN with the whole values."),
            "regexp_full_match" or "regexp_matches" => throw Unsupported(place, "Regular expressions are not supported", "Use = or IN with the whole values."),
            "to_days" or "to_months" or "to_years" or "to_hours" or "to_minutes" or "to_seconds" or "to_weeks" =>
                throw Unsupported(place, "INTERVAL is not supported", "Write the date itself."),
            _ => throw Unsupported(place, $"The function {Expressions.Naming.Quote(name)} is not supported",
                "Use arithmetic, CASE, date_trunc, extract and the aggregates COUNT, SUM, AVG, VAR, STDDEV, MIN, MAX, MEDIAN, QUANTILE_CONT, CORR and COVAR."),
        };
    }

    private SqlAggregate Aggregate(JsonElement node, string name, int? place)
    {
        var shown = name.ToUpperInvariant();
        if (Discrete.Contains(name))
        {
            throw Unsupported(place, $"{shown}, a quantile without interpolation, is not supported", "Use QUANTILE_CONT.");
        }

        var ordered = node.TryGetProperty("order_bys", out var order) && order.TryGetProperty("orders", out var orders) && orders.GetArrayLength() > 0 ? orders : default;
        if (name.Equals("quantile_cont", StringComparison.OrdinalIgnoreCase) && !IsTrue(node, "distinct"))
        {
            return Quantile(node, ordered, place);
        }

        if (ordered.ValueKind == JsonValueKind.Array)
        {
            throw Unsupported(place, "ORDER BY inside an aggregate is not supported", "Leave it out.");
        }

        if (IsTrue(node, "distinct"))
        {
            return name.Equals("count", StringComparison.OrdinalIgnoreCase)
                ? new SqlAggregate(place, AggregateFunction.CountUnits, Arguments(node, name, 1, place), Filter(node, place))
                : throw Unsupported(place, $"{shown} with DISTINCT is not supported", "Leave DISTINCT out.");
        }

        if (name.Equals("count_star", StringComparison.OrdinalIgnoreCase))
        {
            return new SqlAggregate(place, AggregateFunction.CountRows, [], Filter(node, place));
        }

        var function = Aggregates[name];
        var arguments = Arguments(node, name, function is AggregateFunction.Corr or AggregateFunction.CovarSamp or AggregateFunction.CovarPop ? 2 : 1, place);
        return function == AggregateFunction.Count && arguments[0] is SqlLiteral { Value: not null }
            ? new SqlAggregate(place, AggregateFunction.CountRows, [], Filter(node, place))
            : new SqlAggregate(place, function, arguments, Filter(node, place)) { Fraction = function == AggregateFunction.Quantile ? 0.5 : 0 };
    }

    /// <summary>QUANTILE_CONT(x, 0.9), or PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY x), which the parser gives the same name.</summary>
    private SqlAggregate Quantile(JsonElement node, JsonElement ordered, int? place)
    {
        var arguments = expressions.Children(node, place);
        if (ordered.ValueKind == JsonValueKind.Array)
        {
            if (ordered.GetArrayLength() != 1 || arguments.Count != 1)
            {
                throw Unsupported(place, "PERCENTILE_CONT over more than one order is not supported", "Write PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY x).");
            }

            if (ordered[0].GetProperty("type").GetString() == "DESCENDING")
            {
                throw Unsupported(place, "DESC inside PERCENTILE_CONT is not supported", "Order ascending, and use 1 minus the fraction.");
            }

            arguments = [expressions.Read(ordered[0].GetProperty("expression"), place), arguments[0]];
        }

        var fraction = arguments.Count != 2 ? null : arguments[1] switch
        {
            SqlLiteral { Value: Int128 whole } => (double?)whole,
            SqlLiteral { Value: Expressions.ExactDecimal exact } => exact.ToDouble(),
            SqlLiteral { Value: double real } => real,
            _ => null,
        };
        return fraction is >= 0 and <= 1
            ? new SqlAggregate(place, AggregateFunction.Quantile, [arguments[0]], Filter(node, place)) { Fraction = fraction.Value }
            : throw Unsupported(place, "QUANTILE_CONT without one constant fraction from 0 to 1 is not supported", "Write QUANTILE_CONT(x, 0.9).");
    }

    private SqlExpression? Filter(JsonElement node, int? place) => node.TryGetProperty("filter", out var filter) ? expressions.Read(filter, place) : null;

    private SqlExpression Arithmetic(JsonElement node, string name, int? place)
    {
        var arguments = expressions.Children(node, place);
        return (name, arguments.Count) switch
        {
            ("+", 1) => arguments[0],
            ("-", 1) => new SqlOperation(place, Operator.Negate, arguments),
            ("+", 2) => new SqlOperation(place, Operator.Add, arguments),
            ("-", 2) => new SqlOperation(place, Operator.Subtract, arguments),
            ("*", 2) => new SqlOperation(place, Operator.Multiply, arguments),
            ("/", 2) => new SqlOperation(place, Operator.Divide, arguments),
            _ => throw Unsupported(place, "An operator with this number of arguments is not supported", "Use + - * / between two values."),
        };
    }

    private SqlOperation Calendar(JsonElement node, Operator function, int? place)
    {
        var arguments = Arguments(node, function == Operator.DateTrunc ? "date_trunc" : "extract", 2, place);
        return arguments[0] is SqlLiteral { Value: string unit } && Units.TryGetValue(unit.TrimEnd('s'), out var grain)
            ? new SqlOperation(place, function, [arguments[1]], grain)
            : throw Unsupported(place, "This calendar unit is not supported", "Use year, quarter, month, week, day or hour.");
    }

    private List<SqlExpression> Arguments(JsonElement node, string name, int count, int? place)
    {
        var arguments = expressions.Children(node, place);
        return arguments.Count == count
            ? arguments
            : throw text.Error(Reasons.SqlSyntax, place, $"{name.ToUpperInvariant()} takes {(count == 1 ? "one argument" : count + " arguments")}", "Correct its arguments.");
    }

    private ExchangeException Unsupported(int? place, string what, string instead) => text.Error(Reasons.SqlNotSupported, place, what, instead);

    private static bool IsTrue(JsonElement node, string name) => node.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
