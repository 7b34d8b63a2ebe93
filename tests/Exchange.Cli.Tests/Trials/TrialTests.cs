using System.Text;
using System.Text.Json.Nodes;

namespace Exchange.Cli.Tests.Trials;

public sealed class TrialTests
{
    private const string Product = """
        product: weather/1
        unit: row
        columns:
          month: {type: int, role: dimension}
          temp: {type: double, role: measure}
          price: {type: "decimal(12,2)", role: measure}
        """;

    private const string Offer = """
        offer: open
        product: weather/1
        purposes: [research]
        release: checked
        disclosure: {min_units: 2}
        approval: automatic
        expires: 2099-12-31
        """;

    private const string Trial = """
        products: [product.yaml]
        participants:
          - {id: east, kind: government, region: US-NJ, datasets: [{product: weather/1, source: east.csv, offer: offer.yaml}]}
          - {id: west, kind: government, region: US-NY, datasets: [{product: weather/1, source: west.csv, offer: offer.yaml}]}
          - {id: lab, kind: institute, region: US-NY, roles: [consumer]}
        queries:
          - {as: lab, purpose: research, sql: "SELECT month, COUNT(*) AS n, AVG(temp) AS t, SUM(price) AS p FROM weather GROUP BY month ORDER BY month"}
        """;

    [Theory]
    [InlineData("duckdb")]
    [InlineData("sqlite")]
    public async Task Two_owners_answer_one_question_and_hide_what_is_too_small(string engine)
    {
        using var folder = Write(Trial);
        var (exitCode, output, error) = await CommandLine.RunAsync("trial", folder["trial.yaml"], "--once", "--format", "json", "--engine", engine);

        Assert.True(exitCode == 0, error);
        var answer = Assert.Single(JsonNode.Parse(output)!.AsArray())!;
        // Month 3 has one row at each owner: fewer than two units, so it is withheld at both.
        Assert.Equal("[[1,6,3.5,0.60],[2,3,11,7.50]]", answer["rows"]!.ToJsonString());
        Assert.True((bool)answer["verified"]!);
        Assert.Equal(2, (int)answer["suppressed_cells"]!);
        Assert.Equal(["east", "west"], answer["coverage"]!.AsArray().Select(part => (string?)part!["participant"]));
        Assert.All(answer["coverage"]!.AsArray(), part => Assert.Equal("query.answered", (string?)part!["receipt"]!["leaf"]!["event"]));
    }

    [Fact]
    public async Task Noisy_offers_are_tried_like_others_and_say_how_they_answered()
    {
        using var folder = Write(Trial.Replace("SELECT month, COUNT(*) AS n, AVG(temp) AS t, SUM(price) AS p FROM weather GROUP BY month ORDER BY month", "SELECT COUNT(*) AS n FROM weather", StringComparison.Ordinal));
        folder.Write("offer.yaml", Offer.Replace("release: checked", "release: noisy", StringComparison.Ordinal)
            .Replace("disclosure: {min_units: 2}", "budget: {rho: 10, delta: 1e-6, per: quarter}", StringComparison.Ordinal));
        var (exitCode, output, error) = await CommandLine.RunAsync("trial", folder["trial.yaml"], "--once", "--format", "json");

        Assert.True(exitCode == 0, error);
        var answer = Assert.Single(JsonNode.Parse(output)!.AsArray())!;
        // Two owners, each with σ² = 1/(2·0.1); eleven rows.
        Assert.InRange((long)answer["rows"]![0]![0]!, 11 - 30, 11 + 30);
        Assert.All(answer["coverage"]!.AsArray(), part => Assert.True((string?)part!["status"] == "answered", part.ToJsonString()));
        Assert.All(answer["coverage"]!.AsArray(), part => Assert.Equal(0.1, (double)part!["noise"]!["rho"]!));
        Assert.True((bool)answer["verified"]!);
    }

