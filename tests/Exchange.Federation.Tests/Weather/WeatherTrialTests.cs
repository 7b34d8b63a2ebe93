using System.Text.Json;
using Exchange.Federation.Tests.Processes;

namespace Exchange.Federation.Tests.Weather;

/// <summary>The answers of three real nodes equal the answers over the pooled rows of <c>expected.json</c>.</summary>
public sealed class WeatherTrialTests
{
    /// <summary>Columns of <c>expected.json</c> that each question of <c>trial.yaml</c> asks for; minima, maxima and quantiles are not served yet.</summary>
    private static readonly (string Id, int[] Columns)[] Questions =
    [
        ("wx.owner", [0, 1, 2, 3, 4, 5, 6, 7]),
        ("wx.month", [0, 1, 2, 3]),
        ("wx.pooled", [0, 1, 2, 3]),
    ];

    [Theory]
    [InlineData(null)]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    public async Task Three_airports_answer_as_one_pooled_table(string? engine)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var folder = RepositoryFiles.Path("tests/Exchange.Federation.Tests/Weather");
        string[] engineOption = engine is null ? [] : ["--engine", engine];
        await using var process = ExchangeProcess.Start(["trial", "trial.yaml", "--once", "--format", "json", .. engineOption], folder);
        var output = await process.OutputAsync(cancellation);
        Assert.True(await process.ExitCodeAsync(cancellation) == 0, process.Errors);

        using var answers = JsonDocument.Parse(output);
        using var expected = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "expected.json"), cancellation));
        Assert.Equal(Questions.Length, answers.RootElement.GetArrayLength());
        foreach (var ((id, columns), answer) in Questions.Zip(answers.RootElement.EnumerateArray()))
        {
            var pooled = expected.RootElement.EnumerateArray().Single(entry => entry.GetProperty("id").GetString() == id).GetProperty("expected").GetProperty("rows");
            AssertSameRows(pooled, columns, answer.GetProperty("rows"));
            Assert.True(answer.GetProperty("verified").GetBoolean());
            Assert.Equal(3, answer.GetProperty("coverage").EnumerateArray().Count(part => part.GetProperty("status").GetString() == "answered"));
        }
    }

    private static void AssertSameRows(JsonElement pooled, int[] columns, JsonElement rows)
    {
        Assert.Equal(pooled.GetArrayLength(), rows.GetArrayLength());
        foreach (var (expected, actual) in pooled.EnumerateArray().Zip(rows.EnumerateArray()))
        {
            foreach (var column in columns)
            {
                AssertSame(expected[column], actual[column]);
            }
        }
    }

    private static void AssertSame(JsonElement expected, JsonElement actual)
    {
        if (actual.ValueKind == JsonValueKind.String)
        {
            Assert.Equal(expected.GetString(), actual.GetString());
            return;
        }

        // Exact decimals stand as text in the file.
        var number = expected.ValueKind == JsonValueKind.String ? double.Parse(expected.GetString()!, System.Globalization.CultureInfo.InvariantCulture) : expected.GetDouble();
        Assert.Equal(number, actual.GetDouble(), 1e-9 * Math.Max(1, Math.Abs(number)));
    }
}
