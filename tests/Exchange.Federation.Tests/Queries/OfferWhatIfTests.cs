using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Exchange.Cli;
using Exchange.Node.Queries;
using Exchange.Node.Storage;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Federation.Tests.Queries;

/// <summary><c>offer what-if</c> as an owner types it, over queries that its node answered.</summary>
public sealed class OfferWhatIfTests : IAsyncLifetime
{
    private const string ByRegion = "SELECT region, COUNT(*) FROM readings GROUP BY region";

    private readonly JointExchange _joint = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _joint.InitializeAsync();

    public ValueTask DisposeAsync() => _joint.DisposeAsync();

    [Fact]
    public async Task Every_answered_query_is_listed_with_what_it_would_lose()
    {
        await AskAlphaAsync("SELECT COUNT(*) FROM readings");
        await AskAlphaAsync(ByRegion);

        using var tried = await JsonAsync("alpha", "offer", "what-if", "open", "--set", "disclosure.min_units=20");
        var queries = tried.RootElement.GetProperty("queries").EnumerateArray().ToList();

        Assert.Equal(2, queries.Count);
        Assert.Equal((2, 1, 1, 2), Cells(queries[0]));
        Assert.Equal((1, 0, 1, 0), Cells(queries[1]));
        Assert.All(queries, query =>
        {
            Assert.Equal(("lab", JointExchange.Purpose, "open"), (Text(query, "asked_by"), Text(query, "purpose"), Text(query, "offer")));
            Assert.Equal((1, JsonValueKind.Null), (query.GetProperty("dataset_version").GetInt32(), query.GetProperty("reason").ValueKind));
        });
        var people = await RunAsync("alpha", "offer", "what-if", "open", "--set", "disclosure.min_units=20", "--last", "1");
        Assert.Contains("released then", people.Output, StringComparison.Ordinal);
        Assert.Contains("1 queries: 0 would be refused, 1 would lose 1 cells. Nothing was released or set.", people.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_that_todays_terms_refuse_is_shown_with_the_reason()
    {
        await AskAlphaAsync(ByRegion);
        await ChangeOfferAsync(terms => terms.Columns.Add(new ColumnRule { Column = "kwh", Uses = { ColumnUse.Sum } }));

        using var tried = await JsonAsync("alpha", "offer", "what-if", "open", "--set", "disclosure.min_units=11");
        var query = Assert.Single(tried.RootElement.GetProperty("queries").EnumerateArray());

        Assert.Equal(Reasons.ColumnNotOffered.Name, Text(query, "reason"));
        Assert.Equal((2, 1, 0, 0), Cells(query));
    }

    [Fact]
    public async Task It_runs_over_the_dataset_of_now_and_says_so()
    {
        await AskAlphaAsync(ByRegion);
        var file = _joint.Exchange.PathOf("north.csv");
        await File.WriteAllTextAsync(file, "region,kwh,worker_id\n" + string.Concat(Enumerable.Range(0, 30).Select(row => $"north,{row},w{row}\n")), Cancellation);
        using (var alpha = _joint.ClientOf("alpha"))
        {
            await alpha.Datasets.PublishAsync(new PublishDatasetRequest { Product = "readings/1", Source = file, Mode = PublishMode.Replace }, null, Cancellation);
        }

        using var tried = await JsonAsync("alpha", "offer", "what-if", "open", "--set", "disclosure.min_units=20");

        Assert.Equal((2, 1, 1, 0), Cells(Assert.Single(tried.RootElement.GetProperty("queries").EnumerateArray())));
        Assert.Equal(2, tried.RootElement.GetProperty("dataset_version").GetInt32());
        Assert.Contains("another version of the dataset", (await RunAsync("alpha", "offer", "what-if", "open", "--set", "disclosure.min_units=20")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_in_the_owners_log_and_neither_sets_the_offer_nor_uses_up_a_query()
    {
        await ChangeOfferAsync(terms => terms.QueriesPerDay = 2);
        await AskAlphaAsync(ByRegion);
        using var before = await JsonAsync("alpha", "offer", "show", "open");
        (await JsonAsync("alpha", "offer", "what-if", "open", "--set", "disclosure.min_units=20")).Dispose();
        (await JsonAsync("alpha", "offer", "what-if", "open", "--set", "disclosure.min_units=41")).Dispose();
        using var after = await JsonAsync("alpha", "offer", "show", "open");

        Assert.Equal(before.RootElement.ToString(), after.RootElement.ToString());
        var answer = await AskAlphaAsync(ByRegion);
        Assert.Equal(1, answer.Coverage[0].SuppressedCells);
        var leaves = _joint.Exchange["alpha"].Host.Services.GetRequiredService<StateStore>()
            .Read(connection => connection.Query<byte[]>("SELECT leaf FROM log ORDER BY seq").ToList())
            .Select(leaf => JsonNode.Parse(leaf)!).Where(leaf => (string?)leaf["event"] == "offer.what-if").ToList();
        Assert.Equal(2, leaves.Count);
        Assert.All(leaves, leaf => Assert.Equal(("open", "readings/1", 1), ((string?)leaf["offer"], (string?)leaf["product"], (int)leaf["replayed"]!)));
        Assert.NotEqual((string?)leaves[0]["terms_hash"], (string?)leaves[1]["terms_hash"]);
    }

    [Fact]
    public async Task Questions_are_kept_when_their_answers_are_forgotten_and_the_node_was_started_again()
    {
        await AskAlphaAsync(ByRegion);
        var alpha = _joint.Exchange["alpha"];
        await alpha.Host.Services.GetRequiredService<StateStore>().WriteAsync(connection => connection.Execute("UPDATE answered SET response = NULL"), Cancellation);
        await alpha.StopAsync();
        await alpha.StartAsync(Cancellation);

        using var tried = await JsonAsync("alpha", "offer", "what-if", "open", "--set", "disclosure.min_units=41");

        Assert.Equal((2, 1, 0, 3), Cells(Assert.Single(tried.RootElement.GetProperty("queries").EnumerateArray())));
    }

    [Theory]
    [InlineData(AnsweredQueries.QueryBytesMax, 1, 0)]
    [InlineData(AnsweredQueries.QueryBytesMax + 1, 0, 1)]
    public async Task A_question_beyond_the_bound_is_not_kept_and_counted(int bytes, int replayed, int notKept)
    {
        var query = _joint.Query();
        Value[] values = [.. Enumerable.Range(0, 7).Select(_ => new Value { StringValue = new string('x', 9_000) })];
        query.Fragment.Where = new Expression { Call = new Call { Operator = Operator.In, Arguments = { new Expression { Column = "region" } } } };
        query.Fragment.Where.Call.Arguments.AddRange(values.Select(value => new Expression { Literal = value }));
        while (query.CalculateSize() < bytes)
        {
            var value = values.First(value => value.StringValue.Length < 10_000);
            value.StringValue += new string('x', Math.Min(10_000 - value.StringValue.Length, bytes - query.CalculateSize()));
        }

        Assert.Equal(bytes, query.CalculateSize());
        var response = await _joint.SendAsync("alpha", new RunFragmentRequest { Query = _joint.Sign(query), AgreementId = await _joint.AgreementWithAsync("alpha") });
        Assert.Null(response.Refusal);

        using var tried = await JsonAsync("alpha", "offer", "what-if", "open", "--set", "disclosure.min_units=20");

        Assert.Equal((replayed, notKept), (tried.RootElement.GetProperty("queries").GetArrayLength(), tried.RootElement.GetProperty("not_kept").GetInt32()));
    }

    [Fact]
    public async Task What_cannot_be_tried_ends_with_2_or_3()
    {
        Assert.Equal((2, "USAGE"), await ErrorAsync("alpha", "offer", "what-if", "open", "--set", "disclosure.min_unit=20"));
        Assert.Equal((2, "USAGE"), await ErrorAsync("alpha", "offer", "what-if", "open", "--set", "disclosure.min_units=20", "--last", "1001"));
        Assert.Equal((2, "OFFER_INVALID"), await ErrorAsync("alpha", "offer", "what-if", "open", "--set", "disclosure.min_units=1000001"));
        Assert.Equal((3, "NOT_FOUND"), await ErrorAsync("alpha", "offer", "what-if", "none", "--set", "disclosure.min_units=20"));

        // A node trusts no client to keep to the bounds.
        using var alpha = _joint.ClientOf("alpha");
        var terms = (await alpha.Offers.ListAsync("open", Cancellation)).Single().Terms;
        Assert.Equal(Reasons.InvalidRequest, (await Assert.ThrowsAsync<ExchangeException>(() => alpha.Offers.WhatIfAsync(terms, 1001, Cancellation))).Reason);
        Assert.Empty((await alpha.Offers.WhatIfAsync(terms, 1000, Cancellation)).Queries);
        terms.Release = ReleaseClass.Noisy;
        Assert.Equal(Reasons.NotServedYet, (await Assert.ThrowsAsync<ExchangeException>(() => alpha.Offers.WhatIfAsync(terms, 1, Cancellation))).Reason);
    }

    private async Task<RunQueryResponse> AskAlphaAsync(string sql)
    {
        var answer = await _joint.AskAsync(sql, request => request.Participants.Add("alpha"));
        Assert.Null(answer.Error);
        return answer;
    }

    private async Task ChangeOfferAsync(Action<OfferTerms> change)
    {
        using var alpha = _joint.ClientOf("alpha");
        var terms = (await alpha.Offers.ListAsync("open", Cancellation)).Single().Terms;
        change(terms);
        await alpha.Offers.SetAsync(terms, Cancellation);
    }

    private static (int ReleasedThen, int WithheldThen, int ReleasedNow, int WithheldNow) Cells(JsonElement query)
    {
        int Count(string name) => query.GetProperty(name).GetInt32();
        return (Count("released_then"), Count("withheld_then"), Count("released_now"), Count("withheld_now"));
    }

    private static string? Text(JsonElement query, string name) => query.GetProperty(name).GetString();

    private async Task<JsonDocument> JsonAsync(string home, params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(home, [.. arguments, "--format", "json"]);
        Assert.True(exitCode == 0, $"{string.Join(' ', arguments)}\n{error}");
        return JsonDocument.Parse(output);
    }

    private async Task<(int ExitCode, string Reason)> ErrorAsync(string home, params string[] arguments)
    {
        var (exitCode, _, error) = await RunAsync(home, arguments);
        // On a slow machine lines of progress stand before it.
        return (exitCode, error.Split(':')[0].Split('\n')[^1]);
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(string home, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await CliProgram.RunAsync(["--home", _joint.Exchange[home].Home.Path, .. arguments], output, TextWriter.Synchronized(error), Cancellation);
        return (exitCode, output.ToString(), error.ToString());
    }
}
