using System.Text.Json.Nodes;
using Exchange.Client.Files;
using Exchange.Federation.Tests.Noise;
using Exchange.Federation.Tests.Queries;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Tests.Support;

namespace Exchange.Federation.Tests.Audit;

/// <summary>Every decision is one leaf, in the log of each node that takes it.</summary>
public sealed class DecisionLeavesTests
{
    private const string Sql = "SELECT region, SUM(kwh) AS s FROM readings GROUP BY region";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_refusals_failures_agreements_offers_datasets_and_keys_are_one_leaf_each()
    {
        await using var joint = new JointExchange();
        await joint.InitializeAsync();
        var exchange = joint.Exchange;
        using var alpha = joint.ClientOf("alpha");
        using var lab = joint.ClientOf("lab");

        var answer = await LeavesAsync(exchange, () => joint.AskAsync(Sql), "query.answered", "query.asked query.received");
        Assert.Equal(780 * 3, answer.Rows.Single(row => row.Values[0].StringValue == "north").Values[1].IntValue);

        var agreement = await joint.AgreementWithAsync("alpha");
        var foreign = joint.Query(query => query.Purpose = "marketing");
        Assert.NotNull((await LeavesAsync(exchange, () => joint.SendAsync("alpha", new RunFragmentRequest { Query = joint.Sign(foreign), AgreementId = agreement }), "query.refused", "")).Refusal);
        Assert.NotNull((await LeavesAsync(exchange, () => joint.SendAsync("alpha", new RunFragmentRequest()), "query.refused", "")).Refusal);

        await LeavesAsync(exchange, () => alpha.Agreements.RevokeAsync(agreement, "", Cancellation), "agreement.revoked", "agreement.revoked");
        await LeavesAsync(exchange, async () => await lab.Agreements.RequestAsync(new RequestAgreementsRequest { Product = "readings/1", Purpose = JointExchange.Purpose, Participants = { "alpha" } }, Cancellation),
            "agreement.requested agreement.finalized", "agreement.requested agreement.finalized");

        await LeavesAsync(exchange, () => alpha.Offers.SetAsync(Stricter(exchange.PathOf("offer.yaml")), Cancellation), "offer.set", "");
        await LeavesAsync(exchange, () => alpha.Datasets.PublishAsync(new PublishDatasetRequest { Product = "readings/1", Source = exchange.PathOf("data.csv"), Mode = PublishMode.Replace }, null, Cancellation), "dataset.published", "");
        await LeavesAsync(exchange, () => AuditExchange.RunAsync(exchange, "alpha", TimeProvider.System, "node", "rotate-key"), "key.rotated", "");
        await exchange.RefreshAsync();

        await exchange["alpha"].StopAsync();
        LoseData(exchange["alpha"].Home.DataFolder);
        await exchange["alpha"].StartAsync(Cancellation);
        await exchange.RefreshAsync();
        var failed = await LeavesAsync(exchange, () => joint.AskAsync(Sql), "query.failed", "query.asked query.received");
        Assert.Equal(CoverageStatus.Refused, failed.Coverage.Single(part => part.ParticipantId == "alpha").Status);

        using var back = joint.ClientOf("alpha");
        await LeavesAsync(exchange, () => back.Datasets.RetireAsync("readings/1", Cancellation), "dataset.retired", "");

        foreach (var leaf in new[] { "alpha", "lab" }.SelectMany(id => LeavesOf(exchange, id)))
        {
            Assert.DoesNotContain(Numbers(leaf), number => number is 780 or 780 * 3 or 705 or 285);
        }
    }

    [Fact]
    public async Task A_charge_of_the_budget_is_a_leaf_and_the_answer_another()
    {
        await using var noisy = new NoisyExchange();
        await noisy.InitializeAsync();

        await LeavesAsync(noisy.Exchange, () => noisy.AskAsync(NoisyExchange.ByRegion, rho: 0.5), "budget.charged query.answered", "query.asked query.received");
        await LeavesAsync(noisy.Exchange, () => noisy.AskAsync(NoisyExchange.ByRegion, rho: 0.5), "query.answered", "query.asked query.received");
    }

    [Fact]
    public async Task What_a_log_holds_a_hash_of_cannot_be_guessed()
    {
        await using var joint = new JointExchange();
        await joint.InitializeAsync();
        var payloads = new List<JointQuery>();
        for (var i = 0; i < 2; i++)
        {
            payloads.Add(JointQuery.Parser.ParseFrom((await joint.AskAsync(Sql)).Query.Payload));
        }

        Assert.All(payloads, query => Assert.Equal(16, query.Salt.Length));
        Assert.NotEqual(payloads[0].Salt, payloads[1].Salt);
        var hashes = LeavesOf(joint.Exchange, "alpha").Where(leaf => (string?)leaf["event"] == "query.answered").Select(leaf => (string?)leaf["answer_hash"]).ToList();
        Assert.Equal(2, hashes.Distinct().Count());
    }

    // What the act adds to the logs of alpha and of the laboratory.
    private static async Task<T> LeavesAsync<T>(TestExchange exchange, Func<Task<T>> act, string alpha, string lab)
    {
        var before = (LeavesOf(exchange, "alpha").Count, LeavesOf(exchange, "lab").Count);
        var outcome = await act();
        Assert.Equal(
            (alpha, lab),
            (string.Join(' ', LeavesOf(exchange, "alpha").Skip(before.Item1).Select(leaf => (string?)leaf["event"])), string.Join(' ', LeavesOf(exchange, "lab").Skip(before.Item2).Select(leaf => (string?)leaf["event"]))));
        return outcome;
    }

    private static List<JsonNode> LeavesOf(TestExchange exchange, string id) => [.. LogForger.LeavesOf(exchange[id].Home).Select(leaf => JsonNode.Parse(leaf)!)];

    private static IEnumerable<long> Numbers(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Numbers(member.Value)),
        JsonArray items => items.SelectMany(Numbers),
        JsonValue value when value.TryGetValue<long>(out var number) => [number],
        _ => [],
    };

    private static OfferTerms Stricter(string file)
    {
        var terms = OfferFile.Read(file);
        terms.Disclosure.MinUnits++;
        return terms;
    }

    private static void LoseData(string folder)
    {
        foreach (var file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            File.Delete(file);
        }
    }
}
