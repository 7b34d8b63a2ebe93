using Exchange.Node.Catalog;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Node.Tests.Catalog;

public sealed class OfferRulesTests
{
    [Fact]
    public void Omitted_disclosure_keys_take_the_defaults_of_the_exchange()
    {
        var rules = Check(Samples.Terms()).Terms.Disclosure;

        Assert.Equal(
            new Disclosure { MinUnits = 10, MinNodes = 3, DominanceN = 2, DominancePercent = 90, PPercent = 10, Coalition = 1, MinSpread = 3, RoundTo = 0 }, rules);
    }

    [Fact]
    public void Written_disclosure_keys_stand_and_checked_takes_min_units_from_1()
    {
        var rules = Check(Samples.Terms(terms => terms.Disclosure = new Disclosure { MinUnits = 1, MinNodes = 5 })).Terms.Disclosure;

        Assert.Equal((1, 5, 10), (rules.MinUnits, rules.MinNodes, rules.PPercent));
    }

    [Fact]
    public void Dominance_p_percent_and_coalition_stand_as_written_and_what_applies_is_noted()
    {
        var check = Check(Samples.Terms(terms => terms.Disclosure = new Disclosure { DominanceN = 3, DominancePercent = 80, PPercent = 15, Coalition = 2 }));

        Assert.Equal((3, 80, 15, 2), (check.Terms.Disclosure.DominanceN, check.Terms.Disclosure.DominancePercent, check.Terms.Disclosure.PPercent, check.Terms.Disclosure.Coalition));
        Assert.Contains(check.Notes, note => note.Contains("dominance (3, 80%), p_percent (15) and coalition (2) to each answer by itself"));
        Assert.Contains(check.Notes, note => note.Contains("no defence against combining answers"));
    }

    [Fact]
    public void A_disclosure_rule_that_is_not_applied_yet_is_refused_by_name_and_its_default_is_noted()
    {
        (string Key, Disclosure Written)[] asked = [("min_spread", new Disclosure { MinSpread = 5 }), ("round_to", new Disclosure { RoundTo = 5 })];
        foreach (var (key, written) in asked)
        {
            var refusal = Refusal(terms => terms.Disclosure = written);
            Assert.Equal(Reasons.NotServedYet, refusal.Reason);
            Assert.Contains($"disclosure.{key}", refusal.Message);
        }

        Assert.Contains(Check(Samples.Terms()).Notes, note => note.Contains("min_spread (3) looks at the value nearest to zero alone"));
    }

    [Fact]
    public void Checking_changes_nothing_in_the_terms_it_is_given_and_complete_terms_not_at_all()
    {
        var terms = Samples.Terms();

        var once = Check(terms).Terms;

        Assert.Equal(Samples.Terms(), terms);
        Assert.Equal(once, Check(once).Terms);
    }

    [Fact]
    public void Omitted_aggregation_is_each_and_omitted_approval_is_manual_with_a_note()
    {
        var check = Check(Samples.Terms(terms =>
        {
            terms.Aggregation = Aggregation.Unspecified;
            terms.Approval = Approval.Unspecified;
        }));

        Assert.Equal((Aggregation.Each, Approval.Manual), (check.Terms.Aggregation, check.Terms.Approval));
        Assert.Contains(check.Notes, note => note.Contains("manual"));
    }

    [Fact]
    public void A_noisy_offer_needs_a_budget_within_bounds()
    {
        PrivacyBudget Budget(double rho = 0.1, double delta = 1e-6, string per = "quarter", double own = 0, int groups = 0) =>
            new() { Rho = rho, Delta = delta, Per = per, AgreementRho = own, GroupsPerUnit = groups };
        string Message(PrivacyBudget? budget) => Refusal(terms => (terms.Release, terms.Budget) = (ReleaseClass.Noisy, budget)).Message;

        Assert.Contains("`budget` is missing", Message(null));
        Assert.Contains("budget.rho", Message(Budget(rho: 11)));
        Assert.Contains("budget.delta", Message(Budget(delta: 0.1)));
        Assert.Contains("budget.per", Message(Budget(per: "week")));
        Assert.Contains("budget.agreement_rho", Message(Budget(own: 0.2)));
        Assert.Contains("budget.groups_per_unit", Message(Budget(groups: 100_000)));
    }

