using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Exchange.Node.Audit;
using Exchange.Node.Storage;
using Exchange.Privacy.SafeTables;

namespace Exchange.Node.SafeTables;

/// <summary>The safe tables of this owner's datasets. Every revision is kept as evidence; the newest of each product answers.</summary>
internal sealed class SafeTableStore
{
    private readonly StateStore _state;
    private readonly AccessLog _log;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, LiveTable> _live = new();

    public SafeTableStore(StateStore state, AccessLog log, TimeProvider time)
    {
        (_state, _log, _time) = (state, log, time);
        foreach (var row in state.Read(connection => connection.Query<(string Product, long Revision, long Version, string Design, byte[] Bytes, byte[] Assignment, byte[] Salt)>(
            "SELECT product, MAX(revision), dataset_version, design, contents, assignment, salt FROM safe_tables GROUP BY product").ToList()))
        {
            var table = SafeTableCodec.Decode(row.Bytes);
            var build = new TableBuild(table, BlockAssignment.FromBytes(table, row.Assignment));
            _live[row.Product] = new LiveTable(row.Product, (int)row.Revision, (int)row.Version, JsonSerializer.Deserialize<TableDesign>(row.Design)!, build, row.Salt);
        }
    }

    /// <summary>The table that answers for a product, or null.</summary>
    public LiveTable? Find(string product) => _live.GetValueOrDefault(product);

    /// <summary>Makes a tested table the one that answers, with leaf <c>table.built</c> in the same durable write.</summary>
    public async Task<LiveTable> AddAsync(string product, int datasetVersion, TableDesign design, TableBuild build, string why)
    {
        var live = new LiveTable(product, (Find(product)?.Revision ?? 0) + 1, datasetVersion, design, build, RandomNumberGenerator.GetBytes(TableCommitment.SaltBytes));
        await _state.WriteAsync(connection =>
        {
            connection.Execute(
                """
                INSERT INTO safe_tables(product, revision, dataset_version, design, contents, assignment, salt, created)
                VALUES(@product, @Revision, @datasetVersion, @design, @contents, @assignment, @Salt, @created)
                """,
                new
                {
                    product,
                    live.Revision,
                    datasetVersion,
                    design = JsonSerializer.Serialize(design),
                    contents = SafeTableCodec.Encode(build.Table),
                    assignment = build.Assignment.ToBytes(),
                    live.Salt,
                    created = _time.GetUtcNow().ToUnixTimeMilliseconds(),
                });
            _log.Append(connection, "table.built", new JsonObject
            {
                ["product"] = product,
                ["revision"] = live.Revision,
                ["dataset_version"] = datasetVersion,
                ["why"] = why,
                ["min_units"] = build.Table.Rules.MinUnits,
                ["commitment"] = Convert.ToHexStringLower(live.Commitment),
            });
        }).ConfigureAwait(false);
        return _live[product] = live;
    }
}
