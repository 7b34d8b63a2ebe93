using Exchange.Client.Audit;

namespace Exchange.Client.Tests.Audit;

public sealed class AgreementCheckTests
{
    [Fact]
    public void An_answer_under_its_agreement_is_fine() => Assert.Empty(Found(Finalized(), Answer()));

    [Fact]
    public void An_answer_before_the_agreement_was_finalized_or_without_one_is_named()
    {
        Assert.Equal([(AuditCheck.Agreements, 0L)], Found(Answer(), Finalized()));
        Assert.Equal([(AuditCheck.Agreements, 1L)], Found(Finalized(), Answer(agreement: "other")));
    }

    [Theory]
    [InlineData("school", "research", "readings/1", "open")]
    [InlineData("lab", "marketing", "readings/1", "open")]
    [InlineData("lab", "research", "salaries/1", "open")]
    [InlineData("lab", "research", "readings/1", "wider")]
    public void An_answer_to_another_for_another_purpose_product_or_offer_is_named(string caller, string purpose, string product, string offer) =>
        Assert.Equal([(AuditCheck.Agreements, 1L)], Found(Finalized(), Answer(caller, purpose, product, offer)));

    [Theory]
    [InlineData("agreement.revoked")]
    [InlineData("agreement.expired")]
    public void An_answer_after_the_end_is_named(string end) => Assert.Equal([(AuditCheck.Agreements, 2L)], Found(Finalized(), (end, new { agreement = "a" }), Answer()));

    [Fact]
    public void An_answer_outside_the_period_is_named_and_clocks_may_differ_by_a_minute()
    {
        Assert.Equal([(AuditCheck.Agreements, 1L)], Found(Finalized(until: "2026-03-01T11:59:00.000000Z"), Answer()));
        Assert.Empty(Found(Finalized(until: "2026-03-01T12:00:00.000000Z"), Answer()));
        Assert.Equal([(AuditCheck.Agreements, 1L)], Found(Finalized(from: "2026-03-01T12:03:00.000000Z"), Answer()));
    }

    private static (string, object) Finalized(string from = "2026-01-01T00:00:00.000000Z", string until = "2027-01-01T00:00:00.000000Z") =>
        ("agreement.finalized", new { agreement = "a", provider = "mill", consumer = "lab", purpose = "research", product = "readings/1", offer = "open", from, until });

    private static (string, object) Answer(string caller = "lab", string purpose = "research", string product = "readings/1", string offer = "open", string agreement = "a") =>
        ("query.answered", new { agreement, caller, purpose, product, offer });

    private static IEnumerable<(AuditCheck, long?)> Found(params (string, object)[] entries)
    {
        var log = LogOf.Owner(entries);
        AgreementCheck.Run(log);
        return LogOf.FoundIn(log);
    }
}
