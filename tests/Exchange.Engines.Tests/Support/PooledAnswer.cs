using System.Globalization;
using DuckDB.NET.Data;
using Exchange.Protocol.Query.V1;

namespace Exchange.Engines.Tests.Support;

/// <summary>The answer of plain DuckDB over a file, in texts, to compare ours with.</summary>
internal static class PooledAnswer
{
    private const string Columns = """
        {'worker_id': 'VARCHAR', 'region': 'VARCHAR', 'city': 'VARCHAR', 'day': 'DATE', 'seen': 'TIMESTAMP', 'age.60': 'BOOLEAN', 'age': 'BIGINT', 'PM2.5': 'DOUBLE',
         'Air "temperature" [K]': 'DOUBLE', 'units': 'BIGINT', 'price': 'DECIMAL(20,2)', 'fee': 'DECIMAL(6,3)', 'note': 'VARCHAR'}
        """;

    public static List<string?[]> Of(string file, string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"CREATE TABLE readings AS SELECT * FROM read_csv('{file}', auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', nullstr = '', columns = {Columns})";
        command.ExecuteNonQuery();
        command.CommandText = $"SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql})";
        using var reader = command.ExecuteReader();
        var rows = new List<string?[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(index => reader.IsDBNull(index) ? null : reader.GetString(index))]);
        }

        return rows;
    }

    public static void AssertEqual(List<string?[]> expected, List<IReadOnlyList<Value>> actual)
    {
        var ours = actual.Select(row => row.Select(Text).ToArray()).ToList();
        Assert.Equal(expected.Count, ours.Count);
        foreach (var (theirs, mine) in Sorted(expected).Zip(Sorted(ours)))
        {
            Assert.Equal(theirs.Length, mine.Length);
            for (var index = 0; index < theirs.Length; index++)
            {
                AssertEqual(theirs[index], mine[index]);
            }
        }
    }

    private static IEnumerable<string?[]> Sorted(List<string?[]> rows) =>
        rows.OrderBy(row => string.Join('\u0001', row.Take(2).Select(value => value is not null && value.Contains('.', StringComparison.Ordinal) ? Rounded(value) : value ?? "\uffff")), StringComparer.Ordinal);

    private static string Rounded(string value) => double.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number.ToString("R", CultureInfo.InvariantCulture) : value;

    private static void AssertEqual(string? expected, string? actual)
    {
        if (expected == actual)
        {
            return;
        }

        Assert.NotNull(expected);
        Assert.NotNull(actual);
        var theirs = double.Parse(expected, CultureInfo.InvariantCulture);
        var ours = double.Parse(actual, CultureInfo.InvariantCulture);
        Assert.True(Math.Abs(theirs - ours) <= 1e-9 * Math.Max(1, Math.Abs(theirs)), $"{expected} is not {actual}");
    }

    private static string? Text(Value value) => value.KindCase switch
    {
        Value.KindOneofCase.None => null,
        Value.KindOneofCase.StringValue => value.StringValue,
        Value.KindOneofCase.IntValue => value.IntValue.ToString(CultureInfo.InvariantCulture),
        Value.KindOneofCase.DoubleValue => value.DoubleValue.ToString("R", CultureInfo.InvariantCulture),
        Value.KindOneofCase.BoolValue => value.BoolValue ? "true" : "false",
        Value.KindOneofCase.DecimalValue => value.DecimalValue,
        Value.KindOneofCase.DateValue => DateTime.UnixEpoch.AddDays(value.DateValue).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        _ => DateTime.UnixEpoch.AddTicks(value.TimestampValue * 10).ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
    };
}
