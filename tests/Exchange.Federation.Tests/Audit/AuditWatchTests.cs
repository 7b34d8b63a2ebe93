using System.Text.Json.Nodes;
using System.Threading.Channels;
using Exchange.Cli;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Federation.Tests.Audit;

/// <summary>A watch over a running exchange, on a clock that the test moves.</summary>
public sealed class AuditWatchTests : IAsyncLifetime
{
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(20);

    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly AuditExchange _exchange = new();
    private readonly LineWriter _output = new();
    private readonly CancellationTokenSource _controlC = new();
    private Task<int> _watch = Task.FromResult(-1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _exchange.InitializeAsync();
        _watch = CliProgram.RunAsync(
            ["--home", _exchange.Exchange["court"].Home.Path, "--format", "json", "audit", "watch"], _output, TextWriter.Synchronized(new StringWriter()), _controlC.Token, _time);
        Assert.Equal("watching", (string)(await NextAsync())["event"]!);
    }

    public async ValueTask DisposeAsync()
    {
        await _controlC.CancelAsync();
        await _watch;
        _controlC.Dispose();
        await _exchange.DisposeAsync();
    }

    [Fact]
    public async Task An_honest_exchange_raises_no_alarm_and_the_watch_ends_cleanly()
    {
        await _exchange.Joint.AskAsync("SELECT COUNT(*) AS n FROM readings");
        _time.Advance(Round);
        await _controlC.CancelAsync();

        Assert.Equal(0, await _watch.WaitAsync(Cancellation));
        Assert.Null(_output.TryNext());
    }

    [Fact]
    public async Task A_log_that_is_rewritten_is_an_alarm_in_the_next_round_with_the_leaf()
    {
        var seq = _exchange.SeqsOf("alpha", "query.answered")[0];
        await _exchange.RewriteAsync("alpha", leaves =>
        {
            leaves[seq] = AuditExchange.With(leaves[seq], "cells", 1);
            leaves.Add(AuditExchange.With(leaves[0], "v", 1));
        });

        var alarm = await AlarmAsync(line => (string?)line["participant"] == "alpha" && (long?)line["seq"] == seq);
        Assert.EndsWith(".", (string)alarm["message"]!, StringComparison.Ordinal);
        await _controlC.CancelAsync();
        Assert.Equal(5, await _watch.WaitAsync(Cancellation));
    }

    [Fact]
    public async Task A_node_that_is_gone_is_an_alarm_and_its_return_is_told()
    {
        _exchange.Exchange["beta"].KeepPort();
        await _exchange.Exchange["beta"].StopAsync();
        var alarm = await AlarmAsync(line => ((string)line["message"]!).Contains("beta", StringComparison.Ordinal));
        Assert.Equal("alarm", (string)alarm["event"]!);

        await _exchange.Exchange["beta"].StartAsync(Cancellation);
        await _exchange.Exchange.RefreshAsync();
        var over = await AlarmAsync(line => (string?)line["event"] == "over");
        Assert.Contains("beta", (string)over["message"]!, StringComparison.Ordinal);
        await _controlC.CancelAsync();
        Assert.Equal(0, await _watch.WaitAsync(Cancellation));
    }

    // Moves the clock round by round until the line comes; a round takes as long as the nodes do.
    private async Task<JsonNode> AlarmAsync(Func<JsonNode, bool> wanted)
    {
        for (var next = NextAsync(); ;)
        {
            _time.Advance(Round);
            if (await Task.WhenAny(next, Task.Delay(TimeSpan.FromMilliseconds(100), Cancellation)) != next)
            {
                continue;
            }

            if (await next is var line && wanted(line))
            {
                return line;
            }

            next = NextAsync();
        }
    }

    private async Task<JsonNode> NextAsync() => JsonNode.Parse(await _output.NextAsync(Cancellation))!;

    /// <summary>Hands over each line that is written.</summary>
    private sealed class LineWriter : StringWriter
    {
        private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

        public override void WriteLine(string? value) => _lines.Writer.TryWrite(value ?? "");

        public async Task<string> NextAsync(CancellationToken cancellationToken) => await _lines.Reader.ReadAsync(cancellationToken);

        public string? TryNext() => _lines.Reader.TryRead(out var line) ? line : null;
    }
}
