using System.Text.Json.Nodes;

namespace Exchange.Cli.Tests;

public sealed class ExitCodeTests
{
    [Theory]
    [InlineData("catalgo", "did you mean 'catalog'?")]
    [InlineData("product lst", "did you mean 'list'?")]
    [InlineData("query", "")]
    [InlineData("--format xml catalog", "")]
    [InlineData("dataset", "`exchange dataset` needs a verb: publish, append, correct, list, show, retire, table.")]
    [InlineData("catalog --hom x", "")]
    public async Task Command_line_that_is_none_ends_with_2_and_says_what_was_meant(string line, string sentence)
    {
        var (exitCode, output, error) = await CommandLine.RunAsync(line.Split(' '));
        Assert.Equal(2, exitCode);
        Assert.Empty(output);
        Assert.StartsWith("USAGE: ", error, StringComparison.Ordinal);
        Assert.Contains(sentence, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Home_that_is_not_there_ends_with_2()
    {
        var (exitCode, _, error) = await CommandLine.RunAsync("catalog", "--home", "/nonexistent/home");
        Assert.Equal(2, exitCode);
        Assert.StartsWith("HOME_MISSING: ", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Home_whose_server_does_not_run_ends_with_4_and_the_command_that_starts_it(bool homeFirst)
    {
        using var folder = new TestFolder();
        Assert.Equal(0, (await CommandLine.RunAsync("--home", folder["identity"], "identity", "init", "--listen", "127.0.0.1:0")).ExitCode);

        string[] home = ["--home", folder["identity"], "--format", "json"];
        string[] verb = ["participant", "list"];
        var (exitCode, output, error) = await CommandLine.RunAsync(homeFirst ? [.. home, .. verb] : [.. verb, .. home]);

        Assert.Equal(4, exitCode);
        Assert.Contains($"exchange --home {folder["identity"]} identity serve", error, StringComparison.Ordinal);
        Assert.Equal("NODE_NOT_RUNNING", (string?)JsonNode.Parse(output)!["error"]!["reason"]);
    }

    [Fact]
    public async Task Home_of_another_kind_ends_with_3()
    {
        using var folder = new TestFolder();
        await CommandLine.RunAsync("--home", folder["identity"], "identity", "init", "--listen", "127.0.0.1:0");
        var (exitCode, _, error) = await CommandLine.RunAsync("--home", folder["identity"], "catalog");
        Assert.Equal(3, exitCode);
        Assert.StartsWith("HOME_MISMATCH: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_init_in_a_home_ends_with_3_and_leaves_it_as_it_was()
    {
        using var folder = new TestFolder();
        await CommandLine.RunAsync("--home", folder["identity"], "identity", "init", "--listen", "127.0.0.1:0");
        var before = File.ReadAllBytes(Path.Combine(folder["identity"], "config.yaml"));
        var (exitCode, _, error) = await CommandLine.RunAsync("--home", folder["identity"], "identity", "init");
        Assert.Equal(3, exitCode);
        Assert.StartsWith("HOME_NOT_EMPTY: ", error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(folder["identity"], "config.yaml")));
    }

    [Fact]
    public async Task Mistake_in_a_file_ends_with_2_and_is_one_json_document()
    {
        using var folder = new TestFolder();
        var trial = folder.Write("trial.yaml", "products: []\nparticipant: []\n");
        var (exitCode, output, error) = await CommandLine.RunAsync("trial", trial, "--once", "--format", "json");
        Assert.Equal(2, exitCode);
        Assert.StartsWith("FILE_INVALID: trial.yaml, line 2: unknown key 'participant' – did you mean 'participants'?", error, StringComparison.Ordinal);
        Assert.Equal("FILE_INVALID", (string?)JsonNode.Parse(output)!["error"]!["reason"]);
    }

    [Fact]
    public async Task Forged_enrolment_code_ends_with_3()
    {
        using var folder = new TestFolder();
        var (exitCode, _, error) = await CommandLine.RunAsync("join", "--home", folder["node"], "--identity", "https://127.0.0.1:1", "--code", "not-a-code");
        Assert.Equal(3, exitCode);
        Assert.StartsWith("ENROLMENT_CODE_INVALID: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_is_one_plain_line()
    {
        var (exitCode, output, error) = await CommandLine.RunAsync("--version");
        Assert.Equal(0, exitCode);
        Assert.Matches(@"\A\d+\.\d+\.\d+\n\z", output);
        Assert.Empty(error);
    }

    [Fact]
    public async Task Folder_that_is_no_demonstration_is_left_alone()
    {
        using var folder = new TestFolder();
        folder.Write("thesis.txt", "years of work");
        var (exitCode, _, error) = await CommandLine.RunAsync("demo", "--once", "--folder", folder.Path);
        Assert.Equal(3, exitCode);
        Assert.StartsWith("FOLDER_NOT_DEMO: ", error, StringComparison.Ordinal);
        Assert.Equal("years of work", File.ReadAllText(folder["thesis.txt"]));
    }
}
