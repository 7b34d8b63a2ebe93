using System.Text.Json;
using System.Text.RegularExpressions;

namespace Exchange.Federation.Tests.Processes;

/// <summary>
/// Runs the README's section "Run it for real" word by word: every command a process of its own, every home a folder of its
/// own. Only the folder, the ports and the placeholders for codes and agreement ids are replaced.
/// </summary>
public sealed partial class ReadmeTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("exchange-readme-").FullName;
    private readonly List<ExchangeProcess> _servers = [];
    private readonly Dictionary<string, string> _placeholders = [];
    private readonly CancellationToken _cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_readme_leads_from_an_empty_folder_to_a_joint_answer_and_back()
    {
        var readme = await File.ReadAllTextAsync(RepositoryFiles.Path("README.md"), _cancellation);
        var commands = CommandsOf(readme);
        Assert.True(commands.Count >= 20, "The README's section lost its commands.");

        var answers = new List<JsonDocument>();
        foreach (var command in commands)
        {
            var output = await RunAsync(command);
            if (command.Contains(" query ", StringComparison.Ordinal) && !command.Contains("--explain", StringComparison.Ordinal))
            {
                answers.Add(JsonDocument.Parse(output));
            }
        }

        Assert.Equal(2, answers.Count);
        Assert.All(answers, answer => Assert.True(answer.RootElement.GetProperty("verified").GetBoolean()));
        Assert.Equal(12, answers[0].RootElement.GetProperty("rows").GetArrayLength());
        Assert.Equal(["ewr: answered ", "lga: answered "], CoverageOf(answers[0]));
        Assert.Equal(["ewr: answered ", "lga: refused AGREEMENT_REVOKED"], CoverageOf(answers[1]));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> RunAsync(string command)
    {
        command = _placeholders.Aggregate(command, (text, placeholder) => text.Replace(placeholder.Key, placeholder.Value, StringComparison.Ordinal));
        var arguments = Words().Matches(command).Select(match => match.Value.Trim('"')).Skip(1).ToList();
        if (arguments[^1] == "serve")
        {
            var server = ExchangeProcess.Start(arguments, WeatherFolder);
            _servers.Add(server);
            await server.WaitForErrorLineAsync("listening on", _cancellation);
            return "";
        }

        arguments.AddRange(["--format", "json"]);
        await using var process = ExchangeProcess.Start(arguments, WeatherFolder);
        var output = await process.OutputAsync(_cancellation);
        Assert.True(await process.ExitCodeAsync(_cancellation) == 0, $"{command}\n{output}\n{process.Errors}");
        Remember(arguments, output);
        return output;
    }

    private void Remember(List<string> arguments, string output)
    {
        if (arguments is [_, _, "participant", "add", var id, ..])
        {
            using var added = JsonDocument.Parse(output);
            _placeholders["CODE_OF_" + id.ToUpperInvariant()] = added.RootElement.GetProperty("code").GetString()!;
        }

        if (arguments is [_, _, "agreement", "list", ..])
        {
            using var agreements = JsonDocument.Parse(output);
            _placeholders["AGREEMENT_OF_LGA"] = agreements.RootElement.EnumerateArray().Single().GetProperty("id").GetString()!;
        }
    }

    private List<string> CommandsOf(string readme)
    {
        var section = readme[readme.IndexOf("## Run it for real", StringComparison.Ordinal)..readme.IndexOf("## What it promises", StringComparison.Ordinal)];
        foreach (Match port in Ports().Matches(section))
        {
            _placeholders.TryAdd(port.Value, $"127.0.0.1:{FreePort.Find()}");
        }

        _placeholders["~/exchange"] = _folder;
        return [.. section.Split('\n').Where(line => line.StartsWith("exchange ", StringComparison.Ordinal))];
    }

    private static IEnumerable<string> CoverageOf(JsonDocument answer) => answer.RootElement.GetProperty("coverage").EnumerateArray()
        .Select(part => $"{part.GetProperty("participant").GetString()}: {part.GetProperty("status").GetString()} {part.GetProperty("reason").GetString()}");

    private static string WeatherFolder => RepositoryFiles.Path("tests/Exchange.Federation.Tests/Weather");

    [GeneratedRegex("\"[^\"]*\"|\\S+")]
    private static partial Regex Words();

    [GeneratedRegex(@"127\.0\.0\.1:\d+")]
    private static partial Regex Ports();
}
