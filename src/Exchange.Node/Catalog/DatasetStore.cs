using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Exchange.Node.Audit;
using Exchange.Node.Storage;
using Exchange.Protocol.Errors;
using Exchange.Query.Execution;
using Exchange.Query.Products;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Catalog;

/// <summary>
/// This owner's datasets. A version counts from the one durable write that also holds its log leaf. Reads come from memory:
/// the whole state is small (<see cref="DatasetsMax"/> datasets) and is loaded again under a lock after each write, so a
/// reader that starts after a write returned sees it.
/// </summary>
internal sealed class DatasetStore(StateStore state, AccessLog log, TimeProvider time)
{
    /// <summary>Most datasets of a node, retired ones included.</summary>
    public const int DatasetsMax = 1_000;

    /// <summary>Most versions of a dataset.</summary>
    public const int VersionsMax = 10_000;

    private readonly Lock _loading = new();
    private volatile IReadOnlyDictionary<string, DatasetRecord>? _datasets;

    /// <summary>Every dataset by product.</summary>
    public IReadOnlyDictionary<string, DatasetRecord> All => _datasets ?? Load();

    /// <summary>The newest version of a dataset in service, or null. Costs one look-up in memory.</summary>
    public DatasetSource? Current(string productId) =>
        All.TryGetValue(productId, out var dataset) && !dataset.Retired ? dataset.Newest : null;

    /// <summary>The dataset for a product.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.DatasetUnknown"/>.</exception>
    public DatasetRecord Get(string productId) => All.TryGetValue(productId, out var dataset)
        ? dataset
        : throw Reasons.DatasetUnknown.Because("This node has no dataset for that product.", "List the datasets with `exchange dataset list`.");

    /// <summary>
    /// Notes durably that parts of a version are about to be written. While the note stands, a start of the node looks for parts
    /// that no version names; so a node without an interrupted publish need not open its engines to start.
    /// </summary>
    public Task BeginPublishAsync(string productId, CancellationToken cancellationToken) =>
        state.WriteAsync(connection => { connection.Execute("INSERT OR IGNORE INTO publishing(product) VALUES(@productId)", new { productId }); }, cancellationToken);

    /// <summary>Takes the note back: nothing was stored.</summary>
    public Task AbandonPublishAsync(string productId) =>
        state.WriteAsync(connection => { connection.Execute("DELETE FROM publishing WHERE product = @productId", new { productId }); });

    /// <summary>Whether a publish was interrupted in an earlier run and its parts were not swept yet.</summary>
    public bool HasInterruptedPublish => state.Read(connection => connection.ExecuteScalar<long>("SELECT COUNT(*) FROM publishing")) > 0;

    /// <summary>Takes every note back: the parts were swept.</summary>
    public Task ForgetInterruptedAsync(CancellationToken cancellationToken) =>
        state.WriteAsync(connection => { connection.Execute("DELETE FROM publishing"); }, cancellationToken);

    /// <summary>Makes a version count: version, dataset, note and leaf <c>dataset.published</c> in one durable write.</summary>
    /// <param name="product">Of the dataset.</param>
    /// <param name="source">The version.</param>
    /// <param name="sourceLabel">File name it came from.</param>
    /// <param name="droppedRows">Rows left out.</param>
    /// <param name="sameRows">Products of datasets that tell of the same rows, which the owner wanted all the same.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.NodeFull"/>.</exception>
    public async Task<DatasetVersionRecord> AddVersionAsync(Product product, DatasetSource source, string sourceLabel, long droppedRows, IReadOnlyList<string>? sameRows = null)
    {
        var created = DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
        await state.WriteAsync(connection =>
        {
            CheckRoom(connection, product.Id);
            connection.Execute(
                """
                INSERT INTO datasets(product, engine, attached) VALUES(@product, @engine, @attached)
                ON CONFLICT(product) DO UPDATE SET engine = excluded.engine, attached = excluded.attached, retired = 0
                """,
                new { product = product.Id, engine = source.Engine, attached = source.Attached });
            connection.Execute(
                "INSERT INTO dataset_versions(product, number, source_label, source, created) VALUES(@product, @number, @sourceLabel, @source, @created)",
                new { product = product.Id, number = source.Version, sourceLabel, source = JsonSerializer.Serialize(source), created = created.ToUnixTimeMilliseconds() });
            connection.Execute("DELETE FROM publishing WHERE product = @product", new { product = product.Id });
            log.Append(connection, "dataset.published", new JsonObject
            {
                ["product"] = product.Id,
                ["product_hash"] = Convert.ToHexStringLower(product.Hash),
                ["version"] = source.Version,
                ["engine"] = source.Engine,
                ["attached"] = source.Attached,
                ["rows"] = source.RowCount,
                ["dropped_rows"] = droppedRows,
                ["table_kept"] = source.TableParts is not null ? true : null,
                ["same_rows_overridden"] = sameRows?.Count > 0 ? new JsonArray([.. sameRows.Select(other => JsonValue.Create(other))]) : null,
            });
        }).ConfigureAwait(false);
        Load();
        return new DatasetVersionRecord(source, sourceLabel, created);
    }

    /// <summary>Takes a dataset out of service, with leaf <c>dataset.retired</c>. One that is retired already stays as it is.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.DatasetUnknown"/>.</exception>
    public async Task<DatasetRecord> RetireAsync(string productId, CancellationToken cancellationToken)
    {
        var version = Get(productId).Newest.Version;
        await state.WriteAsync(connection =>
        {
            if (connection.Execute("UPDATE datasets SET retired = 1 WHERE product = @productId AND retired = 0", new { productId }) > 0)
            {
                log.Append(connection, "dataset.retired", new JsonObject { ["product"] = productId, ["version"] = version });
            }
        }, cancellationToken).ConfigureAwait(false);
        Load();
        return Get(productId);
    }

    private static void CheckRoom(SqliteConnection connection, string productId)
    {
        var others = connection.ExecuteScalar<long>("SELECT COUNT(*) FROM datasets WHERE product <> @productId", new { productId });
        var versions = connection.ExecuteScalar<long>("SELECT COUNT(*) FROM dataset_versions WHERE product = @productId", new { productId });
        if (others >= DatasetsMax || versions >= VersionsMax)
        {
            throw Reasons.NodeFull.Because(
                $"A node holds at most {DatasetsMax} datasets, each in at most {VersionsMax} versions.", "Publish under another participant.");
        }
    }

    private IReadOnlyDictionary<string, DatasetRecord> Load()
    {
        lock (_loading)
        {
            return _datasets = state.Read(connection =>
            {
                var retired = connection.Query<(string Product, bool Retired)>("SELECT product, retired FROM datasets").ToDictionary(row => row.Product, row => row.Retired);
                return connection
                    .Query<(string Product, string Label, string Source, long Created)>("SELECT product, source_label, source, created FROM dataset_versions ORDER BY product, number")
                    .GroupBy(row => row.Product)
                    .ToDictionary(rows => rows.Key, rows => new DatasetRecord(rows.Key, retired[rows.Key], [.. rows.Select(row => VersionOf(row.Label, row.Source, row.Created))]));
            });
        }
    }

    private static DatasetVersionRecord VersionOf(string label, string source, long created) =>
        new(JsonSerializer.Deserialize<DatasetSource>(source)!, label, DateTimeOffset.FromUnixTimeMilliseconds(created));
}
