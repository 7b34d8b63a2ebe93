using System.Text.Json.Nodes;

namespace Exchange.Cli.Tests.Demos;

public sealed class DemoTests
{
    [Fact]
    public async Task Demonstration_answers_three_questions_exactly_one_about_wages_with_noise_and_one_as_a_secure_sum()
    {
        var (exitCode, output, error) = await CommandLine.RunAsync("demo", "--once", "--format", "json");

        Assert.True(exitCode == 0, error);
        var answers = JsonNode.Parse(output)!.AsArray();
        Assert.Equal(["checked", "checked", "checked", "noisy", "checked"], answers.Select(answer => (string?)answer!["release"]));
        Assert.All(answers, answer => Assert.True((bool)answer!["verified"]!));

        // Of the workers with five years and more, each figure of each region with its standard error and interval; each owner is in one region.
        var wages = answers[3]!;
        Assert.Equal(["huzhou", "jiaxing", "ningbo", "shaoxing"], wages["rows"]!.AsArray().Select(row => (string?)row![0]));
        Assert.All(wages["error_bounds"]!.AsArray(), row => Assert.Equal(3, row!.AsArray().Count(bound => bound?["std_error"] is not null)));
        Assert.All(wages["coverage"]!.AsArray(), part => Assert.Equal(0.2, (double)part!["noise"]!["rho"]!));

        // Sums over all four, and of no owner alone.
        var orders = answers[4]!;
        Assert.Equal("secure", (string?)orders["aggregation"]);
        Assert.NotEmpty(orders["rows"]!.AsArray());
        Assert.Equal(4, orders["coverage"]!.AsArray().Count(part => (string?)part!["status"] == "answered" && part["suppressed_cells"] is null));
    }
}
