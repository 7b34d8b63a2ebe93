using Dapper;
using Exchange.Node.Storage;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Agreements;

/// <summary>Word that is owed to the other side of an agreement, and the agreement as it is told.</summary>
/// <param name="Seq">Grows with every decision: delivering this one takes no later one out.</param>
/// <param name="Attempts">How often it was tried in vain.</param>
/// <param name="Agreement">As it stood when this was read.</param>
internal sealed record OwedWord(long Seq, int Attempts, AgreementRecord Agreement);

/// <summary>
/// What this node owes to other nodes about agreements: at most one row per agreement, written in the transaction of the
/// decision and deleted once the other side has answered. So a crash anywhere, on either side, at worst says a thing twice.
/// What is said is the agreement as it stands then, so a newer decision takes the place of an older one not yet told.
/// </summary>
internal sealed class AgreementOutbox(StateStore state, TimeProvider time)
{
    /// <summary>Time until the second attempt; doubles with every one.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);

    /// <summary>Longest time between two attempts: several fall within the hour in which an owner takes a request.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>Adds or renews the row, due at once. For use inside a write.</summary>
    public static void Put(SqliteConnection connection, string agreementId) =>
        connection.Execute("INSERT OR REPLACE INTO outbox(agreement, due) VALUES(@agreementId, 0)", new { agreementId });

    /// <summary>Deletes the row, if there is one. For use inside a write.</summary>
    public static void Remove(SqliteConnection connection, string agreementId) =>
        connection.Execute("DELETE FROM outbox WHERE agreement = @agreementId", new { agreementId });

    /// <summary>How long to wait after that many attempts in vain.</summary>
    public static TimeSpan PauseAfter(int attempts) =>
        attempts > 10 ? LongestPause : TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << Math.Max(0, attempts - 1)));

    /// <summary>Makes every row due; how often each was tried stays.</summary>
    public Task HurryAsync(CancellationToken cancellationToken) =>
        state.WriteAsync(connection => { connection.Execute("UPDATE outbox SET due = 0"); }, cancellationToken);

    /// <summary>Who has not heard words although they were tried, and how many of them.</summary>
    /// <param name="state">The node's state.</param>
    /// <param name="self">This participant.</param>
    public static IReadOnlyList<(string Participant, long Words)> Undelivered(StateStore state, string self) => state.Read(connection => connection.Query<byte[]>(
            "SELECT agreements.agreement FROM outbox JOIN agreements ON agreements.id = outbox.agreement WHERE outbox.attempts > 0").ToList())
        .Select(bytes => AgreementStore.Parse(bytes).Terms)
        .GroupBy(terms => terms.Provider == self ? terms.Consumer : terms.Provider)
        .Select(group => (group.Key, (long)group.Count())).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();

    /// <summary>Ids of agreements whose row is due, longest first.</summary>
    public IReadOnlyList<string> Due(int limit) => state.Read(connection => connection.Query<string>(
        "SELECT agreement FROM outbox WHERE due <= @now ORDER BY due, seq LIMIT @limit", new { now = time.GetUtcNow().ToUnixTimeMilliseconds(), limit }).ToList());

    /// <summary>
    /// The row of that agreement, or null. Row and agreement are of one moment: an agreement out of memory could be older than
    /// its row, and what it says would then count as the newer word.
    /// </summary>
    public OwedWord? Find(string agreementId) => state.Read(connection => connection
        .Query<(long Seq, long Attempts, byte[] Bytes)>(
            "SELECT outbox.seq, outbox.attempts, agreements.agreement FROM outbox JOIN agreements ON agreements.id = outbox.agreement WHERE outbox.agreement = @agreementId",
            new { agreementId })
        .Select(row => new OwedWord(row.Seq, (int)row.Attempts, AgreementStore.Parse(row.Bytes)))
        .FirstOrDefault());

    /// <summary>The other side has answered, or nobody wants to hear it any more.</summary>
    public Task DoneAsync(OwedWord word, CancellationToken cancellationToken) => state.WriteAsync(
        connection => { connection.Execute("DELETE FROM outbox WHERE seq = @Seq", new { word.Seq }); }, cancellationToken);

    /// <summary>The other side did not hear it: it is tried again after a pause.</summary>
    public Task PostponeAsync(OwedWord word, CancellationToken cancellationToken) => state.WriteAsync(
        connection =>
        {
            connection.Execute(
                "UPDATE outbox SET attempts = @attempts, due = @due WHERE seq = @Seq",
                new { word.Seq, attempts = word.Attempts + 1, due = (time.GetUtcNow() + PauseAfter(word.Attempts + 1)).ToUnixTimeMilliseconds() });
        }, cancellationToken);
}
