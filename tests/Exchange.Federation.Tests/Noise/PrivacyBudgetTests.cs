using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Federation.Tests.Noise;

/// <summary>Attacks on the budget, over real nodes.</summary>
public sealed class PrivacyBudgetTests
{
    private static int RewritingsAsked { get; } =
        int.TryParse(Environment.GetEnvironmentVariable("EXCHANGE_ATTACK_QUERIES"), System.Globalization.CultureInfo.InvariantCulture, out var count) ? count : 60;

    [Fact]
    public async Task Two_hundred_questions_at_once_with_a_budget_for_ten_are_answered_ten_times()
    {
        await using var exchange = new NoisyExchange { Budget = "{rho: 1, delta: 1e-6, per: quarter}" };
        await exchange.InitializeAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(number =>
            exchange.AskAsync($"SELECT COUNT(*) FROM readings WHERE age <> {number}", rho: 0.1, number % 2 == 0 ? "lab" : "school", "alpha")));

        Assert.Equal(10, answers.Count(answer => answer.Error is null));
        Assert.All(answers.Where(answer => answer.Error is not null), answer => Assert.Equal(Reasons.BudgetExhausted.Name, answer.Error.Reason));
    }

    [Fact]
    public async Task One_consumer_cannot_spend_what_is_for_all_and_all_together_not_more_than_the_dataset_has()
    {
        await using var exchange = new NoisyExchange { Budget = "{rho: 0.3, delta: 1e-6, per: quarter, agreement_rho: 0.2}" };
        await exchange.InitializeAsync();
        async Task<bool> Ask(string asker, int number) => (await exchange.AskAsync($"SELECT COUNT(*) FROM readings WHERE age <> {number}", rho: 0.1, asker, "alpha")).Error is null;

        Assert.Equal((true, true, false), (await Ask("lab", 1), await Ask("lab", 2), await Ask("lab", 3)));
        Assert.Equal((true, false), (await Ask("school", 4), await Ask("school", 5)));
        // What was answered can be had again, by whoever asks.
        Assert.Equal((true, true), (await Ask("school", 1), await Ask("lab", 4)));
    }

    [Fact]
    public async Task A_new_quarter_brings_a_budget_for_newly_admitted_data_alone()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(TimeProvider.System.GetUtcNow().Year + 1, 3, 31, 12, 0, 0, TimeSpan.Zero));
        await using var exchange = new NoisyExchange(time) { Budget = "{rho: 0.2, delta: 1e-6, per: quarter}" };
        await exchange.InitializeAsync();
        async Task<RunQueryResponse> Ask(int number) => await exchange.AskAsync($"SELECT COUNT(*) AS n FROM readings WHERE age <> {number}", rho: 0.1, "lab", "alpha");
        Assert.Equal([null, null, Reasons.BudgetExhausted.Name], (string?[])[(await Ask(100)).Error?.Reason, (await Ask(101)).Error?.Reason, (await Ask(102)).Error?.Reason]);

        // Time alone refreshes nothing, and publishing the same rows again neither.
        time.Advance(TimeSpan.FromDays(1));

        await exchange.Exchange.RefreshAsync();
        Assert.Equal(Reasons.BudgetExhausted.Name, (await Ask(103)).Error?.Reason);
        using var owner = exchange.ClientOf("alpha");
        await owner.Datasets.PublishAsync(
            new PublishDatasetRequest { Product = "readings/1", Source = exchange.Written("again.csv", NoisyExchange.Csv(0)), Mode = PublishMode.Replace, Engine = "duckdb" }, null, TestContext.Current.CancellationToken);
        Assert.Equal(Reasons.BudgetExhausted.Name, (await Ask(104)).Error?.Reason);

        // Appended rows have a budget of their own; the spent ones are left out, and the answer says so.
        await owner.Datasets.PublishAsync(
            new PublishDatasetRequest { Product = "readings/1", Source = exchange.Written("more.csv", NoisyExchange.Csv(6000)), Mode = PublishMode.Append, Engine = "duckdb" }, null, TestContext.Current.CancellationToken);
        var fresh = await Ask(105);
        Assert.Null(fresh.Error);
        Assert.Equal(1, fresh.Coverage[0].Noise.PartsLeftOut);
        Assert.Equal(600, fresh.Rows[0].Values[0].IntValue, 60.0);
    }

    [Fact]
    public async Task A_charge_whose_question_failed_stays_spent_and_a_restart_forgets_nothing()
    {
        await using var exchange = new NoisyExchange { Budget = "{rho: 0.2, delta: 1e-6, per: quarter}" };
        await exchange.InitializeAsync();
        async Task<string?> Ask(int number) => (await exchange.AskAsync($"SELECT COUNT(*) FROM readings WHERE age <> {number}", rho: 0.1, "lab", "beta")).Error?.Reason;

        // The rows are gone between the charge and the answer.
        var node = exchange.Exchange["beta"];
        var part = Assert.Single(Directory.GetFiles(Path.Combine(node.Home.DataFolder, "sqlite"), "*.sqlite"));
        File.Move(part, part + ".away");
        Assert.NotNull(await Ask(1));
        File.Move(part + ".away", part);
        node.KeepPort();
        await node.StopAsync();
        await node.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal((null, Reasons.BudgetExhausted.Name), (await Ask(2), await Ask(3)));
    }

    [Fact]
    public async Task Both_sides_see_what_was_spent_and_a_refused_question_costs_nothing()
    {
        await using var exchange = new NoisyExchange { Budget = "{rho: 0.3, delta: 1e-6, per: quarter, agreement_rho: 0.2}" };
        await exchange.InitializeAsync();
        await exchange.AskAsync("SELECT COUNT(*) FROM readings", rho: 0.15, "lab", "alpha");
        Assert.NotNull((await exchange.AskAsync("SELECT COUNT(*) FROM readings WHERE age = 1", rho: 0.1, "lab", "alpha")).Error);
        await exchange.AskAsync("SELECT COUNT(*) FROM readings WHERE age = 2", rho: 0.1, "school", "alpha");

        using var owner = exchange.ClientOf("alpha");
        var granted = (await owner.Budgets.ListAsync(TestContext.Current.CancellationToken)).Granted;
        Assert.Equal([("", 0.25, 0.3), ("lab", 0.15, 0.2), ("school", 0.1, 0.2)], granted.Select(account => (account.Consumer, account.RhoSpent, account.RhoLimit)));
        Assert.InRange(granted[0].EpsilonSpent, 3, granted[0].EpsilonLimit);
        using var lab = exchange.ClientOf("lab");
        var held = (await lab.Budgets.ListAsync(TestContext.Current.CancellationToken)).Held.Single(one => one.Provider == "alpha");
        var account = Assert.Single(held.Budget.Accounts);
        Assert.Equal((0.15, 0.2, "lab"), (account.RhoSpent, account.RhoLimit, account.Consumer));
        // No more than all together have left.
        Assert.Equal(0.05, account.RhoLeft, 1e-12);
        Assert.Equal(0.002, held.Budget.UsualCharge, 1e-12);
    }

    // Sixty ways, and ten thousand in a full run.
    [Fact]
    public async Task Ways_to_write_a_question_do_not_average_its_noise_away()
    {
        await using var exchange = new NoisyExchange();
        await exchange.InitializeAsync();
        var answers = new HashSet<long>();
        foreach (var rewriting in Rewritings.All().Take(RewritingsAsked))
        {
            answers.Add((await exchange.AskAsync($"SELECT COUNT(*) AS n FROM readings WHERE {rewriting}", rho: 0.001, "lab", "alpha")).Rows[0].Values[0].IntValue);
        }

        Assert.Single(answers);
        // The control: questions that differ are averaged.
        answers.Clear();
        for (var number = 1; number < 8; number++)
        {
            answers.Add((await exchange.AskAsync($"SELECT COUNT(*) AS n FROM readings WHERE age > -{number}", rho: 0.001, "lab", "alpha")).Rows[0].Values[0].IntValue);
        }

        Assert.True(answers.Count > 1);
    }
}
