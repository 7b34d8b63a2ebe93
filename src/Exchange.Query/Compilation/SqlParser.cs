using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;
using Exchange.Protocol.Errors;

namespace Exchange.Query.Compilation;

/// <summary>
/// DuckDB's own parser, by <c>json_serialize_sql</c>: the text is a parameter and never runs. One in-memory connection serves the
/// process; a parse takes well under a millisecond, so a lock around it is enough.
/// </summary>
internal static class SqlParser
{
    /// <summary>Deepest nesting of the parser's tree, in JSON levels; more than twice what a plan may have.</summary>
    private const int TreeDepthMax = 400;

    private const string Serialize = "SELECT json_serialize_sql(CAST(? AS VARCHAR), skip_default := true, skip_null := true)";

    private static readonly Lock Gate = new();
    private static DuckDBConnection? _connection;

    /// <summary>Parses one SELECT of the supported SQL.</summary>
    /// <exception cref="ExchangeException">A slip, or something that is not supported, with its place.</exception>
    public static SqlSyntax Parse(QueryText text)
    {
        using var tree = Tree(text);
        return new SqlTreeReader(text).Query(tree.RootElement);
    }

    /// <summary>Parses one scalar expression, such as that of a derived measure.</summary>
    public static SqlExpression ParseExpression(QueryText expression)
    {
        var text = new QueryText("SELECT " + expression.Text);
        using var tree = Tree(text);
        return new SqlTreeReader(text).LoneExpression(tree.RootElement);
    }

    private static JsonDocument Tree(QueryText text)
    {
        JsonDocument tree;
        try
        {
            tree = JsonDocument.Parse(Run(text.Text), new JsonDocumentOptions { MaxDepth = TreeDepthMax });
        }
        catch (DuckDBException)
        {
            throw Reasons.SqlSyntax.Because("The SQL cannot be read.", "Write one SELECT of dimensions and aggregates.");
        }
        catch (JsonException)
        {
            // The only trees that are no JSON for us: too deep, or with a number beyond a double's range.
            throw Reasons.SqlTooLarge.Because("The SQL is nested too deeply or holds a number that is too large.", "Write a simpler question.");
        }

        if (tree.RootElement.GetProperty("error").GetBoolean())
        {
            using (tree)
            {
                throw ErrorOf(tree.RootElement, text);
            }
        }

        return tree;
    }

    private static string Run(string text)
    {
        lock (Gate)
        {
            _connection ??= Open();
            using var command = _connection.CreateCommand();
            command.CommandText = Serialize;
            command.Parameters.Add(new DuckDBParameter(text));
            return (string)command.ExecuteScalar()!;
        }
    }

    private static DuckDBConnection Open()
    {
        var connection = new DuckDBConnection("DataSource=:memory:;threads=1;memory_limit=64MB");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SET autoload_known_extensions=false; SET autoinstall_known_extensions=false; SET enable_external_access=false; SET lock_configuration=true";
        command.ExecuteNonQuery();
        return connection;
    }

    /// <summary>The parser's error without its own text, which repeats what stands at the place, be it a literal.</summary>
    private static ExchangeException ErrorOf(JsonElement error, QueryText text)
    {
        if (error.TryGetProperty("error_type", out var type) && type.GetString() == "not implemented")
        {
            return text.Error(Reasons.SqlNotSupported, 0, "Only SELECT is supported", "Write one SELECT of dimensions and aggregates.");
        }

        if (error.TryGetProperty("error_message", out var message) && message.GetString()!.StartsWith("Max expression depth", StringComparison.Ordinal))
        {
            return Reasons.SqlTooLarge.Because("The SQL is nested too deeply.", "Write a simpler question.");
        }

        int? place = error.TryGetProperty("position", out var position) && int.TryParse(position.GetString(), CultureInfo.InvariantCulture, out var offset)
            ? text.BytesBefore(offset) : null;
        var near = place is { } at && text.WordAt(at) is { } word ? $" near {word}" : "";
        return text.Error(Reasons.SqlSyntax, place, $"The SQL has a slip{near}", "Correct it there or just before.");
    }
}
