using System.Globalization;
using System.Security.Cryptography;
using DuckDB.NET.Data;
using Exchange.Engines.DuckDb;
using Exchange.Engines.DuckDb.Units;
using Exchange.Engines.Publishing.RowHashes;
using Exchange.Query.Approval;

namespace Exchange.Engines.Tests.DuckDb;

/// <summary>What becomes of rows that DuckDB hands over, against its own distinct units and sums.</summary>
public sealed class UnitCollectorTests : IDisposable
{
    private static long _sessions = 1L << 40;

    private readonly DuckDBConnection _connection = new("DataSource=:memory:");

    public UnitCollectorTests()
    {
        _connection.Open();
        Execute("SET threads = 2");
        CollectFunction.Register(_connection.NativeConnection);
    }

    [Fact]
    public void Texts_are_told_apart_whatever_their_length_and_bytes()
    {
        Execute("CREATE TABLE texts AS SELECT unnest(['', 'a', 'a' || chr(0), 'a' || chr(0) || chr(0), chr(0), 'é', '日本', '日本語の名前', repeat('x', 12), repeat('x', 13), repeat('x', 12) || chr(0), repeat('x', 12) || 'y', repeat('y', 13), NULL]) AS u");
        Execute("INSERT INTO texts SELECT repeat('z', n) || c || repeat('z', 70000 - n) FROM unnest([0, 1, 7, 8, 35000, 69999, 70000]) AS n(n), unnest(['', 'a', 'b', chr(0)]) AS c(c)");
        Check("SELECT 1 AS k, u, 0.0 AS x FROM texts, range(5)", isText: true);
    }

    [Fact]
    public void Numbers_are_told_apart_from_the_least_to_the_largest() => Check(
        "SELECT r % 3 AS k, u, 1.0 AS x FROM unnest([0, 1, -1, 42, 9223372036854775807, -9223372036854775808, 4294967296, -4294967296, NULL]) AS u(u), range(6) AS r(r)", isText: false);

    [Theory]
    [InlineData("k")]
    [InlineData("hash(k)")]
    [InlineData("CAST(k AS VARCHAR)")]
    public void A_hundred_thousand_groups_are_told_apart(string key) =>
        Check($"SELECT {key} AS k, u, x FROM (SELECT hash(i) % 100000 AS k, hash(i + 1) % 50000 AS u, (i % 90)::DOUBLE AS x FROM range(400000) AS t(i))", isText: false);

    [Fact]
    public void Rows_without_a_unit_and_those_of_one_with_very_many_are_each_one_unit_in_any_number_of_groups() => Check(
        "SELECT i // 3 AS k, CASE i % 3 WHEN 0 THEN 7 WHEN 1 THEN NULL ELSE i END AS u, (i % 90)::DOUBLE AS x FROM range(300000) AS t(i)", isText: false);

    [Fact]
    public void No_row_is_no_unit()
    {
        Check("SELECT 1 AS k, i AS u, 1.0 AS x FROM range(1000) AS t(i) WHERE i < 0", isText: false);
        Check("SELECT 1 AS k, i AS u, 1.0 AS x FROM range(1) AS t(i)", isText: false);
        using var collector = New(isText: false, rows: 1000);
        Assert.Equal(0L, Read($"SELECT exchange_collect({collector.Session}, i, i::DOUBLE) FROM range(1000) AS t(i) WHERE i < 0"));
    }

    [Fact]
    public void What_is_filtered_out_is_not_collected()
    {
        using var collector = New(isText: false, rows: 10_000);
        Read($"SELECT sum(n) FROM (SELECT exchange_collect({collector.Session}, i, i::DOUBLE) FILTER (i % 2 = 0) AS n FROM range(10000) AS t(i) GROUP BY i % 4)");
        Assert.Equal((2L, 5000L), (collector.Groups, Enumerable.Range(0, collector.Partitions + 1).Sum(collector.RowsOf)));
    }

    [Fact]
    public void Of_a_unit_with_too_many_groups_as_many_are_kept_as_may_be()
    {
        const string rows = "SELECT i % 50 AS k, CASE WHEN i % 1000 < 400 THEN NULL ELSE i % 700 END AS u, 1.0 AS x FROM range(200000) AS t(i)";
        var kept = Sums(rows, isText: false, new ContributionBounds(3, 1, 42), 200_000).Sum(group => group.Value[0]);
        Assert.Equal(Read($"SELECT sum(least(n, 3)) FROM (SELECT count(DISTINCT k) AS n FROM ({rows}) GROUP BY u)"), kept);
    }

    [Fact]
    public void Memory_that_ran_out_fails_the_statement_and_nothing_after_it()
    {
        const string rows = "SELECT i % 5 AS k, i AS u, 1.0 AS x FROM range(300000) AS t(i)";
        using (var collector = New(isText: false, rows: 300_000, bytesMax: 1_000_000))
        {
            Assert.ThrowsAny<DuckDBException>(() => Read($"SELECT count(n) FROM (SELECT exchange_collect({collector.Session}, u, x) AS n FROM ({rows}) GROUP BY k)"));
            Assert.True(collector.IsFull);
        }

        Assert.ThrowsAny<DuckDBException>(() => Read($"SELECT exchange_collect(-1, 1::BIGINT)"));
        Check(rows, isText: false);
    }