    [Fact]
    public void A_response_grid_goes_with_noise_and_has_a_longest()
    {
        var budget = new PrivacyBudget { Rho = 0.1, Delta = 1e-6, Per = "quarter" };
        Assert.Contains("response_grid", Refusal(terms => terms.ResponseGridMs = 250).Message, StringComparison.Ordinal);
        Assert.Contains("response_grid", Refusal(terms => (terms.Release, terms.Budget, terms.ResponseGridMs) = (ReleaseClass.Noisy, budget, 10_001)).Message, StringComparison.Ordinal);
        Assert.Equal(250, Check(Samples.Terms(terms => (terms.Release, terms.Budget, terms.ResponseGridMs) = (ReleaseClass.Noisy, budget, 250))).Terms.ResponseGridMs);
    }

    [Fact]
    public void Secure_aggregation_is_over_three_participants_or_more()
    {
        static void Secure(OfferTerms terms) => (terms.Release, terms.Aggregation, terms.Disclosure) = (ReleaseClass.Checked, Aggregation.Secure, new Disclosure());

        Assert.Contains(Check(Samples.Terms(Secure)).Notes, note => note.StartsWith("secure:", StringComparison.Ordinal));
        AssertInvalid("disclosure.min_nodes", terms =>
        {
            Secure(terms);
            terms.Disclosure.MinNodes = 2;
        });
        var notes = Check(Samples.Terms(terms => (terms.Release, terms.Aggregation, terms.Disclosure) = (ReleaseClass.Table, Aggregation.Secure, new Disclosure { MinNodes = 5 }))).Notes;
        Assert.Contains(notes, note => note.Contains("which blocks your table has", StringComparison.Ordinal) && note.Contains("at least 5 participants", StringComparison.Ordinal));
    }

