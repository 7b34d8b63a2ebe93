using System.Numerics;
using DuckDB.NET.Data;
using Exchange.Engines.DuckDb;

namespace Exchange.Engines.Tests.DuckDb;

public sealed class GridSumFunctionTests : IDisposable
{
    private readonly DuckDBConnection _connection = new("DataSource=:memory:");

    public GridSumFunctionTests()
    {
        _connection.Open();
        GridSumFunction.Register(_connection.NativeConnection);
    }

    [Theory]
    [InlineData("0.5", 0)]
    [InlineData("1.5", 2)]
    [InlineData("-2.5", -2)]
    [InlineData("99.4", 99)]
    [InlineData("1e300", 100)]
    [InlineData("-1e300", -100)]
    [InlineData("CAST('inf' AS DOUBLE)", 100)]
    [InlineData("CAST('-inf' AS DOUBLE)", -100)]
    [InlineData("CAST('nan' AS DOUBLE)", 100)]
    [InlineData("CAST(NULL AS DOUBLE)", 0)]
    public void A_value_adds_the_nearest_whole_number_within_the_reach(string value, int number) =>
        Assert.Equal(number, Read($"SELECT exchange_grid_sum({value}, 0.0, 1.0, 100.0)"));

    [Fact]
    public void Numbers_are_counted_in_steps_from_the_middle() =>
        Assert.Equal(-8 + 6, Read("SELECT exchange_grid_sum(x, 5.0, 0.25, 20.0) FROM (VALUES (3.0), (6.5)) AS t(x)"));

    [Fact]
    public void It_equals_a_sum_of_integers_over_several_vectors_whole_and_by_group()
    {
        const string rows = "(SELECT CASE WHEN i % 7 = 0 THEN NULL ELSE (i * 7919) % 1000 END AS x, i % 13 AS g FROM range(100003) t(i))";
        Assert.Equal(Read($"SELECT sum(x - 500) FROM {rows}"), Read($"SELECT exchange_grid_sum(x, 500.0, 1.0, 500.0) FROM {rows}"));
        Assert.Equal(0, Read($"SELECT count(*) FROM (SELECT sum(x - 500) AS one, exchange_grid_sum(x, 500.0, 1.0, 500.0) AS other FROM {rows} GROUP BY g) WHERE one <> other"));
    }

    [Fact]
    public void Sums_beyond_64_bits_are_exact() =>
        Assert.Equal(BigInteger.Pow(2, 40) * 20_000_000, Read("SELECT exchange_grid_sum(1e300, 0.0, 1.0, 1099511627776.0) FROM range(20000000)"));

    public void Dispose() => _connection.Dispose();

    private BigInteger Read(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        return BigInteger.Parse(command.ExecuteScalar()!.ToString()!, System.Globalization.CultureInfo.InvariantCulture);
    }
}
