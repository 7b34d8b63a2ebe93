using System.Security.Cryptography;
using System.Text;
using Dapper;
using Exchange.Node.Queries;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Errors;
using Exchange.Query.Approval;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Sessions;

/// <summary>
/// Over whom this owner's sums were. Two sums whose members differ by few would be subtracted to the figures of those few:
/// <see cref="RosterRule"/> decides. Over all of the roster whatever was asked of the same data, for a figure of one question may be had
/// from others: a count beside a sum, groups added up, two filters and the whole. Cell by cell for sums of one question. Whoever asks:
/// askers may put their answers together.
/// </summary>
/// <remarks>A set is stored before the shares that open its sum leave, in the transaction that looks at the others once more. Nothing is ever forgotten.</remarks>
internal sealed class RosterStore
{
    /// <summary>Names the rows that a question is about.</summary>
    public static byte[] DataOf(AdmittedFragment admitted) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [admitted.Source.Location, .. admitted.Source.Parts, admitted.Source.Stamp?.ToString() ?? ""])));

    /// <summary>Names a question about certain rows: its plan in normal form, and the class it is answered in.</summary>
    public static byte[] QuestionOf(AdmittedFragment admitted)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(NormalForm.Of(admitted.Query.Fragment).Fragment.ToByteArray());
        hash.AppendData(Encoding.UTF8.GetBytes("\n" + admitted.Query.Release));
        hash.AppendData(DataOf(admitted));
        return hash.GetHashAndReset();
    }

    /// <summary>Refuses a roster that is too close to sums there were.</summary>
    /// <param name="connection">Reads, or the transaction that stores.</param>
    /// <param name="data">See <see cref="DataOf"/>.</param>
    /// <param name="members">Over whom the sum would be.</param>
    /// <param name="minNodes">Fewest that any difference of sums may be of.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.RosterTooClose"/>, naming rosters that would pass.</exception>
    public static void Check(SqliteConnection connection, byte[] data, IReadOnlyCollection<string> members, int minNodes)
    {
        var rosters = connection.Query<string>("SELECT DISTINCT members FROM survivor_sets WHERE data = @data ORDER BY members", new { data })
            .Select(IReadOnlySet<string> (names) => names.Split('\n').ToHashSet(StringComparer.Ordinal)).ToList();
        var decision = RosterRule.Decide(rosters, minNodes, members.ToHashSet(StringComparer.Ordinal));
        if (!decision.IsAdmitted)
        {
            throw Reasons.RosterTooClose.Because(
                $"Together with sums there were of the same data, one over these participants would tell the figures of fewer than {minNodes}.",
                $"These would pass: {string.Join("; or ", decision.WouldPass.Select(roster => string.Join(',', roster)))}.");
        }
    }

    /// <summary>Stores over whom a sum is, and each of its cells, having looked at the others once more.</summary>
    /// <param name="connection">The transaction.</param>
    /// <param name="data">See <see cref="DataOf"/>.</param>
    /// <param name="question">See <see cref="QuestionOf"/>.</param>
    /// <param name="members">Over whom the sum is, in ordinal order.</param>
    /// <param name="cells">Over whom each cell is, in an order that the question alone decides.</param>
    /// <param name="minNodes">As in <see cref="Check"/>.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.RosterTooClose"/>.</exception>
    public static void Record(
        SqliteConnection connection, byte[] data, byte[] question, IReadOnlyList<string> members, IReadOnlyList<IReadOnlyCollection<string>> cells, int minNodes, long now)
    {
        Check(connection, data, members, minNodes);
        CheckCells(Recorded(connection, question), cells, minNodes);
        var places = members.Select((name, place) => (name, place)).ToDictionary(one => one.name, one => one.place, StringComparer.Ordinal);
        var bits = new byte[cells.Count * ((members.Count + 7) / 8)];
        for (var cell = 0; cell < cells.Count; cell++)
        {
            var positions = cells[cell].Select(name => places[name]);
            ParticipantSet.Of(members.Count, positions).Bytes.CopyTo(bits.AsMemory(cell * ((members.Count + 7) / 8)));
        }

        connection.Execute(
            "INSERT INTO survivor_sets(question, data, members, cells, created) VALUES(@question, @data, @members, @bits, @now) ON CONFLICT DO NOTHING",
            new { question, data, members = string.Join('\n', members), bits, now });
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

    // Rosters that differ by many may differ by one in a cell. Cells that are over the same participants in every sum are decided on once.
    private static void CheckCells(List<RecordedSum> recorded, IReadOnlyList<IReadOnlyCollection<string>> cells, int minNodes)
    {
        if (recorded.Count == 0)
        {
            return;
        }

        var decided = new HashSet<string>(StringComparer.Ordinal);
        for (var cell = 0; cell < cells.Count; cell++)
        {
            var before = recorded.Where(sum => cell < sum.CellCount).Select(sum => sum.MembersOf(cell)).ToList();
            var text = string.Join('\n', before.Append(cells[cell].ToHashSet(StringComparer.Ordinal)).Select(set => string.Join(',', set.Order(StringComparer.Ordinal))));
            if (cells[cell].Count > 0 && decided.Add(text)
                && !RosterRule.Decide([.. before.Where(set => set.Count > 0)], minNodes, cells[cell].ToHashSet(StringComparer.Ordinal)).IsAdmitted)
            {
                throw Reasons.RosterTooClose.Because(
                    $"Together with sums of this question that there were, a row of this one would tell the figures of fewer than {minNodes} participants.",
                    $"Ask one of the sums there were again: {string.Join("; or ", recorded.Take(RosterRule.NamedMax).Select(sum => string.Join(',', sum.Names)))}.");
            }
        }
    }

    private static List<RecordedSum> Recorded(SqliteConnection connection, byte[] question) =>
        [.. connection.Query<(string Members, byte[] Cells)>("SELECT members, cells FROM survivor_sets WHERE question = @question ORDER BY rowid", new { question })
            .Select(row => new RecordedSum(row.Members.Split('\n'), row.Cells))];

    /// <summary>A sum there was.</summary>
    /// <param name="Names">Over whom, in order.</param>
    /// <param name="Bits">Per cell, which of them it is over.</param>
    private sealed record RecordedSum(string[] Names, byte[] Bits)
    {
        public int CellCount => Bits.Length / Length;

        private int Length => (Names.Length + 7) / 8;

        public IReadOnlySet<string> MembersOf(int cell) =>
            ParticipantSet.Parse(Names.Length, Bits.AsSpan(cell * Length, Length)).Select(position => Names[position]).ToHashSet(StringComparer.Ordinal);
    }
}
