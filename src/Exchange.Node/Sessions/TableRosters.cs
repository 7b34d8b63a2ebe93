using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Dapper;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Sessions;

/// <summary>
/// Over whom, and over which blocks, this owner's sums over tables were, for all versions of a dataset: <see cref="TableRosterRule"/> decides on the
/// next one. Whoever asks, and whatever figures: askers may put their answers together. <see cref="RosterStore"/> has these sums too, so that
/// rosters of sums of the same data, in other classes too, are held against them. Of other versions and parts an owner knows the sums that it took part in: a
/// combination of several of which no owner took part in all is refused by nobody.
/// </summary>
/// <remarks>
/// A sum is stored before the shares that open it leave, in the transaction that looks at the others once more. Nothing is ever forgotten.
/// Blocks that are the same, of a member whose data did not change, are stored once.
/// </remarks>
internal sealed class TableRosters
{
    // Reading one anew costs the join of its members' blocks.
    private const int KnownMax = 64;

    private readonly ConcurrentDictionary<string, (CohortPartition Partition, ImmutableArray<MemberStamps> Members)> _known = new(StringComparer.Ordinal);

    /// <summary>Refuses a sum that is too close to those there were.</summary>
    /// <param name="connection">Reads, or the transaction that stores.</param>
    /// <param name="product">Whose tables.</param>
    /// <param name="sum">What would be told.</param>
    /// <returns>Up to which of those on record was looked at.</returns>
    /// <exception cref="ExchangeException"><see cref="Reasons.RosterTooClose"/>.</exception>
    public long Check(SqliteConnection connection, string product, TableSum sum)
    {
        var rows = connection.Query<Row>("SELECT id AS Id, min_nodes AS MinNodes, members AS Members, tables AS Tables, survivors AS Survivors, parts AS Parts FROM table_sums WHERE product = @product ORDER BY id", new { product }).ToList();
        if (!rows.Exists(sum.IsWithin) && !TableRosterRule.IsAdmitted([.. rows.Select(row => Told(connection, row))], sum.Told, sum.MinNodes))
        {
            var before = rows.Select(row => row.SurvivorNames).Distinct(StringComparer.Ordinal).TakeLast(RosterRule.NamedMax).ToList();
            throw Reasons.RosterTooClose.Because(
                $"Together with sums over tables that there were of this owner's data, now or in earlier versions, one over these participants and their data would tell the figures of fewer than {sum.MinNodes}.",
                before.Count == 0 ? "Ask more participants at once."
                    : $"Ask those of a sum that there was, while their data stay: {string.Join("; or ", before)}. Or ask later, when the data of at least {sum.MinNodes} of them, or of all, have changed.");
        }

        return rows.Count == 0 ? 0 : rows[^1].Id;
    }

    /// <summary>Stores a sum, having looked at the others once more where there are new ones.</summary>
    /// <param name="connection">The transaction.</param>
    /// <param name="product">Whose tables.</param>
    /// <param name="sum">What is told.</param>
    /// <param name="seen">What <see cref="Check"/> returned for it.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.RosterTooClose"/>.</exception>
    public void Record(SqliteConnection connection, string product, TableSum sum, long seen, long now)
    {
        if (connection.ExecuteScalar<long?>("SELECT MAX(id) FROM table_sums WHERE product = @product", new { product }) is { } newest && newest > seen)
        {
            Check(connection, product, sum);
        }

        foreach (var table in sum.Tables.Members)
        {
            connection.Execute(
                "INSERT INTO partition_blocks(digest, blocks) VALUES(@digest, @blocks) ON CONFLICT DO NOTHING",
                new { digest = SHA256.HashData(table.BlocksBytes.Span), blocks = table.BlocksBytes.ToByteArray() });
        }

        // What is told of the same over the same members is one sum of more parts. It gets a new id: whoever checked before looks once more.
        var key = new { product, sum.MinNodes, sum.Members, tables = sum.Digests, survivors = sum.Survivors.Bytes.ToArray() };
        var parts = sum.PartBits;
        if (connection.QuerySingleOrDefault<byte[]>(
            "DELETE FROM table_sums WHERE product = @product AND min_nodes = @MinNodes AND members = @Members AND tables = @tables AND survivors = @survivors RETURNING parts", key) is { } before)
        {
            parts = [.. parts.Zip(before, (one, other) => (byte)(one | other))];
        }

        connection.Execute(
            "INSERT INTO table_sums(product, min_nodes, members, tables, survivors, parts, created) VALUES(@product, @MinNodes, @Members, @tables, @survivors, @parts, @now)",
            new { key.product, key.MinNodes, key.Members, key.tables, key.survivors, parts, now });
    }

