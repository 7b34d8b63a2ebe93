using System.Globalization;
using Dapper;
using Exchange.Node.Catalog;
using Exchange.Node.Hosting;
using Exchange.Node.Storage;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Agreements;

/// <summary>Finds agreements by other things than their full id: for lists, abbreviated ids and work that is due.</summary>
internal sealed class AgreementIndex(StateStore state, NodeIdentity identity)
{
    /// <summary>Fewest characters of an abbreviated id.</summary>
    public const int AbbreviationMin = 6;

    private const int IdCharacters = 26;

    /// <summary>The full id that begins so.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.AgreementUnknown"/>, <see cref="Reasons.AgreementAmbiguous"/>.</exception>
    public string Resolve(string abbreviated)
    {
        if (abbreviated.Length is < AbbreviationMin or > IdCharacters || !abbreviated.All(char.IsAsciiLetterOrDigit))
        {
            throw Reasons.InvalidRequest.Because(
                "That is not an agreement's id.", $"Give the id of {IdCharacters} characters, or at least its first {AbbreviationMin}.");
        }

        // '~' sorts behind every character of an id.
        var ids = state.Read(connection => connection.Query<string>(
            "SELECT id FROM agreements WHERE id >= @from AND id < @to LIMIT 2", new { from = abbreviated, to = abbreviated + "~" }).ToList());
        return ids.Count switch
        {
            1 => ids[0],
            0 => throw Unknown(),
            _ => throw Reasons.AgreementAmbiguous.Because("More than one agreement's id begins so.", "Give more characters of the id."),
        };
    }

    /// <summary>One page, newest first.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.InvalidRequest"/>.</exception>
    public (IReadOnlyList<AgreementRecord> Agreements, string NextPageToken) Page(int pageSize, string pageToken)
    {
        var size = Paging.SizeOf(pageSize);
        var (created, id) = ParseToken(pageToken);
        var rows = state.Read(connection => connection.Query<(byte[] Bytes, long Created)>(
            "SELECT agreement, created FROM agreements WHERE (created, id) < (@created, @id) ORDER BY created DESC, id DESC LIMIT @limit",
            new { created, id, limit = size + 1 }).ToList());
        var page = rows.Take(size).Select(row => AgreementStore.Parse(row.Bytes)).ToList();
        return (page, rows.Count > size ? string.Create(CultureInfo.InvariantCulture, $"{rows[size - 1].Created}.{page[^1].Id}") : "");
    }

    /// <summary>As consumer: ids of agreements with other owners that are neither in force nor ended as far as this node knows, oldest first.</summary>
    public IReadOnlyList<string> Undecided(int limit) => Ids(
        "SELECT id FROM agreements WHERE consumer = @self AND provider <> @self AND state < @finalized ORDER BY created LIMIT @limit",
        new { self = identity.ParticipantId, finalized = (int)AgreementState.Finalized, limit });

    /// <summary>Ids of agreements past their end whose end is not written down yet.</summary>
    public IReadOnlyList<string> Due(DateTimeOffset now, int limit) => Ids(
        "SELECT id FROM agreements WHERE state <> 7 AND ends <= @now ORDER BY ends LIMIT @limit", new { now = now.ToUnixTimeMilliseconds(), limit });

    /// <summary>The refusal for an agreement that is not there, or is not the caller's to know of.</summary>
    public static ExchangeException Unknown() => Reasons.AgreementUnknown.Because(
        "There is no such agreement.", "List the agreements with `exchange agreement list`.");

    private IReadOnlyList<string> Ids(string sql, object parameters) => state.Read(connection => connection.Query<string>(sql, parameters).ToList());

    private static (long Created, string Id) ParseToken(string pageToken)
    {
        if (pageToken.Length == 0)
        {
            return (long.MaxValue, "");
        }

        var dot = pageToken.IndexOf('.');
        return dot > 0 && long.TryParse(pageToken.AsSpan(0, dot), NumberStyles.None, CultureInfo.InvariantCulture, out var created)
            ? (created, pageToken[(dot + 1)..])
            : throw Reasons.InvalidRequest.Because("The page token is not one this node gave.", "Take it from the response before, or leave it empty.");
    }
}