    [Fact]
    public void The_owner_must_choose_a_release_class() => AssertInvalid("release", terms => terms.Release = ReleaseClass.Unspecified);

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("Open")]
    [InlineData("open statistics")]
    public void A_name_that_is_no_slug_is_refused(string name) => AssertInvalid("offer", terms => terms.Name = name);

    [Fact]
    public void Purposes_must_be_there_be_words_and_differ()
    {
        AssertInvalid("purposes", terms => terms.Purposes.Clear());
        AssertInvalid("purposes", terms => terms.Purposes.Add("Any Purpose"));
        AssertInvalid("purposes", terms => terms.Purposes.Add("research"));
        AssertInvalid("purposes", terms => terms.Purposes.Add(Enumerable.Range(0, OfferRules.PurposesMax).Select(i => $"purpose-{i}")));
        Check(Samples.Terms(terms => terms.Purposes.Add(Enumerable.Range(0, OfferRules.PurposesMax - 2).Select(i => $"purpose-{i}"))));
    }

    [Theory]
    [InlineData("CN-*", true)]
    [InlineData("*", true)]
    [InlineData("US-NJ", true)]
    [InlineData("cn-zj", false)]
    [InlineData("CN-?", false)]
    [InlineData("", false)]
    public void Regions_are_codes_or_patterns(string pattern, bool allowed)
    {
        if (allowed)
        {
            Check(Samples.Terms(terms => terms.Consumers = new Consumers { Regions = { pattern } }));
        }
        else
        {
            AssertInvalid("consumers.regions", terms => terms.Consumers = new Consumers { Regions = { pattern } });
        }
    }

    [Fact]
    public void Consumers_hold_known_kinds_participant_ids_and_bounded_lists()
    {
        AssertInvalid("consumers.kinds", terms => terms.Consumers = new Consumers { Kinds = { (ParticipantKind)9 } });
        AssertInvalid("consumers.participants", terms => terms.Consumers = new Consumers { Participants = { "The Lab" } });
        var most = Enumerable.Range(0, OfferRules.ConsumersMax).Select(i => $"lab-{i}").ToList();
        Check(Samples.Terms(terms => terms.Consumers = new Consumers { Participants = { most } }));
        AssertInvalid("consumers", terms => terms.Consumers = new Consumers { Participants = { most, "one-more" } });
    }

    [Fact]
    public void An_unknown_column_is_refused_with_the_nearest_name()
    {
        var refusal = Refusal(terms => terms.Columns.Add(Samples.Rule("regoin", ColumnUse.Group)));

        Assert.Equal(Reasons.OfferInvalid, refusal.Reason);
        Assert.Contains("'region'", refusal.Message);
    }

    [Theory]
    [InlineData("region", ColumnUse.Sum)]
    [InlineData("kwh", ColumnUse.Group)]
    [InlineData("kwh", ColumnUse.Units)]
    [InlineData("worker_id", ColumnUse.Group)]
    [InlineData("worker_id", ColumnUse.Filter)]
    [InlineData("remark", ColumnUse.Filter)]
    [InlineData("price", ColumnUse.Range)]
    [InlineData("kwh", (ColumnUse)77)]
    public void A_use_that_does_not_fit_the_columns_role_is_refused(string column, ColumnUse use) =>
        AssertInvalid("columns", terms => terms.Columns.Add(Samples.Rule(column, use)));

    [Theory]
    [InlineData("region", ColumnUse.Filter)]
    [InlineData("kwh", ColumnUse.Filter)]
    [InlineData("kwh", ColumnUse.Range)]
    [InlineData("price", ColumnUse.Corr)]
    [InlineData("worker_id", ColumnUse.Units)]
    public void A_use_that_fits_is_kept_and_the_list_is_the_whole_list(string column, ColumnUse use)
    {
        var terms = Check(Samples.Terms(terms => terms.Columns.Add(Samples.Rule(column, use)))).Terms;

        Assert.True(terms.ColumnsListed);
        Assert.Equal([use], Assert.Single(terms.Columns).Uses);
    }

    [Fact]
    public void A_column_listed_twice_or_without_use_is_refused()
    {
        AssertInvalid("columns", terms => terms.Columns.Add([Samples.Rule("kwh", ColumnUse.Sum), Samples.Rule("kwh", ColumnUse.Avg)]));
        AssertInvalid("columns", terms => terms.Columns.Add(Samples.Rule("kwh")));
    }

    [Fact]
    public void What_a_use_implies_is_said()
    {
        var notes = Check(Samples.Terms(terms => terms.Columns.Add(Samples.Rule("kwh", ColumnUse.Avg, ColumnUse.Variance)))).Notes;

        Assert.Equal(["avg implies count and sum.", "variance implies count, sum and second moments."], notes.Take(2));
    }

    [Fact]
    public void An_offer_ends_in_the_future()
    {
        AssertInvalid("expires", terms => terms.ExpireTime = null);
        AssertInvalid("expires", terms => terms.ExpireTime = Timestamp.FromDateTimeOffset(Samples.Now));
        AssertInvalid("expires", terms => terms.ExpireTime = new Timestamp { Seconds = long.MaxValue });
        Check(Samples.Terms(terms => terms.ExpireTime = Timestamp.FromDateTimeOffset(Samples.Now.AddSeconds(1))));
    }

    [Fact]
    public void Limits_hold_from_both_sides()
    {
        AssertInvalid("budget", terms => terms.Budget = new PrivacyBudget { Rho = 0.1 });
        AssertInvalid("queries_per_day", terms => terms.QueriesPerDay = -1);
        AssertInvalid("queries_per_day", terms => terms.QueriesPerDay = OfferRules.CountMax + 1);
        Check(Samples.Terms(terms => terms.QueriesPerDay = OfferRules.CountMax));
        AssertInvalid("disclosure.min_units", terms => terms.Disclosure = new Disclosure { MinUnits = -1 });
        AssertInvalid("disclosure.min_units", terms => terms.Disclosure = new Disclosure { MinUnits = OfferRules.CountMax + 1 });
        AssertInvalid("disclosure.dominance.percent", terms => terms.Disclosure = new Disclosure { DominancePercent = 100.1 });
        AssertInvalid("disclosure.p_percent", terms => terms.Disclosure = new Disclosure { PPercent = double.NaN });
        AssertInvalid("disclosure.coalition", terms => terms.Disclosure = new Disclosure { Coalition = OfferRules.SmallCountMax + 1 });
        AssertInvalid("disclosure.round_to", terms => terms.Disclosure = new Disclosure { RoundTo = -5 });
    }

    private static CheckedOffer Check(OfferTerms terms) => OfferRules.Check(terms, Samples.Product(), Samples.Now);

    private static ExchangeException Refusal(Action<OfferTerms> change) => Assert.Throws<ExchangeException>(() => Check(Samples.Terms(change)));

    private static void AssertInvalid(string clause, Action<OfferTerms> change)
    {
        var refusal = Refusal(change);
        Assert.Equal(Reasons.OfferInvalid, refusal.Reason);
        Assert.Contains($"`{clause}`", refusal.Message);
    }
}
