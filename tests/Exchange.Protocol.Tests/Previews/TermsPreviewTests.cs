using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Previews;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Protocol.Tests.Previews;

public sealed class TermsPreviewTests
{
    private const string Combining = "Each answer is checked by itself, and combining answers is not defended against: by asking often enough it could learn about single units. "
        + "These are terms for consumers that the owner trusts.";

    [Fact]
    public void An_offer_without_a_list_of_columns_says_everything_it_lets_out() => Assert.Equal(
        [
            "Every participant may ask for research or statistics, until 2027-12-31 23:59 UTC.",
            "A request on these terms is approved at once.",
            "It could learn exact figures grouped by region, month (by month) and band (by its intervals), and how many rows there are in each group.",
            "It may choose rows by any condition on region, month and band; conditions see the values themselves, also of columns that group by intervals.",
            "Of kwh it could learn how many values there are, sums, averages, variances, correlations with other measures that allow them, medians and quantiles and minima and maxima.",
            "Of price it could learn how many values there are, sums, averages, variances and correlations with other measures that allow them.",
            "It may ask for a computed measure (cost) wherever it may ask for every measure behind it.",
            "It learns nothing of worker_id or remark.",
            "A figure that stands on fewer than 10 distinct values of worker_id is withheld, with every other figure of its cell.",
            Combining,
            "It sees this owner's own figures, not only those merged with other owners'.",
            "The number of its questions is not limited.",
        ],
        TermsPreview.Of(Terms(), Product()));

    [Fact]
    public void An_offer_with_a_list_of_columns_says_these_and_no_other()
    {
        var terms = Terms();
        terms.ColumnsListed = true;
        terms.Columns.Add(new ColumnRule { Column = "region", Uses = { ColumnUse.Group } });
        terms.Columns.Add(new ColumnRule { Column = "price", Uses = { ColumnUse.Avg, ColumnUse.Filter } });
        terms.Columns.Add(new ColumnRule { Column = "worker_id", Uses = { ColumnUse.Units } });
        terms.Approval = Approval.Manual;
        terms.QueriesPerDay = 200;
        terms.Consumers = new Consumers { Kinds = { ParticipantKind.Institute, ParticipantKind.Government }, Regions = { "CN-*" }, Participants = { "lab" } };

        Assert.Equal(
            [
                "A participant of the kind institute or government in the region CN-* that is lab may ask for research or statistics, until 2027-12-31 23:59 UTC.",
                "A person of the owner decides each request.",
                "It could learn exact figures grouped by region, and how many rows there are in each group.",
                "It may choose rows by any condition on price; conditions see the values themselves, also of columns that group by intervals.",
                "Of price it could learn how many values there are, sums and averages.",
                "Of worker_id it could learn how many different ones there are.",
                "It may ask for a computed measure (cost) wherever it may ask for every measure behind it.",
                "It learns nothing of month, kwh, band or remark.",
                "A figure that stands on fewer than 10 distinct values of worker_id is withheld, with every other figure of its cell.",
                Combining,
                "It sees this owner's own figures, not only those merged with other owners'.",
                "It may ask at most 200 questions in 24 hours.",
            ],
            TermsPreview.Of(terms, Product()));
    }

    [Fact]
    public void An_offer_that_lists_nothing_counts_rows()
    {
        var terms = Terms();
        terms.ColumnsListed = true;
        var product = Product();
        product.Unit = "row";

        var sentences = TermsPreview.Of(terms, product);

        Assert.Contains("It could learn exact figures of all rows together, and how many rows there are.", sentences);
        Assert.Contains("It may set no conditions on rows.", sentences);
        Assert.Contains("A figure that stands on fewer than 10 distinct rows is withheld, with every other figure of its cell.", sentences);
    }

