using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Exchange.Federation.Tests.Queries;
using Exchange.Node.Audit;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Tests.Support;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Federation.Tests.Audit;

/// <summary>The asker's own entries: the question before anything of it leaves, the outcome after it.</summary>
public sealed class AskerLogTests : IAsyncLifetime
{
    private const string Sql = "SELECT COUNT(*) AS n FROM readings WHERE region = 'north'";

    // Witnesses look at a log as time goes by; a log that is rewritten below must not have been seen.
    private readonly AuditExchange _exchange = new(new FakeTimeProvider(TimeProvider.System.GetUtcNow()));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _exchange.InitializeAsync();

    public ValueTask DisposeAsync() => _exchange.DisposeAsync();

    [Fact]
    public async Task A_question_is_durable_in_the_asker_s_log_before_its_first_fragment_arrives()
    {
        var seen = new TaskCompletionSource<(string Hash, List<JsonNode> Leaves)>();
        await using var impostor = await ReplaceGammaAsync((request, _) =>
        {
            seen.TrySetResult((Convert.ToHexStringLower(SHA256.HashData(request.Query.Payload.Span)), LeavesOf("lab")));
            return Task.FromResult(new RunFragmentResponse());
        });

        await _exchange.Joint.AskAsync(Sql);

        var (hash, leaves) = await seen.Task;
        var asked = leaves[^1];
        Assert.Equal(("query.asked", hash, 3), ((string)asked["event"]!, (string)asked["query_hash"]!, (int)asked["asked"]!));
        Assert.False(asked.AsObject().ContainsKey("answered"));
        var received = LeavesOf("lab")[^1];
        Assert.Equal(("query.received", hash, 2), ((string)received["event"]!, (string)received["query_hash"]!, (int)received["answered"]!));
    }

    [Fact]
    public async Task A_question_that_cannot_be_logged_does_not_leave()
    {
        var before = JointExchange.Firms.Select(firm => LeavesOf(firm).Count).ToList();
        var fault = Reasons.StorageFailed.Because("The disk is full.", "Free some space.");
        _exchange.Exchange["lab"].Host.Services.GetRequiredService<AccessLog>().Halt(fault);

        var refused = await Assert.ThrowsAsync<ExchangeException>(() => _exchange.Joint.AskAsync(Sql));

        Assert.Equal(Reasons.StorageFailed, refused.Reason);
        Assert.Equal(before, JointExchange.Firms.Select(firm => LeavesOf(firm).Count));
    }

    [Fact]
    public async Task A_repeated_question_is_logged_as_often_as_it_is_asked_and_everything_holds()
    {
        var id = Identifiers.NewId();
        await _exchange.Joint.AskAsync(Sql, request => request.QueryId = id);
        await _exchange.Joint.AskAsync(Sql, request => request.QueryId = id);

        Assert.Equal(["query.asked", "query.received", "query.asked", "query.received"], LeavesOf("lab").Where(leaf => (string?)leaf["query_id"] == id).Select(leaf => (string)leaf["event"]!));
        Assert.Single(LeavesOf("alpha"), leaf => (string?)leaf["query_id"] == id);
        Assert.Empty((await VerifyAsync())["unfinished"]!.AsArray());
    }

    [Fact]
    public async Task A_question_that_was_cut_off_is_unfinished_and_repeated_under_its_id_is_finished_without_a_second_charge()
    {
        var id = Identifiers.NewId();
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var ended = new TaskCompletionSource();
        await using (await ReplaceGammaAsync(async (_, context) =>
        {
            await cut.CancelAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, context.CancellationToken).ContinueWith(_ => ended.TrySetResult(), CancellationToken.None);
            return new RunFragmentResponse();
        }))
        {
            using var lab = _exchange.Joint.ClientOf("lab");
            var request = new RunQueryRequest { Sql = Sql, Purpose = JointExchange.Purpose, QueryId = id };
            await Assert.ThrowsAnyAsync<Exception>(() => lab.Queries.RunAsync(request, cut.Token));
            await ended.Task.WaitAsync(Cancellation);
            Assert.Equal(Reasons.QuestionUnfinished.Name, (await lab.Queries.GetAsync(id, Cancellation)).Response.Error.Reason);
        }

        await _exchange.Exchange["gamma"].StartAsync(Cancellation);
        await _exchange.Exchange.RefreshAsync();
        var unfinished = Assert.Single((await VerifyAsync())["unfinished"]!.AsArray());
        Assert.Equal(("lab", id), ((string)unfinished!["participant"]!, (string)unfinished["query_id"]!));

        var answer = await _exchange.Joint.AskAsync(Sql, request => request.QueryId = id);

        Assert.Equal(120, answer.Rows[0].Values[0].IntValue);
        Assert.InRange(LeavesOf("alpha").Count(leaf => (string?)leaf["query_id"] == id && (string?)leaf["event"] == "query.answered"), 1, 1);
        Assert.Empty((await VerifyAsync())["unfinished"]!.AsArray());
    }

    [Fact]
    public async Task An_answer_whose_asker_died_before_it_came_is_no_failed_check()
    {
        var received = _exchange.SeqsOf("lab", "query.received")[^1];
        await _exchange.RewriteAsync("lab", leaves => leaves.RemoveAt(received));

        var verified = await VerifyAsync();

        Assert.Equal(received - 1, (long)Assert.Single(verified["unfinished"]!.AsArray())!["seq"]!);
    }

    private async Task<JsonNode> VerifyAsync()
    {
        var (exitCode, verified, error) = await _exchange.RunAsync("court", "audit", "verify");
        Assert.True(exitCode == 0, error + verified.ToJsonString());
        return verified;
    }

    private List<JsonNode> LeavesOf(string id) => [.. LogForger.LeavesOf(_exchange.Exchange[id].Home).Select(leaf => JsonNode.Parse(leaf)!)];

    private async Task<Impostor> ReplaceGammaAsync(Func<RunFragmentRequest, ServerCallContext, Task<RunFragmentResponse>> answer)
    {
        var gamma = _exchange.Exchange["gamma"];
        await gamma.StopAsync();
        var impostor = await Impostor.StartAsync(gamma.Home, _exchange.Exchange.Identity.Endpoint, answer);
        await _exchange.Exchange["lab"].Host.RefreshRegisterAsync(Cancellation);
        return impostor;
    }
}
