using System.Text.Json.Nodes;
using Exchange.Cli;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Federation.Tests.Queries;

/// <summary>The owner's refusal of a plan, as the asker gets it: with the nearest question that would pass, and nothing about the data.</summary>
public sealed class NearestQueryTests : IAsyncLifetime
{
    private readonly JointExchange _joint = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _joint.InitializeAsync();

    public ValueTask DisposeAsync() => _joint.DisposeAsync();

    [Fact]
    public async Task The_asker_reads_what_would_pass_and_it_passes()
    {
        await OfferAsync(("kwh", [ColumnUse.Sum]));
        var refused = await _joint.AskAsync("SELECT region, SUM(kwh) FROM readings GROUP BY region", request => request.Participants.Add("alpha"));
        var table = await RunAsync("query", "SELECT region, SUM(kwh) FROM readings GROUP BY region", "--purpose", JointExchange.Purpose);

        Assert.Equal((Reasons.ColumnNotOffered.Name, "It would pass without grouping by `region`."), (refused.Error.Reason, refused.Error.Action));
        Assert.Contains("alpha: It would pass without grouping by `region`.", table, StringComparison.Ordinal);
        Assert.Null((await _joint.AskAsync("SELECT SUM(kwh) FROM readings", request => request.Participants.Add("alpha"))).Error);
    }

    [Fact]
    public async Task A_refusal_is_the_same_bytes_whether_a_row_matches_or_none_does()
    {
        await OfferAsync(("region", [ColumnUse.Group]), ("kwh", [ColumnUse.Sum]));
        var fragment = _joint.Query(query => query.Fragment.Where = new Expression
        {
            Call = new Call
            {
                Operator = Operator.Equal,
                Arguments = { new Expression { Column = "region" }, new Expression { Literal = new Value { StringValue = "east" } } },
            },
        }).Fragment;
        var matching = await SendAsync(fragment);
        await PublishAsync("region,kwh,worker_id\n" + string.Concat(Enumerable.Range(0, 60).Select(row => $"north,{row},w{row}\n")));
        var none = await SendAsync(fragment);

        Assert.Equal("It would pass without the condition on `region`.", matching.Refusal.Action);
        Assert.Equal(matching.Refusal.ToString(), none.Refusal.ToString());
        Assert.Equal(LeafOf(matching), LeafOf(none));
        // The proof grows with the log, whatever is in it.
        Assert.Equal(matching.Refusal.CalculateSize(), none.Refusal.CalculateSize());
        Assert.Equal(matching.Receipt.Leaf.Length, none.Receipt.Leaf.Length);
    }

    /// <summary>The time of what is decided without the rows does not depend on them.</summary>
    [Fact]
    public async Task A_refusal_is_decided_without_the_rows()
    {
        await OfferAsync(("region", [ColumnUse.Group]), ("kwh", [ColumnUse.Sum]));
        var (allowed, refused) = (_joint.Query().Fragment, _joint.Query(query => query.Fragment.Where = new Expression
        {
            Call = new Call { Operator = Operator.IsNull, Arguments = { new Expression { Column = "region" } } },
        }).Fragment);
        var before = await SendAsync(refused);
        Assert.Null((await SendAsync(allowed)).Refusal);

        await _joint.Exchange["alpha"].RestartWithoutRowsAsync(Cancellation);

        var after = await SendAsync(refused);
        Assert.Equal((before.Refusal.ToString(), LeafOf(before)), (after.Refusal.ToString(), LeafOf(after)));
        Assert.Equal("STORAGE_FAILED", (await SendAsync(allowed)).Refusal.Reason);
    }

    private async Task<RunFragmentResponse> SendAsync(Fragment fragment) => await _joint.SendAsync("alpha", new RunFragmentRequest
    {
        Query = _joint.Sign(_joint.Query(query => query.Fragment = fragment)),
        AgreementId = await _joint.AgreementWithAsync("alpha"),
    });

    /// <summary>The logged decision, without what every query has of its own.</summary>
    private static string LeafOf(RunFragmentResponse response)
    {
        var leaf = JsonNode.Parse(response.Receipt.Leaf.Span)!.AsObject();
        foreach (var own in new[] { "query_id", "query_hash", "time" })
        {
            Assert.True(leaf.Remove(own));
        }

        return leaf.ToJsonString();
    }

    private async Task OfferAsync(params (string Column, ColumnUse[] Uses)[] rules)
    {
        using var alpha = _joint.ClientOf("alpha");
        var terms = (await alpha.Offers.ListAsync("open", Cancellation)).Single().Terms;
        terms.Columns.AddRange(rules.Select(rule => new ColumnRule { Column = rule.Column, Uses = { rule.Uses } }));
        await alpha.Offers.SetAsync(terms, Cancellation);
    }

    private async Task PublishAsync(string csv)
    {
        var file = _joint.Exchange.PathOf("north.csv");
        await File.WriteAllTextAsync(file, csv, Cancellation);
        using var alpha = _joint.ClientOf("alpha");
        var report = await alpha.Datasets.PublishAsync(new PublishDatasetRequest { Product = "readings/1", Source = file, Mode = PublishMode.Replace }, null, Cancellation);
        Assert.NotNull(report.Version);
    }

    private async Task<string> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(0, await CliProgram.RunAsync(["--home", _joint.Lab.Home.Path, .. arguments], output, TextWriter.Synchronized(error), Cancellation));
        return output.ToString();
    }
}
