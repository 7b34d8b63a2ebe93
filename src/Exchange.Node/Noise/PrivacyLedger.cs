using System.Text.Json.Nodes;
using Dapper;
using Exchange.Node.Audit;
using Exchange.Node.Storage;
using Exchange.Privacy.Noise;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Noise;

/// <summary>What a consumer would be charged.</summary>
/// <param name="Product">The dataset's product.</param>
/// <param name="Consumer">Who is charged, over all its agreements: a renewed or a second one gives no further budget.</param>
/// <param name="AgreementId">Under which agreement.</param>
/// <param name="Rho">zCDP.</param>
/// <param name="Delta">δ of a threshold.</param>
internal sealed record Charge(string Product, string Consumer, string AgreementId, Rho Rho, double Delta);

/// <summary>A charge that is durable once the transaction is. Only <see cref="PrivacyLedger.Reserve"/> makes one.</summary>
internal sealed class BudgetReservation
{
    internal BudgetReservation(IReadOnlyList<string> parts, int leftOut, Rho left) => (Parts, LeftOut, Left) = (parts, leftOut, left);

    /// <summary>Parts of the dataset that the answer may look at.</summary>
    public IReadOnlyList<string> Parts { get; }

    /// <summary>Parts whose budget is spent.</summary>
    public int LeftOut { get; }

    /// <summary>What the consumer can still spend on the parts.</summary>
    public Rho Left { get; }
}

/// <summary>
/// The budget of each dataset in zCDP, by the rows that a question looks at (see <see cref="DataEpochs"/>): of every consumer, and of all
/// consumers together. A charge is written, with its leaf of the log, in a transaction before any row is looked at, and never
/// taken back: whatever becomes of the question, a crash included, the charge is spent. The store has one writer, so charges
/// that come at once are decided one after the other, and a budget for ten lets ten through.
/// </summary>
internal sealed class PrivacyLedger(StateStore state, AccessLog log, TimeProvider time)
{
    private readonly Lazy<ulong> _orderKey = new(() => state.Read(connection => unchecked((ulong)connection.ExecuteScalar<long>("SELECT order_key FROM privacy_secret"))),
        // A read that fails once must not fail every question from then on.
        LazyThreadSafetyMode.PublicationOnly);

    /// <summary>Key of the order in which a unit's groups are kept: secret, and the same for every question.</summary>
    public ulong OrderKey => _orderKey.Value;

    /// <summary>A stored answer to that question that cost at least so much, or null.</summary>
    public static FragmentAnswer? FindAnswer(SqliteConnection connection, byte[] question, Rho least) =>
        connection.QueryFirstOrDefault<byte[]>("SELECT answer FROM noisy_answers WHERE question = @question AND rho >= @Units", new { question, least.Units }) is { } bytes
            ? FragmentAnswer.Parser.ParseFrom(bytes)
            : null;

    /// <summary>Keeps the answer to a question for whoever asks it again.</summary>
    public Task StoreAsync(byte[] question, string product, Rho rho, FragmentAnswer answer)
    {
        var bytes = Google.Protobuf.MessageExtensions.ToByteArray(answer);
        return state.WriteAsync(connection =>
        {
            connection.Execute(
                "INSERT OR REPLACE INTO noisy_answers(question, product, rho, answer, created) VALUES(@question, @product, @Units, @bytes, @created)",
                new { question, product, rho.Units, bytes, created = time.GetUtcNow().ToUnixTimeMilliseconds() });
        });
    }

