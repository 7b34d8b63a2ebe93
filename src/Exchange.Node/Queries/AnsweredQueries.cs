using System.Collections.Concurrent;
using Dapper;
using Exchange.Node.Audit;
using Exchange.Node.Storage;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Queries;

/// <summary>
/// Remembers what this owner answered. For <see cref="RepeatWindow"/> the same id with the same signed bytes returns the
/// stored answer and its receipt; an id is never good for a second query, however much later.
/// </summary>
internal sealed class AnsweredQueries
{
    /// <summary>How long an answer can be had again.</summary>
    public static readonly TimeSpan RepeatWindow = TimeSpan.FromMinutes(10);

    /// <summary>Largest question kept for replays; of a larger one only its outcome is.</summary>
    public const int QueryBytesMax = 64 << 10;

    private readonly ConcurrentDictionary<(string Caller, string QueryId), Remembered> _recent = new();
    private readonly TimeProvider _time;
    private long _lastSweep;
    private long _lastForgotten;

    public AnsweredQueries(StateStore state, AccessLog log, TimeProvider time)
    {
        _time = time;
        var since = (time.GetUtcNow() - RepeatWindow).ToUnixTimeMilliseconds();
        foreach (var row in state.Read(connection => connection.Query<Row>(
            "SELECT caller, query_id AS QueryId, query_hash AS QueryHash, created, response FROM answered WHERE response IS NOT NULL AND created >= @since", new { since }).ToList()))
        {
            // Stored with the leaf, before the checkpoint over it could be known.
            var response = RunFragmentResponse.Parser.ParseFrom(row.Response);
            log.Prove(response.Receipt);
            _recent[(row.Caller, row.QueryId)] = new Remembered(row.QueryHash, row.Created, response);
        }
    }

    /// <summary>The answer to be repeated, or null when the id is not known to be used.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.QueryIdReused"/>.</exception>
    public RunFragmentResponse? Find(string caller, string queryId, byte[] queryHash)
    {
        if (!_recent.TryGetValue((caller, queryId), out var remembered))
        {
            return null;
        }

        return remembered.QueryHash.AsSpan().SequenceEqual(queryHash) && remembered.Created >= Oldest() ? remembered.Response : throw Reused();
    }

    /// <summary>
    /// Uses the id up for this response, inside the transaction that logs it, and counts it against the offer's queries per day,
    /// which are the caller's whatever its agreements: a renewed or a second one gives no further queries. Refused and failed
    /// queries use nothing up.
    /// </summary>
    /// <param name="connection">The transaction.</param>
    /// <param name="claim">What is used up.</param>
    /// <param name="response">What is repeated to who asks again; null for what can be had once.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.QueryIdReused"/>; <see cref="Reasons.QueryQuotaExceeded"/>.</exception>
    public void Claim(SqliteConnection connection, QueryClaim claim, RunFragmentResponse? response)
    {
        ForgetOldResponses(connection);
        if (claim.QueriesPerDay > 0 && CountOfLastDay(connection, claim) >= claim.QueriesPerDay)
        {
            throw Reasons.QueryQuotaExceeded.Because(
                $"The offer allows {claim.QueriesPerDay} queries in 24 hours, and they are used up.", "Ask again tomorrow, or ask the owner for more.");
        }

        var asked = claim.Asked;
        var claimed = connection.ExecutePrepared(
            """
            INSERT INTO answered(caller, query_id, query_hash, agreement, created, response, offer, product, query, cells, withheld, dataset_version)
            VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT DO NOTHING
            """,
            claim.Caller, claim.QueryId, claim.QueryHash, claim.AgreementId, Now(), response?.ToByteArray(), claim.Offer,
            asked.Product, asked.Query.Length <= QueryBytesMax ? asked.Query.ToByteArray() : null, asked.Cells, asked.Withheld, asked.DatasetVersion);
        if (claimed == 0)
        {
            throw Reused();
        }
    }