    private ToldTable Told(SqliteConnection connection, Row row)
    {
        var (partition, members) = Read(connection, row);
        var bits = new BitArray(row.Parts);
        return new ToldTable(
            partition, [.. Enumerable.Range(0, partition.Parts.Length).Where(part => bits[part])], [.. row.SurvivorSet.Select(position => members[position])]);
    }

    private (CohortPartition Partition, ImmutableArray<MemberStamps> Members) Read(SqliteConnection connection, Row row)
    {
        var key = $"{row.MinNodes}\n{row.Members}\n{Convert.ToHexString(row.Tables)}";
        if (_known.TryGetValue(key, out var known))
        {
            return known;
        }

        var names = row.Members.Split('\n');
        ImmutableArray<MemberStamps> members = [.. names.Select((name, position) => new MemberStamps(name, MemberTable.BlocksOf(PartitionBlocks.Parser.ParseFrom(
            connection.QuerySingle<byte[]>("SELECT blocks FROM partition_blocks WHERE digest = @digest", new { digest = row.Tables.AsSpan(position * SHA256.HashSizeInBytes, SHA256.HashSizeInBytes).ToArray() })))))];
        var read = (CohortTables.CountsOf(members.Select(MemberTable.ByBlocks), (int)row.MinNodes), members);
        if (_known.Count >= KnownMax)
        {
            _known.Clear();
        }

        _known[key] = read;
        return read;
    }

    /// <summary>A sum on record.</summary>
    internal sealed record Row(long Id, long MinNodes, string Members, byte[] Tables, byte[] Survivors, byte[] Parts)
    {
        public ParticipantSet SurvivorSet => ParticipantSet.Parse(Members.Split('\n').Length, Survivors);

        public string SurvivorNames
        {
            get
            {
                var names = Members.Split('\n');
                return string.Join(',', SurvivorSet.Select(position => names[position]));
            }
        }
    }
}

/// <summary>A sum over tables, as it is held against others.</summary>
/// <param name="Tables">Of the whole cohort.</param>
/// <param name="MinNodes">Fewest members that any combination may be of.</param>
/// <param name="Survivors">Over whom.</param>
/// <param name="Told">What is told.</param>
internal sealed record TableSum(CohortTables Tables, int MinNodes, ParticipantSet Survivors, ToldTable Told)
{
    /// <summary>A sum over certain members; null for one that is not over tables.</summary>
    public static TableSum? Of(SumPlan plan, CohortTables? tables, Cohort cohort, ParticipantSet survivors) =>
        plan is TableSumPlan ofTables ? new TableSum(tables!, cohort.SurvivorsMin, survivors, ofTables.Told(survivors)) : null;

    /// <summary>Names of the cohort.</summary>
    public string Members => string.Join('\n', Tables.Members.Select(member => member.Member));

    /// <summary>SHA-256 of each member's blocks.</summary>
    public byte[] Digests => [.. Tables.Members.SelectMany(member => SHA256.HashData(member.BlocksBytes.Span))];

    /// <summary>Bit i mod 8 of byte i / 8 says whether part i is told.</summary>
    public byte[] PartBits
    {
        get
        {
            var bits = new byte[(Tables.Counts.Parts.Length + 7) / 8];
            foreach (var part in Told.Parts)
            {
                bits[part / 8] |= (byte)(1 << (part % 8));
            }

            return bits;
        }
    }

    /// <summary>Whether nothing is told that was not told before.</summary>
    public bool IsWithin(TableRosters.Row row) =>
        row.MinNodes == MinNodes && row.Members == Members && row.Survivors.AsSpan().SequenceEqual(Survivors.Bytes.Span) && row.Tables.AsSpan().SequenceEqual(Digests)
        && PartBits.Zip(row.Parts, (own, there) => (own & ~there) == 0).All(isThere => isThere);
}
