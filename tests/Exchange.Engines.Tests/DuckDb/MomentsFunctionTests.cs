using System.Globalization;
using CsCheck;
using DuckDB.NET.Data;
using Exchange.Engines.DuckDb;

namespace Exchange.Engines.Tests.DuckDb;

public sealed class MomentsFunctionTests : IDisposable
{
    private readonly DuckDBConnection _connection = new("DataSource=:memory:");

    public MomentsFunctionTests()
    {
        _connection.Open();
        MomentsFunction.Register(_connection.NativeConnection);
    }

    [Fact]
    public void It_equals_exact_sums_over_several_vectors_whole_and_by_group()
    {
        // Whole numbers, so that plain sums of integers say what is exact.
        const string rows = "(SELECT (i * 7919) % 1000 AS x, i % 13 AS g FROM range(100003) t(i))";
        Assert.Equal(
            Read($"SELECT 0, sum(x - 500)::DOUBLE, sum((x - 500) * (x - 500))::DOUBLE FROM {rows}"),
            Read($"SELECT 0, m.x, m.xx FROM (SELECT exchange_moments(x::DOUBLE, 500::DOUBLE) AS m FROM {rows})"));
        Assert.Equal(
            Read($"SELECT g, sum(x - 500)::DOUBLE, sum((x - 500) * (x - 500))::DOUBLE FROM {rows} GROUP BY g ORDER BY g"),
            Read($"SELECT g, m.x, m.xx FROM (SELECT g, exchange_moments(x::DOUBLE, 500::DOUBLE) AS m FROM {rows} GROUP BY g) ORDER BY g"));
    }

    [Fact]
    public void Values_that_are_null_or_filtered_out_do_not_count_and_none_is_zero()
    {
        const string rows = "(SELECT CASE WHEN i % 3 = 0 THEN NULL ELSE 2.0::DOUBLE END AS x, i FROM range(9000) t(i))";
        Assert.Equal([[0, 6000, 6000]], Read($"SELECT 0, m.x, m.xx FROM (SELECT exchange_moments(x, 1.0::DOUBLE) AS m FROM {rows})"));
        Assert.Equal([[0, 600, 600]], Read($"SELECT 0, m.x, m.xx FROM (SELECT exchange_moments(x, 1.0::DOUBLE) FILTER (i < 900) AS m FROM {rows})"));
        Assert.Equal([[0, 0, 0]], Read($"SELECT 0, m.x, m.xx FROM (SELECT exchange_moments(x, 1.0::DOUBLE) AS m FROM {rows} WHERE i < 0)"));
    }

    [Fact]
    public void Small_values_beside_large_ones_that_cancel_are_kept() =>
        Gen.Double[-1, 1].Array[1, 5000].Sample(small =>
        {
            var all = small.SelectMany(value => new[] { 1e15, value, -1e15 }).ToArray();
            var exact = (double)small.Aggregate(0m, (sum, value) => sum + (decimal)value);
            Write(all);
            var x = Read("SELECT 0, m.x, 0.0 FROM (SELECT exchange_moments(x, 0.0::DOUBLE) AS m FROM v)")[0][1];
            Assert.Equal(exact, x, 1e-6);
        }, iter: 20, threads: 1);

    public void Dispose() => _connection.Dispose();

    private void Write(double[] values)
    {
        using (var command = _connection.CreateCommand())
        {
            command.CommandText = "CREATE OR REPLACE TABLE v(x DOUBLE)";
            command.ExecuteNonQuery();
        }

        using var appender = _connection.CreateAppender("v");
        foreach (var value in values)
        {
            appender.CreateRow().AppendValue(value).EndRow();
        }
    }

    private double[][] Read(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<double[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, 3).Select(index => Convert.ToDouble(reader.GetValue(index), CultureInfo.InvariantCulture))]);
        }

        return [.. rows];
    }
}
