using System.Globalization;
using Exchange.Cli.Queries;
using Exchange.Client;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Attacks;

/// <summary>All that an asker gets to see: rows with what stands beside them, notes, and refusals.</summary>
internal sealed class Reply
{
    private Reply(IReadOnlyList<Row> rows, string refusal, RunQueryResponse? response, string json) =>
        (Rows, Refusal, Response, Json) = (rows, refusal, response, json);

    /// <summary>In the order of the answer.</summary>
    public IReadOnlyList<Row> Rows { get; }

    /// <summary>Reason of the refusal; empty where there is an answer.</summary>
    public string Refusal { get; }

    /// <summary>As the node returned it; null where it refused the call.</summary>
    public RunQueryResponse? Response { get; }

    /// <summary>As the command line prints it.</summary>
    public string Json { get; }

    /// <summary>The one figure of an answer with one row and one column; null for NULL, a withheld row or a refusal.</summary>
    public decimal? Figure => Rows.Count == 1 ? Rows[0].Number(0) : null;

    public static async Task<Reply> OfAsync(ExchangeClient attacker, RunQueryRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await attacker.Queries.RunAsync(request, cancellationToken);
            var response = answer.Response;
            var rows = response.Rows.Select(row => new Row([.. row.Values.Select(Plain)], row.TouchingUnits, row.Parts.Count == 0 ? null : row.Parts.Sum(part => part.CoveredUnits))).ToList();
            return new Reply(rows, response.Error?.Reason ?? "", response, AnswerJson.Of(answer));
        }
        catch (ExchangeException refusal)
        {
            return new Reply([], refusal.Reason.Name, null, AnswerJson.Refused(request.Sql, refusal).ToJsonString());
        }
    }

    private static object? Plain(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.None => null,
        Value.KindOneofCase.IntValue => (decimal)value.IntValue,
        Value.KindOneofCase.DecimalValue => decimal.Parse(value.DecimalValue, CultureInfo.InvariantCulture),
        Value.KindOneofCase.DoubleValue => value.DoubleValue,
        Value.KindOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        Value.KindOneofCase.DateValue => DateTime.UnixEpoch.AddDays(value.DateValue).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => value.StringValue,
    };

    /// <summary>One row.</summary>
    /// <param name="Values">Exact numbers as decimal, floating ones as double, everything else as text.</param>
    /// <param name="Touching">Units that may belong to it too.</param>
    /// <param name="Covered">Units of the blocks in it; null where nothing touches it.</param>
    internal sealed record Row(IReadOnlyList<object?> Values, long Touching, long? Covered)
    {
        /// <summary>A number; null for NULL.</summary>
        public decimal? Number(int column) => Values[column] switch
        {
            null => null,
            double number => (decimal)number,
            var value => (decimal)value,
        };

        /// <summary>A key as text.</summary>
        public string Text(int column) => Values[column] is null ? "NULL" : (string)Values[column]!;
    }
}