    [Fact]
    public async Task All_scans_together_have_half_the_memory_of_the_engine()
    {
        await using var database = new DuckDbDatabase("", new EngineLimits(2, 1000));
        Assert.True(database.TryCollect(300));
        Assert.False(database.TryCollect(201));
        Assert.True(database.TryCollect(200));
        database.Collected(300);
        Assert.False(database.TryCollect(301));
        Assert.True(database.TryCollect(300));
    }

    [Theory]
    [InlineData(1, 1, 8)]
    [InlineData(1_000_000, 1, 0)]
    [InlineData(3_000_000, 3_000_000, 1)]
    public void What_is_set_aside_is_enough_where_every_row_is_a_unit_or_a_group_of_its_own(int rows, int groups, int figures)
    {
        var size = new CollectedSize(rows, groups, groups, 1, figures, 2);
        using var collector = new UnitCollector(Interlocked.Increment(ref _sessions), [.. Enumerable.Repeat(new CollectedFigure(0, 1, 1, false), figures)], false, 42, rows, size.Bytes);
        Read($"SELECT count(n) FROM (SELECT exchange_collect({collector.Session}, {(groups == 1 ? "i" : "NULL::BIGINT")}{string.Concat(Enumerable.Repeat(", 1.0::DOUBLE", figures))}) AS n FROM range({rows}) AS t(i) GROUP BY i % {groups})");
        var fold = new UnitFold(collector, new ContributionBounds(1, 1, 42), new ulong[groups + 1]);
        Assert.Equal(groups == 1 ? rows : 1, fold.Run(2, TestContext.Current.CancellationToken).Where((_, index) => index % fold.Width == 0).Sum());
    }

    [Fact]
    public void Statements_at_once_keep_their_rows_apart() => Parallel.For(0, 6, number =>
    {
        using var tests = new UnitCollectorTests();
        tests.Check($"SELECT i % 7 AS k, i % {1000 + number} AS u, (i % 90)::DOUBLE AS x FROM range(100000) AS t(i)", isText: number % 2 == 0);
    });

    [Fact]
    public void Hashes_of_long_ids_are_those_of_the_published_vectors()
    {
        // Of the reference implementation: the key 00 … 0f, the texts 00 … n-1.
        static string Of(int length)
        {
            var (low, high) = SipHash.OfWide(new RowHashKey(0x0706050403020100, 0x0F0E0D0C0B0A0908), [.. Enumerable.Range(0, length).Select(number => (byte)number)]);
            return Convert.ToHexStringLower([.. BitConverter.GetBytes(low), .. BitConverter.GetBytes(high)]);
        }

        Assert.Equal(("a3817f04ba25a8e66df67214c7550293", "da87c1d86b99af44347659119b22fc45"), (Of(0), Of(1)));
    }

    public void Dispose() => _connection.Dispose();

    private static UnitCollector New(bool isText, long rows, long bytesMax = long.MaxValue) =>
        new(Interlocked.Increment(ref _sessions), [new CollectedFigure(10, 0.5, 100, false)], isText, 42, rows, bytesMax);

    private static ulong PlaceOf(object? key) => BitConverter.ToUInt64(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(Convert.ToString(key, CultureInfo.InvariantCulture)!)));

    private void Check(string rows, bool isText)
    {
        var count = Read($"SELECT count(*) FROM ({rows})");
        var sums = Sums(rows, isText, new ContributionBounds(int.MaxValue, 2, 42), count);
        using var command = _connection.CreateCommand();
        command.CommandText = $"""
            SELECT k, count(*), sum(least(n, 2))::BIGINT, sum(CASE WHEN n > 2 THEN s * 2 // n ELSE s END)::BIGINT
            FROM (SELECT k, u, count(*) AS n, sum(least(greatest(round_even((x - 10) / 0.5, 0), -100), 100)::BIGINT) AS s FROM ({rows}) GROUP BY k, u) GROUP BY k
            """;
        using var reader = command.ExecuteReader();
        var groups = 0;
        while (reader.Read())
        {
            groups++;
            var of = sums[reader.GetValue(0)];
            Assert.Equal((reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(2), reader.GetInt64(3)), (of[0], of[1], of[2], of[3]));
        }

        Assert.Equal(groups, sums.Count);
    }

    private Dictionary<object, long[]> Sums(string rows, bool isText, ContributionBounds bounds, long count)
    {
        var size = new CollectedSize(count, count, count, isText ? 2 : 1, 1, 2);
        using var collector = New(isText, count, size.Bytes);
        using var command = _connection.CreateCommand();
        command.CommandText = $"SELECT k, exchange_collect({collector.Session}, CAST(u AS {(isText ? "VARCHAR" : "BIGINT")}), CAST(x AS DOUBLE)) FROM ({rows}) GROUP BY k";
        var numbers = new Dictionary<object, long>();
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                numbers.Add(reader.GetValue(0), reader.GetInt64(1));
            }
        }

        Assert.Equal(numbers.Count, collector.Groups);
        var places = new ulong[collector.Groups + 1];
        foreach (var (key, number) in numbers)
        {
            places[number] = PlaceOf(key);
        }

        var fold = new UnitFold(collector, bounds, places);
        var sums = fold.Run(2, TestContext.Current.CancellationToken);
        return numbers.ToDictionary(number => number.Key, number => sums.AsSpan((int)number.Value * fold.Width, fold.Width).ToArray());
    }

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private long Read(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        return long.Parse(command.ExecuteScalar()!.ToString()!, CultureInfo.InvariantCulture);
    }
}
