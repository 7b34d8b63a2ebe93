using System.Collections.Concurrent;
using Dapper;
using Exchange.Node.Audit;
using Exchange.Node.Hosting;
using Exchange.Node.Storage;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Agreements;

/// <summary>
/// This node's agreements, as owner and as consumer. Each change, its log leaves and the word owed to the other side are one
/// durable write. Reads come from memory; what a write changed is dropped from memory, under the lock that fills it, before the
/// write returns. So the first fragment after a returned revoke sees the revoke.
/// </summary>
internal sealed class AgreementStore(StateStore state, AccessLog log, NodeIdentity identity, TimeProvider time)
{
    /// <summary>Most agreements of one consumer with this owner that have not ended.</summary>
    public const int LivePerConsumerMax = 1_000;

    /// <summary>Most agreements kept in memory.</summary>
    private const int CachedMax = 20_000;

    private readonly Lock _filling = new();
    private readonly ConcurrentDictionary<string, AgreementRecord> _byId = new();
    private readonly ConcurrentDictionary<(string Product, string Purpose), IReadOnlyList<AgreementRecord>> _byUse = new();

    /// <summary>Raised with the id of an agreement that was decided on, before the decision returns; handlers are quick and do not throw.</summary>
    public event Action<string>? Changed;

    /// <summary>The agreement of that full id, or null. Costs one look-up in memory once it was read.</summary>
    public AgreementRecord? Find(string id)
    {
        if (_byId.TryGetValue(id, out var known))
        {
            return known;
        }

        lock (_filling)
        {
            var stored = state.Read(connection => Load(connection, id));
            if (stored is not null)
            {
                if (_byId.Count >= CachedMax)
                {
                    _byId.Clear();
                }

                _byId[id] = stored;
            }

            return stored;
        }
    }

    /// <summary>
    /// As consumer: per provider, ordered by provider, the agreement in force now for product and purpose that ends last; where none
    /// is in force, the newest one there was, so that an answer can say why that provider is missing.
    /// </summary>
    /// <param name="wanted">Terms that are taken before others in force, where one owner has agreed to several.</param>
    public IReadOnlyList<AgreementRecord> ForUse(string productId, string purpose, Func<OfferTerms, bool>? wanted = null)
    {
        var now = time.GetUtcNow();
        var written = _byUse.TryGetValue((productId, purpose), out var known) ? known : LoadByUse(productId, purpose);
        return [.. written.GroupBy(agreement => agreement.Terms.Provider, (_, ofProvider) => Best(ofProvider, now, wanted))];
    }

    // Of those in force the one that ends last, and of these the newest.
    private static AgreementRecord Best(IEnumerable<AgreementRecord> ofProvider, DateTimeOffset now, Func<OfferTerms, bool>? wanted)
    {
        var all = ofProvider.ToList();
        return all.Where(agreement => agreement.At(now) == AgreementLifecycle.Finalized)
            .OrderByDescending(agreement => wanted?.Invoke(agreement.Terms.Offer.Terms) ?? true).ThenByDescending(agreement => agreement.End).ThenByDescending(agreement => agreement.Start)
            .FirstOrDefault() ?? all.MaxBy(agreement => agreement.Start)!;
    }

    /// <summary>Decides on an agreement and writes the outcome with its leaves, all in one transaction.</summary>
    /// <param name="id">Its full id.</param>
    /// <param name="decide">Gets the agreement as it is stored, or null; returns what to write, or null for nothing. What it throws, the caller gets.</param>
    /// <param name="cancellationToken">Ends the wait for the writer, not a write that began.</param>
    /// <returns>The agreement as it is stored now, or null where there is none.</returns>
    public async Task<AgreementRecord?> ChangeAsync(
        string id, Func<SqliteConnection, AgreementRecord?, AgreementChange?> decide, CancellationToken cancellationToken)
    {
        await state.WriteAsync(connection =>
        {
            if (decide(connection, Load(connection, id)) is { } change)
            {
                Save(connection, change);
                foreach (var happened in change.Happened)
                {
                    var (name, details) = change.LeafOf(happened);
                    log.Append(connection, name, details);
                }
            }
        }, cancellationToken).ConfigureAwait(false);
        Forget(id);
        Changed?.Invoke(id);
        return Find(id);
    }

