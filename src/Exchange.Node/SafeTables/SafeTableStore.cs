using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Exchange.Node.Audit;
using Exchange.Node.Storage;
using Exchange.Privacy.SafeTables;

namespace Exchange.Node.SafeTables;

/// <summary>
/// The safe tables of this owner's datasets. Every revision is kept as evidence. A table is stored before the version it was built over
/// counts, so that no version answers without it; until then the one before it does.
/// </summary>
internal sealed class SafeTableStore
{
    private readonly StateStore _state;
    private readonly AccessLog _log;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, ImmutableList<LiveTable>> _tables = new();

    public SafeTableStore(StateStore state, AccessLog log, TimeProvider time)
    {
        (_state, _log, _time) = (state, log, time);
        var (rows, segments) = state.Read(connection => (
            connection.Query<(string Product, long Revision, long Version, string Design, byte[] Bytes, byte[] Assignment, byte[] Salt)>(
                "SELECT product, revision, dataset_version, design, contents, assignment, salt FROM safe_tables ORDER BY product, revision").ToList(),
            connection.Query<(string Product, long Revision, long Version, long Parts, string Admitted, byte[] Bytes)>(
                "SELECT product, revision, dataset_version, parts, admitted, contents FROM table_segments ORDER BY product, revision, dataset_version").ToLookup(row => (row.Product, row.Revision))));
        foreach (var row in rows)
        {
            var table = SafeTableCodec.Decode(row.Bytes);
            Keep(new LiveTable(
                row.Product, (int)row.Revision, (int)row.Version, JsonSerializer.Deserialize<TableDesign>(row.Design)!,
                new TableBuild(table, BlockAssignment.FromBytes(table, row.Assignment)), row.Salt,
                [.. segments[(row.Product, row.Revision)].Select(segment => new TableSegment(
                    (int)segment.Version, (int)segment.Parts, JsonSerializer.Deserialize<int[]>(segment.Admitted)!, SafeTableCodec.Decode(segment.Bytes)))]));
        }
    }

    /// <summary>The table that answers for a version of a product's dataset, or null.</summary>
    public LiveTable? Find(string product, int datasetVersion)
    {
        var found = _tables.GetValueOrDefault(product)?.FindLast(table => table.BuiltOver <= datasetVersion);
        return found is null || found.DatasetVersion <= datasetVersion ? found
            : found.With(found.Segments.Where(segment => segment.DatasetVersion <= datasetVersion));
    }

    /// <summary>Makes a tested table the one that answers for the version, with leaf <c>table.built</c> in the same durable write.</summary>
    public async Task<LiveTable> AddAsync(string product, int datasetVersion, TableDesign design, TableBuild build, string why)
    {
        var revision = (_tables.GetValueOrDefault(product)?[^1].Revision ?? 0) + 1;
        var live = new LiveTable(product, revision, datasetVersion, design, build, RandomNumberGenerator.GetBytes(TableCommitment.SaltBytes), []);
        await _state.WriteAsync(connection =>
        {
            connection.Execute(
                """
                INSERT INTO safe_tables(product, revision, dataset_version, design, contents, assignment, salt, created)
                VALUES(@product, @revision, @datasetVersion, @design, @contents, @assignment, @Salt, @created)
                """,
                new
                {
                    product,
                    revision,
                    datasetVersion,
                    design = JsonSerializer.Serialize(design),
                    contents = SafeTableCodec.Encode(build.Table),
                    assignment = build.Assignment.ToBytes(),
                    live.Salt,
                    created = _time.GetUtcNow().ToUnixTimeMilliseconds(),
                });
            _log.Append(connection, "table.built", LeafOf(live, why));
        }).ConfigureAwait(false);
        return Keep(live);
    }

    /// <summary>Lets appended rows into a table, with leaf <c>table.extended</c> in the same durable write.</summary>
    public async Task<LiveTable> ExtendAsync(LiveTable live, TableSegment segment)
    {
        var extended = live.With([.. live.Segments, segment]);
        await _state.WriteAsync(connection =>
        {
            connection.Execute(
                "INSERT INTO table_segments(product, revision, dataset_version, parts, admitted, contents) VALUES(@Product, @Revision, @DatasetVersion, @PartsThen, @admitted, @contents)",
                new
                {
                    live.Product,
                    live.Revision,
                    segment.DatasetVersion,
                    segment.PartsThen,
                    admitted = JsonSerializer.Serialize(segment.Admitted),
                    contents = SafeTableCodec.Encode(segment.Table),
                });
            _log.Append(connection, "table.extended", LeafOf(extended, "append"));
        }).ConfigureAwait(false);
        return Keep(extended);
    }

    private LiveTable Keep(LiveTable live)
    {
        _tables.AddOrUpdate(live.Product, _ => [live], (_, all) => all.RemoveAll(table => table.Revision == live.Revision).Add(live));
        return live;
    }

    private static JsonObject LeafOf(LiveTable live, string why) => new()
    {
        ["product"] = live.Product,
        ["revision"] = live.Revision,
        ["dataset_version"] = live.DatasetVersion,
        ["why"] = why,
        ["min_units"] = live.Table.Rules.MinUnits,
        ["commitment"] = Convert.ToHexStringLower(live.Commitment),
    };
}
