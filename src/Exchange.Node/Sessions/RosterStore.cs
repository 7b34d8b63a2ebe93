using System.Security.Cryptography;
using System.Text;
using Dapper;
using Exchange.Node.Queries;
using Exchange.Protocol.Errors;
using Exchange.Query.Approval;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Sessions;

/// <summary>
/// Over whom this owner's sums were, by question and data. Two sums of one question over the same data, whose members differ by few, would
/// be subtracted to the figures of those few: a roster is admitted if it is one that there was, or differs from each by at least
/// <c>min_nodes</c> participants. Whoever asks: askers may put their answers together.
/// </summary>
/// <remarks>A set is stored before the shares that open its sum leave, in the transaction that looks at the others once more. Nothing is ever forgotten.</remarks>
internal sealed class RosterStore
{
    /// <summary>Names a question about certain data: its plan in normal form, the class it is answered in, and the rows.</summary>
    public static byte[] QuestionOf(AdmittedFragment admitted)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(NormalForm.Of(admitted.Query.Fragment).Fragment.ToByteArray());
        hash.AppendData(Encoding.UTF8.GetBytes(string.Join('\n', [
            "", admitted.Query.Release.ToString(), admitted.Source.Location, .. admitted.Source.Parts, admitted.Source.Stamp?.ToString() ?? ""])));
        return hash.GetHashAndReset();
    }

    /// <summary>Refuses members that are too close to those of another sum.</summary>
    /// <param name="connection">Reads, or the transaction that stores.</param>
    /// <param name="question">See <see cref="QuestionOf"/>.</param>
    /// <param name="members">In ordinal order.</param>
    /// <param name="minNodes">Fewest that two rosters differ by.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.RosterTooClose"/>, naming rosters that would pass.</exception>
    public static void Check(SqliteConnection connection, byte[] question, IReadOnlyCollection<string> members, int minNodes)
    {
        var before = connection.Query<string>("SELECT members FROM survivor_sets WHERE question = @question ORDER BY rowid", new { question })
            .Select(text => text.Split('\n').ToHashSet(StringComparer.Ordinal)).ToList();
        if (before.Any(set => set.SetEquals(members)))
        {
            return;
        }

        var close = before.Where(set => Difference(set, members) < minNodes).ToList();
        if (close.Count > 0)
        {
            throw Reasons.RosterTooClose.Because(
                $"This question was summed over participants that differ from these by fewer than {minNodes}, and their difference would be the figures of few.",
                $"These would pass: {string.Join("; or ", close.Take(3).Select(set => string.Join(',', set.Order(StringComparer.Ordinal))))}; or any that differ from each sum there was by at least {minNodes}.");
        }
    }

    /// <summary>Stores over whom a sum is, having looked at the others once more.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.RosterTooClose"/>.</exception>
    public static void Record(SqliteConnection connection, byte[] question, IReadOnlyCollection<string> members, int minNodes, long now)
    {
        Check(connection, question, members, minNodes);
        connection.Execute(
            "INSERT INTO survivor_sets(question, members, created) VALUES(@question, @members, @now) ON CONFLICT DO NOTHING",
            new { question, members = string.Join('\n', members), now });
    }

    /// <summary>Uses a cohort's id up.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.SessionRepeated"/>.</exception>
    public static void Begin(SqliteConnection connection, byte[] cohortId, AdmittedFragment admitted, long now)
    {
        if (connection.Execute(
            "INSERT INTO sessions(cohort_id, caller, query_id, query_hash, created) VALUES(@cohortId, @Caller, @QueryId, @Hash, @now) ON CONFLICT DO NOTHING",
            new { cohortId, Caller = admitted.Caller.ParticipantId, admitted.Query.QueryId, admitted.Incoming.Hash, now }) == 0)
        {
            throw Reasons.SessionRepeated.Because("This owner began this secure sum before.", "Ask again under a new id.");
        }
    }

    /// <summary>Id and hash of the question whose sum a caller began here, now or before a restart; null for one it did not.</summary>
    public static (string QueryId, byte[] Hash)? FindBegun(SqliteConnection connection, byte[] cohortId, string caller) =>
        connection.Query<(string, byte[])>("SELECT query_id, query_hash FROM sessions WHERE cohort_id = @cohortId AND caller = @caller", new { cohortId, caller })
            .Select(row => ((string, byte[])?)row).SingleOrDefault();

    private static int Difference(HashSet<string> one, IReadOnlyCollection<string> other)
    {
        var both = other.Count(one.Contains);
        return one.Count + other.Count - (2 * both);
    }
}