    /// <summary>Charges every epoch that has room for it, inside the caller's transaction, with leaf <c>budget.charged</c>.</summary>
    /// <param name="connection">The writer's connection.</param>
    /// <param name="charge">What for.</param>
    /// <param name="epochs">The dataset's epochs.</param>
    /// <param name="firstPublished">When the part of the first epoch was published.</param>
    /// <param name="budget">The limits.</param>
    /// <param name="queryId">For the log.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.BudgetExhausted"/>; nothing is charged then.</exception>
    public BudgetReservation Reserve(SqliteConnection connection, Charge charge, IReadOnlyList<DataEpoch> epochs, DateTimeOffset firstPublished, PrivacyBudget budget, string queryId)
    {
        var open = epochs.Select(epoch => (Epoch: epoch, Left: LeftAfter(connection, charge, epoch, firstPublished, budget))).Where(epoch => epoch.Left is not null).ToList();
        if (open.Count == 0)
        {
            throw Reasons.BudgetExhausted.Because(
                FormattableString.Invariant($"The question costs {charge.Rho} zCDP, and less of the privacy budget is left for this dataset."),
                "Ask a question that was answered before, which costs nothing, or with a smaller charge; new data bring a new budget.");
        }

        var number = connection.ExecuteScalar<long>("SELECT COALESCE(MAX(charge), 0) + 1 FROM privacy_charges");
        foreach (var month in open.SelectMany(epoch => epoch.Epoch.Parts).Select(part => part.Month).Distinct())
        {
            connection.Execute(
                "INSERT INTO privacy_charges(charge, product, epoch, consumer, agreement, rho, delta, created) VALUES(@number, @Product, @month, @Consumer, @AgreementId, @Units, @Delta, @created)",
                new { number, charge.Product, month, charge.Consumer, charge.AgreementId, charge.Rho.Units, charge.Delta, created = time.GetUtcNow().ToUnixTimeMilliseconds() });
        }

        log.Append(connection, "budget.charged", new JsonObject
        {
            ["caller"] = charge.Consumer,
            ["agreement"] = charge.AgreementId,
            ["query_id"] = queryId,
            ["product"] = charge.Product,
            ["rho"] = charge.Rho.ToString(),
            ["delta"] = charge.Delta.ToString("R", System.Globalization.CultureInfo.InvariantCulture),
            ["epochs"] = new JsonArray([.. open.Select(epoch => (JsonNode)epoch.Epoch.Name)]),
        });
        return new BudgetReservation(
            [.. open.SelectMany(epoch => epoch.Epoch.Parts).Select(part => part.Part)],
            epochs.Sum(epoch => epoch.Parts.Count) - open.Sum(epoch => epoch.Epoch.Parts.Count),
            open.Min(epoch => epoch.Left!.Value));
    }

    /// <summary>The epochs that have room for the charge, and what the consumer would have left.</summary>
    public IReadOnlyList<string> PartsWithRoom(SqliteConnection connection, Charge charge, IReadOnlyList<DataEpoch> epochs, DateTimeOffset firstPublished, PrivacyBudget budget) =>
        [.. epochs.Where(epoch => LeftAfter(connection, charge, epoch, firstPublished, budget) is not null).SelectMany(epoch => epoch.Parts).Select(part => part.Part)];

    /// <summary>What was spent of an epoch.</summary>
    /// <param name="connection">Any connection.</param>
    /// <param name="product">The dataset's product.</param>
    /// <param name="consumer">Of whom; null for all together.</param>
    /// <param name="epoch">The epoch.</param>
    /// <param name="firstPublished">Data published again may be those of any epoch before: the most that was spent on one counts too.</param>
    public static PrivacyFilter Spent(SqliteConnection connection, string product, string? consumer, DataEpoch epoch, DateTimeOffset firstPublished)
    {
        var spent = connection.QuerySingle<(long Rho, double Delta)>(
            """
            SELECT COALESCE(SUM(rho), 0), COALESCE(SUM(delta), 0.0) FROM (
                SELECT rho, delta FROM privacy_charges
                WHERE product = @product AND epoch BETWEEN @Name AND @To AND (@consumer IS NULL OR consumer = @consumer) GROUP BY charge)
            """,
            new { product, consumer, epoch.Name, epoch.To });
        if (epoch.Name == DataEpochs.First)
        {
            var before = connection.QuerySingle<(long Rho, double Delta)>(
                """
                SELECT COALESCE(MAX(rho), 0), COALESCE(MAX(delta), 0.0) FROM (
                    SELECT SUM(rho) AS rho, SUM(delta) AS delta FROM privacy_charges
                    WHERE product = @product AND epoch <> 'first' AND created < @published AND (@consumer IS NULL OR consumer = @consumer) GROUP BY epoch)
                """,
                new { product, consumer, published = firstPublished.ToUnixTimeMilliseconds() });
            spent = (spent.Rho + before.Rho, spent.Delta + before.Delta);
        }

        return new PrivacyFilter(new Rho(spent.Rho), spent.Delta);
    }

    /// <summary>What the consumer could still spend after the charge; null where there is no room for it.</summary>
    private static Rho? LeftAfter(SqliteConnection connection, Charge charge, DataEpoch epoch, DateTimeOffset firstPublished, PrivacyBudget budget)
    {
        var (own, all) = (Rho.Limit(budget.AgreementRho), Rho.Limit(budget.Rho));
        var ofConsumer = Spent(connection, charge.Product, charge.Consumer, epoch, firstPublished).TrySpend(charge.Rho, charge.Delta, own, budget.Delta);
        var ofAll = Spent(connection, charge.Product, null, epoch, firstPublished).TrySpend(charge.Rho, charge.Delta, all, budget.Delta);
        return ofConsumer is { } mine && ofAll is { } together ? new Rho(Math.Min((own - mine.Spent).Units, (all - together.Spent).Units)) : null;
    }
}
