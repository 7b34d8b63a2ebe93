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
/// Over whom this owner's sums were, for <see cref="RosterRule"/>: all of the roster whatever was asked of the same data, for a figure of one question may
/// be had from others: a count beside a sum, groups added up, two filters and the whole. Whoever asks: askers may put their answers together.
/// </summary>
/// <remarks>
/// Whom a sum may be over is stored before this owner's values leave, and whom it is over before the shares that open it do, in transactions that look at the
/// others once more. No roster is ever forgotten.
/// </remarks>
internal sealed class RosterStore
{
    /// <summary>Names the rows that a question is about.</summary>
    public static byte[] DataOf(AdmittedFragment admitted) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [admitted.Source.Location, .. admitted.Source.Parts, admitted.Source.Stamp?.ToString() ?? ""])));

    /// <summary>What the owner tells of earlier sums: the largest roster within the cohort that it was in, as positions of the cohort.</summary>
    /// <param name="connection">Reads, or a transaction.</param>
    /// <param name="data">See <see cref="DataOf"/>.</param>
    /// <param name="members">The cohort, in ordinal order.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.RosterTooClose"/> where the cohort is none it was in and does not hold all of those, naming what would pass.</exception>
    public static RosterAtoms EarlierOf(SqliteConnection connection, byte[] data, IReadOnlyList<string> members)
    {
        // Mostly it was in just this one, which is all that counts then.
        if (connection.Query<byte[]?>("SELECT atoms FROM rosters WHERE data = @data AND members = @names", new { data, names = string.Join('\n', members) }).SingleOrDefault() is { } known)
        {
            return RosterAtoms.Of(known.Select(number => (int)number));
        }

        var rosters = connection.Query<(string Members, byte[]? Atoms)>("SELECT members, atoms FROM rosters WHERE data = @data", new { data })
            .Select(row => (Names: row.Members.Split('\n'), row.Atoms)).OrderBy(row => row.Names.Length).ToList();
        var cohort = members.ToHashSet(StringComparer.Ordinal);
        var possible = connection.Query<string>("SELECT DISTINCT members FROM possible_rosters WHERE data = @data", new { data }).Select(names => names.Split('\n')).ToList();
        if (!RosterRule.IsGrowth([.. rosters.Select(row => Set(row.Names))], [.. possible.Select(Set)], cohort))
        {
            var passing = rosters.Select(row => row.Names).Concat(possible).Where(names => rosters.Exists(row => row.Names == names) || possible.TrueForAll(names.ToHashSet(StringComparer.Ordinal).IsSupersetOf));
            throw Reasons.RosterTooClose.Because(
                "Sums of the same data were over participants some of which are not in this one: together they would tell the figures of those, or of the others.",
                $"These would pass: {string.Join("; or ", passing.OrderByDescending(names => names.Length).Take(RosterRule.NamedMax).Select(names => string.Join(',', names)))}. Or more than the first of them.");
        }

        var (names, atoms) = rosters.LastOrDefault(row => cohort.IsSupersetOf(row.Names), ([], []));
        if (atoms is null)
        {
            throw Reasons.RosterTooClose.Because(
                "A sum of the same data was told by an earlier version of the owner's node, which did not record whose figures it can be held against.", "Ask when the owner's data have changed.");
        }

        var numbers = names.Zip(atoms).ToDictionary(one => one.First, one => (int)one.Second, StringComparer.Ordinal);
        return RosterAtoms.Of(members.Select(name => numbers.GetValueOrDefault(name)));
    }

    /// <summary>
    /// Stores, before this owner's values leave, whose values a sum may have with them: who is passed over from here on knows no more of it.
    /// <see cref="Record"/> takes its place.
    /// </summary>
    /// <param name="connection">The transaction.</param>
    /// <param name="data">See <see cref="DataOf"/>.</param>
    /// <param name="cohortId">Names the sum.</param>
    /// <param name="dealers">Whose shares this owner holds, its own among them, in ordinal order.</param>
    /// <param name="isChecked">Whether it is a sum of <c>checked</c>.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.RosterTooClose"/>.</exception>
    public static void Expect(SqliteConnection connection, byte[] data, byte[] cohortId, IReadOnlyList<string> dealers, bool isChecked)
    {
        EarlierOf(connection, data, dealers);
        connection.Execute("INSERT INTO possible_rosters(cohort_id, data, members, is_checked) VALUES(@cohortId, @data, @members, @isChecked)", new { cohortId, data, members = string.Join('\n', dealers), isChecked });
    }

    /// <summary>Stores over whom a sum is, having looked at the others once more.</summary>
    /// <param name="connection">The transaction.</param>
    /// <param name="data">See <see cref="DataOf"/>.</param>
    /// <param name="cohortId">Names the sum.</param>
    /// <param name="cohort">In ordinal order.</param>
    /// <param name="told">What <see cref="EarlierOf"/> gave when the sum was begun.</param>
    /// <param name="atoms">Over whom the sum is.</param>
    /// <param name="isChecked">Whether it is a sum of <c>checked</c>. Others leave a roster's mark as it is, for they are told whoever's data are new.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.RosterTooClose"/>, also where another sum was told since this one was begun, of which the cohort does not know.</exception>
    public static void Record(SqliteConnection connection, byte[] data, byte[] cohortId, IReadOnlyList<string> cohort, RosterAtoms told, RosterAtoms atoms, bool isChecked, long now)
    {
        connection.Execute("DELETE FROM possible_rosters WHERE cohort_id = @cohortId", new { cohortId });
        List<string> members = [.. atoms.Members.Select(position => cohort[position])];
        byte[] numbers = [.. atoms.Members.Select(position => atoms.Bytes.Span[position])];
        var earlier = EarlierOf(connection, data, members);
        // Two that were begun at once over the same members tell the same.
        if (!earlier.Bytes.Span.SequenceEqual(numbers) && !EarlierOf(connection, data, cohort).Equals(told))
        {
            throw Reasons.RosterTooClose.Because("Another sum of the same data was told while this one was under way, and its participants do not all know of it.", "Ask again.");
        }

        connection.Execute(
            """
            INSERT INTO rosters(data, members, atoms, created, mark, is_checked) VALUES(@data, @members, @numbers, @now, @mark, @isChecked)
            ON CONFLICT DO UPDATE SET atoms = excluded.atoms, mark = CASE WHEN excluded.is_checked THEN excluded.mark ELSE mark END, is_checked = max(is_checked, excluded.is_checked)
            """,
            new { data, members = string.Join('\n', members), numbers, now, mark = isChecked ? (long)ToldData.MarkOf(cohortId) : 0, isChecked });
    }

    /// <summary>What the owner says of its data with its keys, by the sums of <c>checked</c> alone.</summary>
    /// <param name="connection">Reads, or a transaction.</param>
    /// <param name="data">See <see cref="DataOf"/>.</param>
    /// <param name="members">The cohort, in ordinal order.</param>
    /// <param name="earlier">What it tells of earlier sums (<see cref="EarlierOf"/>).</param>
    /// <param name="underWay">Ids of cohorts of the same members whose sums of the same data are under way: of two begun at once it says the same in both.</param>
    /// <param name="stamp">Of the data.</param>
    public static ToldData ToldOf(
        SqliteConnection connection, byte[] data, IReadOnlyList<string> members, RosterAtoms earlier, IReadOnlyCollection<byte[]> underWay, ulong stamp)
    {
        var names = string.Join('\n', earlier.Members.Select(position => members[position]));
        var marks = connection.Query<(string Members, long Mark)>("SELECT members, mark FROM rosters WHERE data = @data AND is_checked", new { data }).ToDictionary(row => row.Members, row => (ulong)row.Mark);
        if (marks.Count > 0)
        {
            return new ToldData(DataState.Same, marks.GetValueOrDefault(names), Stamp: stamp);
        }

        var possible = connection.Query<byte[]>("SELECT cohort_id FROM possible_rosters WHERE data = @data AND is_checked ORDER BY number", new { data })
            .ToLookup(id => underWay.Any(id.SequenceEqual), id => ToldData.MarkOf(id));
        List<ulong> attempts = [.. possible[false]];
        return attempts.Count == 0
            ? new ToldData(DataState.New, possible[true].LastOrDefault(), Stamp: stamp)
            : new ToldData(DataState.Unsure, attempts[^1], ToldData.AttemptsOf(attempts), stamp);
    }

    private static HashSet<string> Set(string[] names) => names.ToHashSet(StringComparer.Ordinal);

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
}