    /// <summary>Refuses one more agreement of a consumer who holds as many as it may. For use inside <see cref="ChangeAsync"/>.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.TooManyAgreements"/>.</exception>
    public void CheckRoom(SqliteConnection connection, string consumer)
    {
        var live = connection.ExecuteScalar<long>(
            "SELECT COUNT(*) FROM agreements WHERE consumer = @consumer AND provider = @self AND state <> @ended AND ends > @now",
            new { consumer, self = identity.ParticipantId, ended = (int)AgreementState.Terminated, now = time.GetUtcNow().ToUnixTimeMilliseconds() });
        if (live >= LivePerConsumerMax)
        {
            throw Reasons.TooManyAgreements.Because(
                $"The consumer holds {LivePerConsumerMax} agreements with this owner that have not ended.", "Use one of them, or let some end.");
        }
    }

    /// <summary>The agreement as a transaction sees it, also where another one before it has not returned yet; null where there is none.</summary>
    public static AgreementRecord? Load(SqliteConnection connection, string id) =>
        connection.QuerySingleOrDefault<byte[]>("SELECT agreement FROM agreements WHERE id = @id", new { id }) is { } bytes ? Parse(bytes) : null;

    /// <summary>As <see cref="Load"/>, inside a body of <see cref="StateStore.WriteAsync{T}"/>.</summary>
    public static AgreementRecord? LoadAgain(SqliteConnection connection, string id) =>
        connection.BytesPrepared("SELECT agreement FROM agreements WHERE id = ?", id) is { } bytes ? Parse(bytes) : null;

    /// <summary>Parses a stored agreement.</summary>
    public static AgreementRecord Parse(byte[] bytes) => AgreementRecord.From(Agreement.Parser.ParseFrom(bytes));

    private void Save(SqliteConnection connection, AgreementChange change)
    {
        var next = change.Next;
        connection.Execute(
            """
            INSERT INTO agreements(id, provider, consumer, product, offer_name, purpose, state, ends, created, updated, agreement)
            VALUES(@Id, @Provider, @Consumer, @Product, @OfferName, @Purpose, @State, @Ends, @Now, @Now, @Bytes)
            ON CONFLICT(id) DO UPDATE SET
                offer_name = excluded.offer_name, state = excluded.state, ends = excluded.ends, updated = excluded.updated, agreement = excluded.agreement
            """,
            new
            {
                next.Id,
                next.Terms.Provider,
                next.Terms.Consumer,
                next.Product,
                OfferName = next.Terms.Offer.Terms.Name,
                next.Terms.Purpose,
                State = (int)next.Agreement.State,
                Ends = next.End.ToUnixTimeMilliseconds(),
                Now = time.GetUtcNow().ToUnixTimeMilliseconds(),
                Bytes = next.Agreement.ToByteArray(),
            });
        if (change.IsOwed)
        {
            AgreementOutbox.Put(connection, next.Id);
        }
        else
        {
            AgreementOutbox.Remove(connection, next.Id);
        }
    }

    private IReadOnlyList<AgreementRecord> LoadByUse(string productId, string purpose)
    {
        lock (_filling)
        {
            var rows = state.Read(connection => connection.Query<byte[]>(
                """
                SELECT agreement FROM agreements
                WHERE consumer = @self AND product = @productId AND purpose = @purpose
                ORDER BY provider, ends DESC, id
                """,
                new { self = identity.ParticipantId, productId, purpose }).ToList());
            if (_byUse.Count >= CachedMax)
            {
                _byUse.Clear();
            }

            return _byUse[(productId, purpose)] = [.. rows.Select(Parse)];
        }
    }

    private void Forget(string id)
    {
        lock (_filling)
        {
            _byId.TryRemove(id, out _);
            _byUse.Clear();
        }
    }
}
