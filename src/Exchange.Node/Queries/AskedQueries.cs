using Dapper;
using Exchange.Node.Storage;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Queries;

/// <summary>The questions this node asked, with their answers.</summary>
internal sealed class AskedQueries(StateStore state, TimeProvider time)
{
    /// <summary>
    /// Stores a question that is about to be asked, in place of its answer a refusal that says so. Asked again under its id after this
    /// node died in the middle, it is repeated as the same bytes, and owners that had answered answer from their store.
    /// </summary>
    public void Begin(SqliteConnection connection, RunQueryRequest request, SignedBytes query, int owners)
    {
        var unfinished = Reasons.QuestionUnfinished.Because("The node asked this question and has no outcome of it: it is under way, or was cut off.", "Ask again.");
        Insert(connection, request, owners, "DO NOTHING", new RunQueryResponse
        {
            QueryId = JointQuery.Parser.ParseFrom(query.Payload).QueryId,
            Query = query,
            Error = new Refusal { Reason = unfinished.Reason.Name, Message = unfinished.Message, Action = unfinished.Action },
        });
    }

    /// <summary>Stores a question and its answer; asked again under its id, the newer answer counts.</summary>
    public void Store(SqliteConnection connection, RunQueryRequest request, RunQueryResponse response) =>
        Insert(connection, request, response.Coverage.Count, "DO UPDATE SET asked = excluded.asked, answered = excluded.answered, response = excluded.response", response);

    private void Insert(SqliteConnection connection, RunQueryRequest request, int owners, string onConflict, RunQueryResponse response) => connection.Execute(
        "INSERT INTO asked(query_id, sql, purpose, created, asked, answered, response) VALUES(@QueryId, @Sql, @Purpose, @created, @owners, @answered, @bytes) ON CONFLICT " + onConflict,
        new
        {
            response.QueryId,
            request.Sql,
            request.Purpose,
            created = time.GetUtcNow().ToUnixTimeMilliseconds(),
            owners,
            answered = response.Coverage.Count(coverage => coverage.Status == CoverageStatus.Answered),
            bytes = response.ToByteArray(),
        });

    /// <summary>The question of that id, or null.</summary>
    public AskedQuery? Find(string queryId)
    {
        var row = state.Read(connection => connection.QuerySingleOrDefault<Row>("SELECT sql, purpose, response FROM asked WHERE query_id = @queryId", new { queryId }));
        return row is null ? null : new AskedQuery(row.Sql, row.Purpose, RunQueryResponse.Parser.ParseFrom(row.Response));
    }

    /// <summary>Questions, newest first, from an offset.</summary>
    public IReadOnlyList<QuerySummary> List(int offset, int count) => state.Read(connection => connection.Query<Row>(
            "SELECT query_id AS QueryId, sql, purpose, created, asked, answered FROM asked ORDER BY created DESC, query_id LIMIT @count OFFSET @offset", new { count, offset })
        .Select(row => new QuerySummary
        {
            QueryId = row.QueryId,
            Sql = row.Sql,
            Purpose = row.Purpose,
            CreateTime = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(row.Created)),
            Asked = row.Asked,
            Answered = row.Answered,
        }).ToList());

    private sealed class Row
    {
        public string QueryId { get; init; } = "";

        public string Sql { get; init; } = "";

        public string Purpose { get; init; } = "";

        public long Created { get; init; }

        public int Asked { get; init; }

        public int Answered { get; init; }

        public byte[] Response { get; init; } = [];
    }
}

/// <summary>An earlier question.</summary>
internal sealed record AskedQuery(string Sql, string Purpose, RunQueryResponse Response);
