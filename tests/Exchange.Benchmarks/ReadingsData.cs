using DuckDB.NET.Data;

namespace Exchange.Benchmarks;

/// <summary>
/// Generated readings: site, firm, region (24), product (20), hour, kWh, units, defects, price, worker (five rows each on
/// average). The same rows once as one Parquet file and once split over the owners.
/// </summary>
internal sealed class ReadingsData : IDisposable
{
    public const string ProductYaml = """
        product: readings/1
        title: Generated readings
        unit: worker_id
        columns:
          region:    {type: string, role: dimension, required: true}
          product:   {type: string, role: dimension, required: true}
          site:      {type: int, role: dimension, required: true}
          day:       {type: date, role: dimension, grain: day, required: true}
          hour:      {type: int, role: dimension, range: [0, 23], required: true}
          kwh:       {type: double, role: measure, bounds: [0, 500], required: true}
          units:     {type: int, role: measure, bounds: [0, 1000], required: true}
          defects:   {type: int, role: measure, bounds: [0, 100], required: true}
          price:     {type: "decimal(12,2)", role: measure, bounds: [0, 100000], required: true}
          worker_id: {type: int, role: identifier, required: true}
        """;

    public const string OfferYaml = """
        offer: bench
        product: readings/1
        purposes: [research]
        release: checked
        aggregation: each
        disclosure: {min_units: 10}
        approval: automatic
        expires: 2099-12-31
        """;

    /// <summary>Q-a: filtered COUNT, SUM, AVG, VAR.</summary>
    public const string QueryA = "SELECT COUNT(*) AS n, SUM(kwh) AS s, AVG(kwh) AS a, VAR_SAMP(kwh) AS v FROM readings WHERE hour BETWEEN 6 AND 17";

    /// <summary>Q-b: by region and product, 480 groups.</summary>
    public const string QueryB = "SELECT region, product, COUNT(*) AS n, SUM(units) AS s, AVG(kwh) AS a FROM readings GROUP BY region, product";

    /// <summary>Q-c: sums with and without a filter, which can be subtracted.</summary>
    public const string QueryC = "SELECT region, COUNT(*) AS n, SUM(kwh) AS s, SUM(kwh) FILTER (WHERE hour < 12) AS am FROM readings GROUP BY region";

    private readonly DuckDBConnection _connection = new("DataSource=:memory:");
    private readonly string _folder;

    /// <summary>Generates the pooled table, in memory: the baseline asks it directly.</summary>
    /// <param name="folder">For the files.</param>
    /// <param name="rows">How many.</param>
    /// <param name="scattered">The rows of a worker lie anywhere, and there may be more of them; else they are adjacent, and five.</param>
    public ReadingsData(string folder, long rows, bool scattered = false)
    {
        _folder = folder;
        _connection.Open();
        Execute($"""
            CREATE TABLE readings AS
            SELECT 'R' || lpad((hash(i) % 24)::VARCHAR, 2, '0') AS region,
                   'P' || lpad((hash(i + 1) % 20)::VARCHAR, 2, '0') AS product,
                   (hash(i + 2) % 2000)::BIGINT AS site,
                   DATE '2026-01-01' + (i % 360)::INTEGER AS day,
                   (hash(i + 3) % 24)::BIGINT AS hour,
                   (hash(i + 4) % 500000) / 1000.0::DOUBLE AS kwh,
                   (hash(i + 5) % 1000)::BIGINT AS units,
                   (hash(i + 6) % 20)::BIGINT AS defects,
                   ((hash(i + 7) % 1000000) / 100.0)::DECIMAL(12,2) AS price,
                   ({(scattered ? $"hash(i + 8) % {rows / 5}" : "i // 5")})::BIGINT AS worker_id
            FROM range({rows}) AS t(i)
            """);
    }

    /// <summary>Writes one Parquet file per owner; whole workers stay together.</summary>
    public IReadOnlyList<string> Split(int owners)
    {
        var files = new List<string>();
        for (var owner = 0; owner < owners; owner++)
        {
            var file = Path.Combine(_folder, $"{owners}-{owner}.parquet");
            Execute($"COPY (SELECT * FROM readings WHERE worker_id % {owners} = {owner}) TO '{file}' (FORMAT parquet)");
            files.Add(file);
        }

        return files;
    }

    /// <summary>The pooled answer, read to the last row.</summary>
    public int Ask(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var values = new object[reader.FieldCount];
        var rows = 0;
        while (reader.Read())
        {
            reader.GetValues(values);
            rows++;
        }

        return rows;
    }

    public void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose() => _connection.Dispose();
}
