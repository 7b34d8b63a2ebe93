using System.Text.Json;
using System.Text.Json.Nodes;
using Exchange.Cli;
using Exchange.Federation.Tests.Queries;
using Exchange.Node.Audit;
using Exchange.Node.Storage;
using Exchange.Tests.Support;
using Exchange.Transparency;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Federation.Tests.Audit;

/// <summary>Three firms and a laboratory that has asked them two questions, and a court that the operator made an auditor.</summary>
public sealed class AuditExchange : IAsyncLifetime
{
    private readonly TimeProvider _time;
    private readonly JointExchange _joint;

    public AuditExchange()
        : this(TimeProvider.System)
    {
    }

    internal AuditExchange(TimeProvider time)
    {
        _time = time;
        _joint = new JointExchange(time);
    }

    internal TestExchange Exchange => _joint.Exchange;

    internal JointExchange Joint => _joint;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _joint.InitializeAsync();
        await Exchange.AddAuditorAsync("court");
        await Exchange.RefreshAsync();
        await _joint.AskAsync("SELECT region, COUNT(*) AS n, SUM(kwh) AS s FROM readings GROUP BY region");
        await _joint.AskAsync("SELECT COUNT(*) AS n FROM readings WHERE region = 'north'");
    }

    public ValueTask DisposeAsync() => _joint.DisposeAsync();

    /// <summary>Runs a verb in the home of that participant. Both sides' logs are settled: a quarter of an hour has passed.</summary>
    internal Task<(int ExitCode, JsonNode Document, string Error)> RunAsync(string home, params string[] arguments) => RunAsync(Exchange, home, _time, arguments);

    /// <summary>As <see cref="RunAsync(string, string[])"/>, in another exchange.</summary>
    internal static async Task<(int ExitCode, JsonNode Document, string Error)> RunAsync(TestExchange exchange, string home, TimeProvider time, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var later = new FakeTimeProvider(time.GetUtcNow() + TimeSpan.FromMinutes(15));
        var exitCode = await CliProgram.RunAsync(
            ["--home", exchange[home].Home.Path, "--format", "json", .. arguments], output, TextWriter.Synchronized(error), Cancellation, later);
        return (exitCode, JsonNode.Parse(output.ToString())!, error.ToString());
    }

    /// <summary>Stops a firm's node, lets its operator do what it likes to the home, and starts it again.</summary>
    internal async Task TamperAsync(string firm, Action<TestNode> crime)
    {
        var node = Exchange[firm];
        await node.StopAsync();
        crime(node);
        await node.StartHeedlessAsync(Cancellation);
        await Exchange.RefreshAsync();
    }

    /// <summary>Rewrites a firm's log and signs it anew, as its operator can.</summary>
    internal Task RewriteAsync(string firm, Action<List<byte[]>> change) => TamperAsync(firm, node =>
    {
        var leaves = LogForger.LeavesOf(node.Home);
        change(leaves);
        LogForger.Rewrite(node.Home, firm, leaves);
    });

    /// <summary>Makes the log longer by entries of no meaning.</summary>
    internal Task GrowAsync(string firm, int count)
    {
        var services = Exchange[firm].Host.Services;
        var (log, state) = (services.GetRequiredService<AccessLog>(), services.GetRequiredService<StateStore>());
        return Task.WhenAll(Enumerable.Range(0, count).Select(i => state.WriteAsync(connection => log.Append(connection, "offer.what-if", new JsonObject { ["offer"] = $"{i}" }), Cancellation)));
    }

    /// <summary>Positions of the entries of an event.</summary>
    internal List<int> SeqsOf(string firm, string what) =>
        [.. LogForger.LeavesOf(Exchange[firm].Home).Select((leaf, seq) => (leaf, seq)).Where(entry => JsonDocument.Parse(entry.leaf).RootElement.GetProperty("event").GetString() == what).Select(entry => entry.seq)];

    /// <summary>The entry with a member changed.</summary>
    internal static byte[] With(byte[] leaf, string member, JsonNode? value)
    {
        var members = JsonNode.Parse(leaf)!.AsObject();
        members[member] = value;
        return CanonicalJson.Serialize(members);
    }
}
