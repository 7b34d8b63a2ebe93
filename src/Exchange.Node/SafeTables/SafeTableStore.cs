using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Exchange.Node.Audit;
using Exchange.Node.Storage;
using Exchange.Privacy.SafeTables;
using Exchange.Query.Execution;

namespace Exchange.Node.SafeTables;

/// <summary>
/// The safe tables of this owner's datasets. Every revision is kept as evidence. A table is stored before the version it was built over
/// counts, so that no version answers without it; it answers for a dataset of the very parts it was built over, and what was appended.
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
            connection.Query<(string Product, long Revision, string Source, string Design, byte[] Bytes, byte[] Assignment, byte[] Salt, string? Pooled)>(
                "SELECT product, revision, source, design, contents, assignment, salt, pooled FROM safe_tables ORDER BY product, revision").ToList(),
            connection.Query<(string Product, long Revision, long Version, long Parts, string LastPart, string Admitted, byte[] Bytes)>(
                "SELECT product, revision, dataset_version, parts, last_part, admitted, contents FROM table_segments ORDER BY product, revision, dataset_version").ToLookup(row => (row.Product, row.Revision))));
        foreach (var row in rows)
        {
            var table = SafeTableCodec.Decode(row.Bytes);
            var pooled = row.Pooled is null ? null : JsonSerializer.Deserialize<Pooled>(row.Pooled)!;
            Keep(new LiveTable(
                row.Product, (int)row.Revision, JsonSerializer.Deserialize<DatasetSource>(row.Source)!, JsonSerializer.Deserialize<TableDesign>(row.Design)!,
                new TableBuild(table, BlockAssignment.FromBytes(table, row.Assignment)), row.Salt,
                [.. segments[(row.Product, row.Revision)].Select(segment => new TableSegment(
                    (int)segment.Version, (int)segment.Parts, segment.LastPart, JsonSerializer.Deserialize<int[]>(segment.Admitted)!, SafeTableCodec.Decode(segment.Bytes)))],
                pooled is null ? null : FinerOf(row.Product, pooled), pooled?.Correction));
        }
    }

    /// <summary>The table that answers for a product's dataset as it is, or null.</summary>
    public LiveTable? Find(string product, DatasetSource now) =>
        _tables.GetValueOrDefault(product)?.Select(table => table.For(now)).LastOrDefault(table => table is not null);

    /// <summary>Whether any table was ever made for the product.</summary>
    public bool Holds(string product) => _tables.ContainsKey(product);

    /// <summary>Makes a tested table the one that answers for the version, with leaf <c>table.built</c> in the same durable write.</summary>
    /// <param name="product"><c>name/major</c>.</param>
    /// <param name="source">What it is over.</param>
    /// <param name="design">What it was made of.</param>
    /// <param name="build">The table.</param>
    /// <param name="why">For the log.</param>
    /// <param name="finer">What it was made from, with the segments that went into it.</param>
    /// <param name="correction">What a correction changed in that.</param>
    public async Task<LiveTable> AddAsync(string product, DatasetSource source, TableDesign design, TableBuild build, string why, LiveTable? finer = null, TableCorrection? correction = null)
    {
        var revision = (_tables.GetValueOrDefault(product)?[^1].Revision ?? 0) + 1;
        var live = new LiveTable(product, revision, source, design, build, RandomNumberGenerator.GetBytes(TableCommitment.SaltBytes), [], finer, correction);
        await _state.WriteAsync(connection =>
        {
            connection.Execute(
                """
                INSERT INTO safe_tables(product, revision, source, design, contents, assignment, salt, created, pooled)
                VALUES(@product, @revision, @source, @design, @contents, @assignment, @Salt, @created, @pooled)
                """,
                new
                {
                    product,
                    revision,
                    source = JsonSerializer.Serialize(source),
                    design = JsonSerializer.Serialize(design),
                    contents = SafeTableCodec.Encode(build.Table),
                    assignment = build.Assignment.ToBytes(),
                    live.Salt,
                    created = _time.GetUtcNow().ToUnixTimeMilliseconds(),
                    pooled = finer is null ? null : JsonSerializer.Serialize(new Pooled(finer.Revision, [.. finer.Segments.Select(segment => segment.LastPart)], correction)),
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
                "INSERT INTO table_segments(product, revision, dataset_version, parts, last_part, admitted, contents) VALUES(@Product, @Revision, @DatasetVersion, @PartsThen, @LastPart, @admitted, @contents)",
                new
                {
                    live.Product,
                    live.Revision,
                    segment.DatasetVersion,
                    segment.PartsThen,
                    segment.LastPart,
                    admitted = JsonSerializer.Serialize(segment.Admitted),
                    contents = SafeTableCodec.Encode(segment.Table),
                });
            _log.Append(connection, "table.extended", LeafOf(extended, "append"));
        }).ConfigureAwait(false);
        return Keep(extended);
    }

    private LiveTable FinerOf(string product, Pooled pooled)
    {
        var finer = _tables[product].Single(table => table.Revision == pooled.Revision);
        return finer.With(finer.Segments.Where(segment => pooled.LastParts.Contains(segment.LastPart)));
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

    /// <summary>The revision that a table was made from, the last part of each segment of it that went into the table, and the correction that made it.</summary>
    private sealed record Pooled(int Revision, IReadOnlyList<string> LastParts, TableCorrection? Correction);
}
