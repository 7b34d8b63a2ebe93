using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Client.Files;
using Exchange.Client.Queries;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Cli.Queries;

/// <summary>An answer as the one JSON document that scripts rely on. Written, not built: answers may have many rows.</summary>
internal static class AnswerJson
{
    /// <summary>An answer whose receipts hold.</summary>
    public static string Of(VerifiedAnswer answer)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            Write(json, answer.Sql, answer.Response, answer.Witnesses);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>A question that got no answer.</summary>
    public static JsonObject Refused(string sql, ExchangeException failure) =>
        new() { ["sql"] = sql, ["error"] = ErrorOutput.ToJson(failure.Reason.Name, failure.Message, failure.Action) };

    private static void Write(Utf8JsonWriter json, string sql, RunQueryResponse answer, int witnesses)
    {
        json.WriteStartObject();
        json.WriteString("query_id", answer.QueryId);
        json.WriteString("sql", sql);
        WriteColumns(json, answer);
        if (answer.Error is { } error)
        {
            json.WritePropertyName("error");
            ErrorOutput.ToJson(error.Reason, error.Message, error.Action).WriteTo(json);
        }
        else
        {
            WriteRows(json, answer);
        }

        json.WriteString("release", Words.Of(answer.Release));
        json.WriteString("aggregation", Words.Of(answer.Aggregation));
        WriteSuppressed(json, answer, answer.Coverage.Sum(part => part.SuppressedCells));
        WriteCohort(json, answer);
        WriteRunningBesideRows(json, answer);
        json.WriteStartArray("coverage");
        foreach (var part in answer.Coverage)
        {
            Write(json, part, answer);
        }

        json.WriteEndArray();
        json.WriteBoolean("verified", true);
        if (witnesses > 0)
        {
            json.WriteNumber("witnesses_verified", witnesses);
        }

        json.WriteNumber("elapsed_ms", Math.Round(answer.Elapsed?.ToTimeSpan().TotalMilliseconds ?? 0, 1));
        json.WriteStartArray("notes");
        foreach (var note in answer.Notes)
        {
            json.WriteStringValue(note);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteCohort(Utf8JsonWriter json, RunQueryResponse answer)
    {
        if (answer.Cohort is not { } cohort)
        {
            return;
        }

        json.WriteStartObject("cohort");
        json.WriteString("id", Convert.ToHexStringLower(cohort.Id.Span));
        json.WriteStartArray("participants");
        foreach (var participant in cohort.Participants)
        {
            json.WriteStringValue(participant);
        }

        json.WriteEndArray();
        json.WriteNumber("min_nodes", cohort.MinNodes);
        json.WriteNumber("threshold", cohort.Threshold);
        json.WriteEndObject();
    }

    private static void WriteColumns(Utf8JsonWriter json, RunQueryResponse answer)
    {
        json.WriteStartArray("columns");
        foreach (var column in answer.Columns)
        {
            json.WriteStartObject();
            json.WriteString("name", column.Name);
            json.WriteString("type", column.Type);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteRows(Utf8JsonWriter json, RunQueryResponse answer)
    {
        json.WriteStartArray("rows");
        foreach (var row in answer.Rows)
        {
            json.WriteStartArray();
            foreach (var value in row.Values)
            {
                Write(json, value);
            }

            json.WriteEndArray();
        }

        json.WriteEndArray();
    }

    // Exact figures have no error bounds; "checked" publishes no units that only touch a row.
    private static void WriteBounds(Utf8JsonWriter json, ResultRow row)
    {
        if (row.ErrorBounds.Count == 0)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartArray();
        for (var column = 0; column < row.Values.Count; column++)
        {
            if (row.ErrorBounds.FirstOrDefault(bound => bound.Column == column) is not { } bound)
            {
                json.WriteNullValue();
                continue;
            }

            json.WriteStartObject();
            json.WriteNumber("low", bound.Low);
            json.WriteNumber("high", bound.High);
            if (bound.HasStdError)
            {
                json.WriteNumber("std_error", bound.StdError);
            }
            else
            {
                json.WriteNull("std_error");
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteRunningBesideRows(Utf8JsonWriter json, RunQueryResponse answer)
    {
        json.WriteStartArray("error_bounds");
        foreach (var row in answer.Rows)
        {
            WriteBounds(json, row);
        }

        json.WriteEndArray();
        json.WriteStartArray("row_coverage");
        foreach (var row in answer.Rows)
        {
            json.WriteStartObject();
            json.WriteNumber("participants", row.Participants);
            json.WriteNumber("touching_units", row.TouchingUnits);
            if (row.Parts.Count > 0)
            {
                WriteCover(json, row);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCover(Utf8JsonWriter json, ResultRow row)
    {
        json.WriteBoolean("uneven", row.Uneven);
        json.WritePropertyName("coarser_grouping");
        if (row.Coarser is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteStartArray();
            foreach (var name in row.Coarser.Dimensions)
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        }

        json.WriteStartArray("by_participant");
        foreach (var part in row.Parts)
        {
            json.WriteStartObject();
            json.WriteString("participant", part.ParticipantId);
            json.WriteNumber("covered_units", part.CoveredUnits);
            json.WriteNumber("touching_units", part.TouchingUnits);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    // A safe table withholds parts of blocks, not cells; in a secure sum nobody says what it withholds.
    private static void WriteSuppressed(Utf8JsonWriter json, RunQueryResponse answer, long cells)
    {
        if (answer.Release == ReleaseClass.Table || answer.Aggregation == Aggregation.Secure)
        {
            json.WriteNull("suppressed_cells");
        }
        else
        {
            json.WriteNumber("suppressed_cells", cells);
        }
    }

    private static void Write(Utf8JsonWriter json, ParticipantCoverage part, RunQueryResponse answer)
    {
        json.WriteStartObject();
        json.WriteString("participant", part.ParticipantId);
        json.WriteString("status", Words.Of(part.Status));
        json.WriteString("reason", part.Refusal?.Reason);
        if (part.Refusal is { } refusal)
        {
            json.WriteString("message", refusal.Message);
            json.WriteString("action", refusal.Action);
        }

        WriteSuppressed(json, answer, part.SuppressedCells);
        json.WriteStartArray("rules");
        foreach (var rule in part.Rules)
        {
            json.WriteStringValue(rule);
        }

        json.WriteEndArray();
        if (part.DatasetVersion > 0)
        {
            json.WriteNumber("dataset_version", part.DatasetVersion);
        }

        WriteNoise(json, part.Noise);
        // What an unreachable participant sent was not checked, so it is not shown.
        Write(json, part.Status == CoverageStatus.Unreachable ? null : part.Receipt);
        json.WriteEndObject();
    }

    private static void WriteNoise(Utf8JsonWriter json, NoiseReport? noise)
    {
        if (noise is null)
        {
            return;
        }

        json.WriteStartObject("noise");
        json.WriteString("mechanism", "discrete gaussian");
        json.WriteNumber("rho", noise.Rho);
        json.WriteBoolean("repeated_answer", noise.RepeatedAnswer);
        json.WriteNumber("rho_left", noise.RhoLeft);
        json.WriteNumber("groups_per_unit", noise.GroupsPerUnit);
        json.WriteNumber("rows_per_group", noise.RowsPerGroup);
        json.WriteNumber("key_threshold", noise.KeyThreshold);
        json.WriteNumber("delta", noise.Delta);
        json.WriteNumber("parts_left_out", noise.PartsLeftOut);
        json.WriteStartArray("aggregates");
        foreach (var column in noise.Columns)
        {
            json.WriteStartObject();
            json.WriteNumber("count_sigma", column.CountSigma);
            json.WriteNumber("sum_sigma", column.SumSigma);
            json.WriteNumber("square_sigma", column.SquareSigma);
            json.WriteNumber("low", column.Low);
            json.WriteNumber("high", column.High);
            json.WriteNumber("step", column.Step);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Receipt? receipt)
    {
        if (receipt is null)
        {
            json.WriteNull("receipt");
            return;
        }

        json.WriteStartObject("receipt");
        json.WriteNumber("seq", receipt.Seq);
        json.WritePropertyName("leaf");
        // Canonical bytes stay as they are: they can be cut out and checked.
        json.WriteRawValue(receipt.Leaf.Span);
        json.WriteString("key_id", receipt.KeyId);
        json.WriteStartArray("inclusion_proof");
        foreach (var hash in receipt.InclusionProof)
        {
            json.WriteBase64StringValue(hash.Span);
        }

        json.WriteEndArray();
        json.WriteString("checkpoint", receipt.Checkpoint.ToStringUtf8());
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Value value)
    {
        switch (value.KindCase)
        {
            case Value.KindOneofCase.IntValue:
                json.WriteNumberValue(value.IntValue);
                break;
            case Value.KindOneofCase.DoubleValue when double.IsFinite(value.DoubleValue):
                json.WriteNumberValue(value.DoubleValue);
                break;
            case Value.KindOneofCase.DecimalValue:
                json.WriteRawValue(value.DecimalValue);
                break;
            case Value.KindOneofCase.BoolValue:
                json.WriteBooleanValue(value.BoolValue);
                break;
            case Value.KindOneofCase.None or Value.KindOneofCase.DoubleValue:
                json.WriteNullValue();
                break;
            default:
                json.WriteStringValue(ValueText.Of(value));
                break;
        }
    }
}