    [Fact]
    public async Task Secure_sums_over_safe_tables_are_tried_like_others()
    {
        using var folder = Write(Trial.Replace(
            "  - {id: lab,", "  - {id: north, kind: government, region: US-NH, datasets: [{product: weather/1, source: north.csv, offer: offer.yaml}]}\n  - {id: lab,", StringComparison.Ordinal)
            .Replace("COUNT(*) AS n, AVG(temp) AS t, SUM(price) AS p", "COUNT(*) AS n, SUM(price) AS p", StringComparison.Ordinal));
        folder.Write("offer.yaml", Offer.Replace("release: checked", "release: table\naggregation: secure", StringComparison.Ordinal).Replace("min_units: 2", "min_units: 10", StringComparison.Ordinal));
        foreach (var (name, shift) in new[] { ("east", 0), ("west", 1), ("north", 2) })
        {
            // Each month twelve rows, with prices of their own.
            folder.Write($"{name}.csv", "month,temp,price\n" + string.Concat(Enumerable.Range(0, 24).Select(row => FormattableString.Invariant($"{1 + (row % 2)},{row + shift},{10 + row + shift}.50\n"))));
        }

        var (exitCode, output, error) = await CommandLine.RunAsync("trial", folder["trial.yaml"], "--once", "--format", "json");

        Assert.True(exitCode == 0, error);
        var answer = Assert.Single(JsonNode.Parse(output)!.AsArray())!;
        var prices = Enumerable.Range(0, 3).SelectMany(shift => Enumerable.Range(0, 24).Select(row => (Month: 1 + (row % 2), Price: 10.50m + row + shift))).ToLookup(one => one.Month, one => one.Price);
        Assert.Equal(FormattableString.Invariant($"[[1,36,{prices[1].Sum()}],[2,36,{prices[2].Sum()}]]"), answer["rows"]!.ToJsonString());
        Assert.Equal(("table", "secure"), ((string?)answer["release"], (string?)answer["aggregation"]));
        Assert.True((bool)answer["verified"]!);
        Assert.Equal(3, answer["coverage"]!.AsArray().Count(part => (string?)part!["status"] == "answered"));
    }

    [Fact]
    public async Task Question_that_fails_sets_the_exit_code_and_the_next_one_is_still_answered()
    {
        using var folder = Write(Trial
            .Replace("SELECT month, COUNT", "SELECT mnth, COUNT", StringComparison.Ordinal)
            + "\n  - {as: lab, purpose: research, sql: \"SELECT COUNT(*) AS n FROM weather\"}\n");
        var (exitCode, output, _) = await CommandLine.RunAsync("trial", folder["trial.yaml"], "--once", "--format", "json");

        var answers = JsonNode.Parse(output)!.AsArray();
        Assert.Equal(2, answers.Count);
        Assert.NotEqual(0, exitCode);
        Assert.Contains("month", answers[0]!["error"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("[[11]]", answers[1]!["rows"]!.ToJsonString());
    }

    [Fact]
    public async Task Rows_that_break_a_rule_stop_the_trial_with_their_lines_and_no_value()
    {
        using var folder = Write(Trial);
        folder.Write("west.csv", "month,temp,price\n1,secret,1.00\n");
        var (exitCode, _, error) = await CommandLine.RunAsync("trial", folder["trial.yaml"], "--once");
        Assert.Equal(3, exitCode);
        Assert.Contains("ROWS_BREAK_RULES: west: ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    private static TestFolder Write(string trial)
    {
        var folder = new TestFolder();
        folder.Write("product.yaml", Product);
        folder.Write("offer.yaml", Offer);
        folder.Write("trial.yaml", trial);
        folder.Write("east.csv", new StringBuilder("month,temp,price\n").Append("1,1,0.10\n1,2,0.10\n1,3,0.10\n3,50,9.00\n").ToString());
        folder.Write("west.csv", "month,temp,price\n1,4,0.10\n1,5,0.10\n1,6,0.10\n2,10,2.00\n2,11,3.00\n2,12,2.50\n3,60,9.00\n");
        return folder;
    }
}
