using System.Security.Cryptography;
using System.Text;
using Dapper;
using Exchange.Node.Peers;
using Exchange.Node.Queries;
using Exchange.Node.Storage;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Google.Protobuf;
using Microsoft.Data.Sqlite;
using GetAgreementRequest = Exchange.Protocol.Agreement.V1.GetAgreementRequest;

namespace Exchange.Node.Sessions;

/// <summary>
/// Answers over the survivors of a roster. Owners admit no second sum of the same data that differs from the first by few participants, so the roster cannot
/// be asked again until another is far enough from both: who asks the same again gets the answer there is, and no sum is begun. It goes with the data:
/// once one of those that it is over says that another version answers, the question is asked anew.
/// </summary>
internal sealed class SumAnswers(StateStore state, AskedQueries asked, PeerClients peers, TimeProvider time)
{
    // It asks for what each has in memory.
    private static readonly TimeSpan VersionTimeMax = TimeSpan.FromSeconds(5);

    /// <summary>Names a question as it is asked of a roster.</summary>
    public static byte[] QuestionOf(RunQueryRequest request, QueryPlan plan)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(request.Sql)));
        hash.AppendData(SHA256.HashData(plan.Fragment.ToByteArray()));
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', [request.Purpose, plan.Release.ToString(), .. plan.Targets.Select(target => target.ParticipantId)])));
        return hash.GetHashAndReset();
    }

    /// <summary>The stored answer, or null where there is none of the data that the owners have now. One that cannot say keeps it, with a note.</summary>
    /// <param name="question">See <see cref="QuestionOf"/>.</param>
    /// <param name="plan">Under which agreements its owners are asked.</param>
    /// <param name="timeLeft">How long they may take.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    public async Task<RunQueryResponse?> FindAsync(byte[] question, QueryPlan plan, TimeSpan timeLeft, CancellationToken cancellationToken)
    {
        var queryId = state.Read(connection => connection.QuerySingleOrDefault<string>("SELECT query_id FROM secure_answers WHERE question = @question", new { question }));
        if (queryId is null || asked.Find(queryId)?.Response is not { } stored)
        {
            return null;
        }

        var limit = timeLeft < VersionTimeMax ? timeLeft : VersionTimeMax;
        var members = stored.Coverage.Where(part => part.Status == CoverageStatus.Answered).ToList();
        var now = await Task.WhenAll(members.Select(member => VersionAsync(plan.Targets.Single(target => target.ParticipantId == member.ParticipantId), limit, cancellationToken))).ConfigureAwait(false);
        if (members.Zip(now).Any(one => one.Second is { } version && version != one.First.DatasetVersion))
        {
            return null;
        }

        stored.Notes.Add("secure: this is the stored answer over those that were left when the question was asked; `--roster` with its id asks them anew.");
        if (members.Where((_, at) => now[at] is null).Select(member => member.ParticipantId).ToList() is { Count: > 0 } silent)
        {
            stored.Notes.Add($"secure: {string.Join(',', silent)} could not be asked whether they have the same data still.");
        }

        return stored;
    }

    /// <summary>Keeps the answer of an id for who asks the same again.</summary>
    public static void Keep(SqliteConnection connection, byte[] question, string queryId) => connection.Execute(
        "INSERT INTO secure_answers(question, query_id) VALUES(@question, @queryId) ON CONFLICT DO UPDATE SET query_id = excluded.query_id", new { question, queryId });

    // Null where the owner does not say.
    private async Task<int?> VersionAsync(QueryTarget target, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await PeerCall.RunAsync(
                $"node of {target.ParticipantId}", limit, time,
                async token => (await new AgreementService.AgreementServiceClient(await peers.ForAsync(target.ParticipantId, token).ConfigureAwait(false))
                    .GetAgreementAsync(new GetAgreementRequest { AgreementId = target.AgreementId }, cancellationToken: token).ConfigureAwait(false)).DatasetVersion,
                cancellationToken).ConfigureAwait(false);
        }
        catch (ExchangeException)
        {
            return null;
        }
    }
}
