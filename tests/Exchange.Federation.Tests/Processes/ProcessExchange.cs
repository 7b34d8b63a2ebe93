using System.Diagnostics;
using System.Text.Json;

namespace Exchange.Federation.Tests.Processes;

/// <summary>An exchange whose identity server and nodes are processes of their own, each on a port it comes back on.</summary>
internal sealed class ProcessExchange : IAsyncDisposable
{
    private const int TriesMax = 30;
    private const int NotAllRead = 4;

    private readonly Dictionary<string, ExchangeProcess> _servers = [];

    /// <summary>Where the homes are, and what a test writes.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("exchange-processes-").FullName;

    /// <summary>Where verbs run: the weather files are there.</summary>
    public static string WeatherFolder => RepositoryFiles.Path("tests/Exchange.Federation.Tests/Weather");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public string HomeOf(string id) => Path.Combine(Folder, id);

    /// <summary>The identity server.</summary>
    public async Task StartIdentityAsync()
    {
        await JsonAsync("operator", "identity", "init", "--listen", "127.0.0.1:0");
        await ServeAsync("operator");
    }

    /// <summary>Lets a participant join; its node does not run yet.</summary>
    public async Task JoinAsync(string id, string kind, params string[] roles)
    {
        using var running = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(HomeOf("operator"), "node.json"), Cancellation));
        var code = (await JsonAsync("operator", ["participant", "add", id, "--kind", kind, "--region", "US-NY", .. roles])).GetProperty("code").GetString()!;
        await JsonAsync(id, "join", "--identity", running.RootElement.GetProperty("endpoint").GetString()!, "--code", code, "--endpoint", $"https://127.0.0.1:{FreePort.Find()}");
    }

    /// <summary>Starts a home's server; returns once it listens.</summary>
    public async Task ServeAsync(string home)
    {
        var server = ExchangeProcess.Start(["--home", HomeOf(home), home == "operator" ? "identity" : "node", "serve"], WeatherFolder);
        _servers[home] = server;
        await server.WaitForErrorLineAsync("listening on", Cancellation);
    }

    /// <summary>Ends a server with SIGKILL.</summary>
    public ValueTask KillAsync(string home) => _servers[home].DisposeAsync();

    /// <summary>Sends a server STOP or CONT.</summary>
    public async Task SignalAsync(string signal, string home)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -{signal} {_servers[home].Id}"]);
        await kill.WaitForExitAsync(Cancellation);
        Assert.Equal(0, kill.ExitCode);
    }

    /// <summary>Starts a verb in a home.</summary>
    public ExchangeProcess Start(string home, params string[] arguments) => ExchangeProcess.Start(["--home", HomeOf(home), .. arguments, "--format", "json"], WeatherFolder);

    /// <summary>Runs a verb, which must succeed.</summary>
    public async Task<JsonElement> JsonAsync(string home, params string[] arguments)
    {
        var (exitCode, output, errors) = await RunAsync(home, arguments);
        Assert.True(exitCode == 0, $"{string.Join(' ', arguments)}\n{output}\n{errors}");
        using var document = JsonDocument.Parse(output);
        return document.RootElement.Clone();
    }

    /// <summary>Requests agreements about the weather until there is one with that owner in that state. On a busy machine an owner may be too slow for the asker's patience.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> AgreeAsync(string consumer, string provider, string state)
    {
        var said = "";
        for (var attempt = 0; attempt < TriesMax; attempt++)
        {
            foreach (var agreement in (await JsonAsync(consumer, "agreement", "list")).EnumerateArray())
            {
                if (agreement.GetProperty("provider").GetString() == provider && agreement.GetProperty("state").GetString() == state)
                {
                    return agreement.GetProperty("id").GetString()!;
                }
            }

            said = (await RunAsync(consumer, "agreement", "request", "weather/1", "--purpose", "research", "--participants", provider)).Output;
        }

        throw new InvalidOperationException($"There is no agreement in the state {state}:\n{said}");
    }

    /// <summary>Verifies logs, which must hold. The public pages of a node that was started again are at another address, which takes a moment to be known.</summary>
    public async Task<JsonElement> VerifyAsync(string home, params string[] arguments)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        while (true)
        {
            var (exitCode, output, errors) = await RunAsync(home, ["audit", "verify", .. arguments]);
            if (exitCode != NotAllRead || patience.IsCancellationRequested)
            {
                Assert.True(exitCode == 0, $"{output}\n{errors}");
                using var document = JsonDocument.Parse(output);
                return document.RootElement.Clone();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_servers.Values.Select(server => server.DisposeAsync().AsTask()));
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Ends every server with SIGKILL; the homes stay.</summary>
    public Task KillAllAsync() => Task.WhenAll(_servers.Values.Select(server => server.DisposeAsync().AsTask()));

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(string home, params string[] arguments)
    {
        await using var process = Start(home, arguments);
        var output = await process.OutputAsync(Cancellation);
        return (await process.ExitCodeAsync(Cancellation), output, process.Errors);
    }
}
