using Exchange.Client.Audit;

namespace Exchange.Client.Tests.Audit;

public sealed class BudgetCheckTests
{
    private static readonly (string, object) Noisy = ("offer.set", new { offer = "open", product = "readings/1", release = "noisy", rho = "1", agreement_rho = "0.6" });

    [Fact]
    public void Charges_within_the_offer_are_fine_up_to_the_last_bit() => Assert.Empty(Found(
        Noisy, Charge("a", "lab", "0.2"), Charge("b", "lab", "0.4"), Charge("c", "school", "0.4")));

    [Fact]
    public void A_consumer_over_its_share_is_named_with_the_charge() => Assert.Equal(
        [(AuditCheck.Budgets, 3L)], Found(Noisy, Charge("a", "lab", "0.2"), Charge("b", "lab", "0.4"), Charge("c", "lab", "0.01")));

    [Fact]
    public void All_together_over_the_budget_are_named_with_the_charge() => Assert.Equal(
        [(AuditCheck.Budgets, 3L)], Found(Noisy, Charge("a", "lab", "0.5"), Charge("b", "school", "0.5"), Charge("c", "bureau", "0.01")));

    [Fact]
    public void Epochs_of_the_data_have_budgets_of_their_own() => Assert.Empty(Found(
        Noisy, Charge("a", "lab", "0.5", "2026-01"), Charge("b", "lab", "0.5", "2026-02")));

    [Fact]
    public void A_question_charged_twice_and_a_charge_that_is_no_number_are_named() => Assert.Equal(
        [(AuditCheck.Budgets, 2L), (AuditCheck.Budgets, 3L)], Found(Noisy, Charge("a", "lab", "0.1"), Charge("a", "lab", "0.1"), Charge("b", "lab", "NaN")));

    [Fact]
    public void Noise_for_a_charge_the_log_has_not_is_named_and_a_repeated_answer_is_free()
    {
        Assert.Empty(Found(Noisy, Charge("a", "lab", "0.1"), Answer("a", "0.1"), ("query.answered", new { caller = "lab", query_id = "b", release = "noisy", rho = "0.1", repeated_answer = true })));
        Assert.Equal([(AuditCheck.Budgets, 1L)], Found(Noisy, Answer("a", "0.1")));
        Assert.Equal([(AuditCheck.Budgets, 2L)], Found(Noisy, Charge("a", "lab", "0.1"), Answer("a", "0.2")));
    }

    [Fact]
    public void More_answers_in_24_hours_than_the_offer_allows_are_named_and_the_next_day_is_another()
    {
        (string, object) offer = ("offer.set", new { offer = "open", product = "readings/1", release = "checked", queries_per_day = 2 });
        Assert.Equal([(AuditCheck.Budgets, 3L)], Found(offer, Asked("a"), Asked("b"), Asked("c")));
        Assert.Empty(Found(offer, Asked("a"), Asked("b"), ("query.answered", new { caller = "lab", query_id = "c", offer = "open", time = "2026-03-02T12:01:00.000000Z" })));
        Assert.Empty(Found(offer, Asked("a"), Asked("b"), ("query.answered", new { caller = "school", query_id = "c", offer = "open" })));
    }

    [Fact]
    public void A_question_answered_twice_is_named() => Assert.Equal([(AuditCheck.Budgets, 1L)], Found(Asked("a"), Asked("a")));

    private static (string, object) Charge(string query, string consumer, string rho, string epoch = "first") =>
        ("budget.charged", new { caller = consumer, query_id = query, product = "readings/1", rho, epochs = new[] { epoch } });

    private static (string, object) Answer(string query, string rho) => ("query.answered", new { caller = "lab", query_id = query, release = "noisy", rho });

    private static (string, object) Asked(string query) => ("query.answered", new { caller = "lab", query_id = query, offer = "open" });

    private static IEnumerable<(AuditCheck, long?)> Found(params (string, object)[] entries)
    {
        var log = LogOf.Owner(entries);
        BudgetCheck.Run(log);
        return LogOf.FoundIn(log);
    }
}