    /// <summary>The newest answered queries about a product, newest first, as they were asked and with what came of them.</summary>
    /// <param name="state">The node's state.</param>
    /// <param name="product">The product.</param>
    /// <param name="countMax">At most this many.</param>
    public static IReadOnlyList<AnsweredQuery> Last(StateStore state, string product, int countMax) => state.Read(connection => connection.Query<AnsweredQuery>(
        """
        SELECT caller, query_id AS QueryId, created, offer, query, cells, withheld, dataset_version AS DatasetVersion FROM answered
        WHERE product = @product ORDER BY created DESC, query_id DESC LIMIT @countMax
        """,
        new { product, countMax }).ToList());

    private long CountOfLastDay(SqliteConnection connection, QueryClaim claim) => connection.NumberPrepared(
        "SELECT COUNT(*) FROM answered WHERE caller = ? AND offer = ? AND created > ?",
        claim.Caller, claim.Offer, (_time.GetUtcNow() - TimeSpan.FromDays(1)).ToUnixTimeMilliseconds());

    // Ids and questions are kept for ever, answers only while they can be asked for.
    private void ForgetOldResponses(SqliteConnection connection)
    {
        var now = Now();
        if (now - _lastForgotten < 60_000)
        {
            return;
        }

        _lastForgotten = now;
        connection.Execute("UPDATE answered SET response = NULL WHERE response IS NOT NULL AND created < @oldest", new { oldest = Oldest() });
    }

    /// <summary>Makes a durable response available for repetition.</summary>
    public void Remember(QueryClaim claim, RunFragmentResponse response)
    {
        _recent[(claim.Caller, claim.QueryId)] = new Remembered(claim.QueryHash, Now(), response);
        Sweep();
    }

    private void Sweep()
    {
        var now = Now();
        var last = Interlocked.Read(ref _lastSweep);
        if (now - last < 60_000 || Interlocked.CompareExchange(ref _lastSweep, now, last) != last)
        {
            return;
        }

        foreach (var (key, remembered) in _recent)
        {
            if (remembered.Created < Oldest())
            {
                _recent.TryRemove(key, out _);
            }
        }
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private long Oldest() => Now() - (long)RepeatWindow.TotalMilliseconds;

    private static ExchangeException Reused() => Reasons.QueryIdReused.Because("This query id was used before.", "Ask again under a new id.");

    private sealed record Remembered(byte[] QueryHash, long Created, RunFragmentResponse Response);

    private sealed class Row
    {
        public required string Caller { get; init; }

        public required string QueryId { get; init; }

        public required byte[] QueryHash { get; init; }

        public long Created { get; init; }

        public required byte[] Response { get; init; }
    }
}

/// <summary>What an answered query uses up.</summary>
/// <param name="Caller">Who asked.</param>
/// <param name="QueryId">The id it used.</param>
/// <param name="QueryHash">SHA-256 of the signed payload.</param>
/// <param name="AgreementId">The agreement it ran under.</param>
/// <param name="Offer">Name of the agreement's offer, under which the caller's queries are counted.</param>
/// <param name="QueriesPerDay">The offer's limit; 0 for none.</param>
internal sealed record QueryClaim(string Caller, string QueryId, byte[] QueryHash, string AgreementId, string Offer, int QueriesPerDay)
{
    /// <summary>What is kept of it for the owner.</summary>
    public required AskedOfOwner Asked { get; init; }
}

/// <summary>What an owner keeps of a query it answered, to try other rules on it later.</summary>
/// <param name="Product">What it was about.</param>
/// <param name="Query">The signed payload.</param>
/// <param name="Cells">Cells released.</param>
/// <param name="Withheld">Non-empty cells withheld.</param>
/// <param name="DatasetVersion">The version that answered.</param>
internal sealed record AskedOfOwner(string Product, ByteString Query, int Cells, long Withheld, int DatasetVersion);
