using System.Security.Cryptography;
using System.Text;
using Dapper;
using Exchange.Node.Queries;
using Exchange.Node.Storage;
using Exchange.Protocol.Owner.V1;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Sessions;

/// <summary>
/// Answers over the survivors of a roster. Owners admit no second sum that differs from the first by few participants, so the roster cannot be asked
/// again until another is far enough from both: who asks the same again gets the answer there is, and nobody is called.
/// </summary>
internal sealed class SumAnswers(StateStore state, AskedQueries asked)
{
    /// <summary>Names a question as it is asked of a roster.</summary>
    public static byte[] QuestionOf(RunQueryRequest request, QueryPlan plan)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(request.Sql)));
        hash.AppendData(SHA256.HashData(plan.Fragment.ToByteArray()));
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', [request.Purpose, plan.Release.ToString(), .. plan.Targets.Select(target => target.ParticipantId)])));
        return hash.GetHashAndReset();
    }

    /// <summary>The stored answer, or null.</summary>
    public RunQueryResponse? Find(byte[] question) =>
        state.Read(connection => connection.QuerySingleOrDefault<string>("SELECT query_id FROM secure_answers WHERE question = @question", new { question })) is { } queryId
            ? asked.Find(queryId)?.Response : null;

    /// <summary>Keeps the answer of an id for who asks the same again.</summary>
    public static void Keep(SqliteConnection connection, byte[] question, string queryId) => connection.Execute(
        "INSERT INTO secure_answers(question, query_id) VALUES(@question, @queryId) ON CONFLICT DO UPDATE SET query_id = excluded.query_id", new { question, queryId });
}