    [Fact]
    public void An_agreement_says_who_asks_whom_from_when_until_when_and_what_it_continues()
    {
        var agreement = new AgreementTerms
        {
            Provider = "mill",
            Consumer = "lab",
            Purpose = "research",
            Offer = new Offer { Terms = Terms() },
            StartTime = Timestamp.FromDateTimeOffset(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero)),
            EndTime = Timestamp.FromDateTimeOffset(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero)),
            Renews = "0123456789abcdefghjkmnpqrs",
        };

        var sentences = TermsPreview.Of(agreement, Product());

        Assert.Equal("lab may ask mill for research, from 2026-05-01 12:00 UTC until 2026-06-01 12:00 UTC.", sentences[0]);
        Assert.Equal("It continues the agreement 0123456789abcdefghjkmnpqrs, which stays in force until its own end.", sentences[1]);
        Assert.Contains(Combining, sentences);
    }

    [Fact]
    public void Other_release_classes_do_not_speak_of_checked_answers()
    {
        foreach (var release in new[] { ReleaseClass.Table, ReleaseClass.Noisy, ReleaseClass.Unspecified })
        {
            var terms = Terms();
            terms.Release = release;
            Assert.DoesNotContain(Combining, TermsPreview.Of(terms, Product()));
        }
    }

    [Fact]
    public void A_noisy_offer_says_of_each_mechanism_what_it_promises_for_which_neighbours_and_where_that_is_proven()
    {
        var terms = Terms();
        (terms.Release, terms.ResponseGridMs) = (ReleaseClass.Noisy, 250);
        terms.Budget = new PrivacyBudget { Rho = 0.5, AgreementRho = 0.2, Delta = 1e-6, Per = "quarter", GroupsPerUnit = 3, RowsPerGroup = 2 };
        var sentences = TermsPreview.Of(terms, Product());

        Assert.Contains(sentences, sentence => sentence.StartsWith("Neighbours are data with and without all rows of one worker_id,", StringComparison.Ordinal) && sentence.Contains("k quarters", StringComparison.Ordinal));
        Assert.Contains(sentences, sentence => sentence.Contains("discrete Gaussian noise", StringComparison.Ordinal) && sentence.Contains("Canonne, Kamath and Steinke 2020", StringComparison.Ordinal));
        Assert.Contains(sentences, sentence => sentence.Contains("3 groups and 2 rows in each", StringComparison.Ordinal) && sentence.Contains("Casacuberta", StringComparison.Ordinal));
        Assert.Contains(sentences, sentence => sentence.Contains("histogram", StringComparison.Ordinal));
        Assert.Contains(sentences, sentence => sentence.Contains("at most 1E-08 a question", StringComparison.Ordinal));
        Assert.Contains(sentences, sentence => sentence.Contains("Whitehouse", StringComparison.Ordinal));
        Assert.Contains(sentences, sentence => sentence.Contains("250 ms", StringComparison.Ordinal));
        Assert.All(sentences, sentence => Assert.EndsWith(".", sentence, StringComparison.Ordinal));
    }

    [Fact]
    public void A_secure_offer_over_a_table_says_who_learns_its_blocks_and_that_no_figure_of_the_owner_is_told()
    {
        var terms = Terms();
        (terms.Release, terms.Aggregation, terms.Disclosure.MinNodes) = (ReleaseClass.Table, Aggregation.Secure, 4);
        var sentences = TermsPreview.Of(terms, Product());

        Assert.Contains("It sees only sums over at least 4 participants, never this owner's own figures.", sentences);
        Assert.Contains("It and the other owners in a sum learn which blocks this owner's safe table has, and which of them changed since an earlier sum, and no figure of any.", sentences);
        Assert.Contains("Sums are told only of parts of the tables that at least 4 participants have rows in; the asker's own do not count.", sentences);
        Assert.Contains("How much of such a sum is one participant's is not checked: where one has nearly all, the sum is nearly its own figure.", sentences);
        Assert.DoesNotContain(sentences, sentence => sentence.Contains("learns it by asking", StringComparison.Ordinal) || sentence.Contains("exact figures out of the dataset's safe table", StringComparison.Ordinal));
        Assert.All(sentences, sentence => Assert.EndsWith(".", sentence, StringComparison.Ordinal));
    }

    private static OfferTerms Terms() => new()
    {
        Name = "open",
        Product = "readings/1",
        Purposes = { "research", "statistics" },
        Release = ReleaseClass.Checked,
        Aggregation = Aggregation.Each,
        Approval = Approval.Automatic,
        Disclosure = new Disclosure { MinUnits = 10 },
        ExpireTime = Timestamp.FromDateTimeOffset(new DateTimeOffset(2027, 12, 31, 23, 59, 59, TimeSpan.Zero)),
    };

    private static ProductDefinition Product() => new()
    {
        Name = "readings",
        Major = 1,
        Unit = "worker_id",
        Columns =
        {
            new ColumnDefinition { Name = "region", Role = ColumnRole.Dimension },
            new ColumnDefinition { Name = "month", Role = ColumnRole.Dimension, Grain = Grain.Month },
            new ColumnDefinition { Name = "kwh", Role = ColumnRole.Measure, Step = 5 },
            new ColumnDefinition { Name = "price", Role = ColumnRole.Measure },
            new ColumnDefinition { Name = "band", Role = ColumnRole.Dimension, From = "kwh", Cuts = { 0, 20 } },
            new ColumnDefinition { Name = "worker_id", Role = ColumnRole.Identifier },
            new ColumnDefinition { Name = "remark", Role = ColumnRole.Hidden },
        },
        Derived = { new DerivedMeasure { Name = "cost", Expression = "kwh * price" } },
    };
}
