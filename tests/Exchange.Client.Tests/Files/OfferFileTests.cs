using Exchange.Client.Files;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;

namespace Exchange.Client.Tests.Files;

public sealed class OfferFileTests
{
    private const string Open = """
        offer: open-statistics
        product: readings/1
        consumers: {kinds: [institute, government], regions: ["CN-*"], participants: []}
        purposes: [research, statistics]
        columns: {region: [group, filter], kwh: [count, sum, avg, variance]}
        release: table
        aggregation: each
        disclosure: {min_units: 12, min_nodes: 3, dominance: {n: 2, percent: 90}, p_percent: 10, coalition: 1, min_spread: 3, round_to: 0}
        budget: {rho: 0.1, delta: 1e-6, per: quarter}
        queries_per_day: 200
        approval: automatic
        expires: 2027-12-31

        """;

    [Fact]
    public void Every_key_is_read()
    {
        using var file = new WrittenFile("offer.yaml", Open);
        var terms = OfferFile.Read(file.FilePath);

        Assert.Equal(("open-statistics", "readings/1", 200), (terms.Name, terms.Product, terms.QueriesPerDay));
        Assert.Equal([ParticipantKind.Institute, ParticipantKind.Government], terms.Consumers.Kinds);
        Assert.Equal(["CN-*"], terms.Consumers.Regions);
        Assert.Equal(["research", "statistics"], terms.Purposes);
        Assert.True(terms.ColumnsListed);
        Assert.Equal([ColumnUse.Count, ColumnUse.Sum, ColumnUse.Avg, ColumnUse.Variance], terms.Columns[1].Uses);
        Assert.Equal((ReleaseClass.Table, Aggregation.Each, Approval.Automatic), (terms.Release, terms.Aggregation, terms.Approval));
        Assert.Equal(
            new Disclosure { MinUnits = 12, MinNodes = 3, DominanceN = 2, DominancePercent = 90, PPercent = 10, Coalition = 1, MinSpread = 3 }, terms.Disclosure);
        Assert.Equal(new PrivacyBudget { Rho = 0.1, Delta = 1e-6, Per = "quarter" }, terms.Budget);
        Assert.Equal(new DateTimeOffset(2027, 12, 31, 23, 59, 59, TimeSpan.Zero).AddMicroseconds(999_999), terms.ExpireTime.ToDateTimeOffset());
    }

    [Fact]
    public void Left_out_keys_stay_for_the_node_to_fill_and_a_person_decides()
    {
        using var file = new WrittenFile("offer.yaml", "offer: few\nproduct: readings/1\npurposes: [research]\nrelease: checked\n");
        var terms = OfferFile.Read(file.FilePath);
        Assert.Equal(new Disclosure(), terms.Disclosure);
        Assert.Equal((Approval.Manual, Aggregation.Each, false), (terms.Approval, terms.Aggregation, terms.ColumnsListed));
        Assert.Null(terms.ExpireTime);
    }

    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("2s", 2000)]
    [InlineData("0ms", null)]
    [InlineData("250", null)]
    [InlineData("-1ms", null)]
    [InlineData("1.5s", null)]
    public void A_response_grid_is_a_number_of_milliseconds_or_seconds(string text, int? milliseconds)
    {
        using var file = new WrittenFile("offer.yaml", $"{Open}response_grid: {text}\n");
        if (milliseconds is { } read)
        {
            Assert.Equal(read, OfferFile.Read(file.FilePath).ResponseGridMs);
        }
        else
        {
            Assert.Contains("response_grid", Assert.Throws<ExchangeException>(() => OfferFile.Read(file.FilePath)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Empty_list_of_columns_is_the_whole_list()
    {
        using var file = new WrittenFile("offer.yaml", "offer: few\nproduct: readings/1\npurposes: [research]\nrelease: checked\ncolumns: {}\n");
        Assert.True(OfferFile.Read(file.FilePath).ColumnsListed);
    }

    [Theory]
    [InlineData("release: table", "release: tabel", "line 6: unknown release class 'tabel' – did you mean 'table'?")]
    [InlineData("release: table\n", "", "line 1: the offer has no 'release'.")]
    [InlineData("kinds: [institute,", "kinds: [instutute,", "line 3: unknown kind 'instutute' – did you mean 'institute'?")]
    [InlineData("kwh: [count, sum", "kwh: [cuont, sum", "line 5: unknown use of a column 'cuont' – did you mean 'count'?")]
    [InlineData("min_units: 12", "min_unit: 12", "line 8: unknown key 'min_unit' – did you mean 'min_units'?")]
    [InlineData("min_units: 12", "min_units: 0", "line 8: 'min_units' must be a whole number from 1 to 1000000.")]
    [InlineData("percent: 90", "percent: 190", "line 8: 'percent' must be above 0 and at most 100.")]
    [InlineData("per: quarter", "per: quater", "line 9: unknown period 'quater' – did you mean 'quarter'?")]
    [InlineData("approval: automatic", "approval: auto", "line 11: unknown approval 'auto' – did you mean 'automatic'?")]
    [InlineData("2027-12-31", "31.12.2027", "line 12: this is not a day.")]
    [InlineData("offer: open-statistics", "offer: Open Statistics", "line 1: 'offer' must be 2 to 40 characters of a-z, 0-9 and '-', starting with a letter.")]
    public void Mistake_is_shown_with_file_line_and_nearest_word(string right, string wrong, string sentence)
    {
        using var file = new WrittenFile("offer.yaml", Open.Replace(right, wrong, StringComparison.Ordinal));
        var failure = Assert.Throws<ExchangeException>(() => OfferFile.Read(file.FilePath));
        Assert.Equal(Reasons.FileInvalid, failure.Reason);
        Assert.Equal($"offer.yaml, {sentence}", failure.Message);
    }
}
