using Exchange.Client;
using Exchange.Client.Files;
using Exchange.Federation.Tests.Audit;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Tests.Support;

namespace Exchange.Federation.Tests.SafeTables;

/// <summary>
/// Two owners whose tables differ. Alpha has 20 readings of every region and month; beta has 30, but of the north's third and fourth month
/// only 4 and 7, which its table has as one block.
/// </summary>
public sealed class SharedPartsTests : IAsyncLifetime
{
    private const string ByRegionAndMonth = "SELECT region, month, COUNT(*) AS n, AVG(kwh) AS k FROM readings GROUP BY region, month ORDER BY region, month";

    private const string Product = """
        product: readings/1
        title: Readings
        unit: row
        columns:
          region: {type: string, role: dimension, domain: [north, south], required: true}
          month:  {type: int, role: dimension, range: [1, 4], required: true}
          kwh:    {type: int, role: measure, bounds: [0, 500], required: true}
        """;

    private const string Offer = """
        offer: tables
        product: readings/1
        purposes: [research]
        release: table
        disclosure: {min_units: 10}
        approval: automatic
        expires: 2099-12-31
        """;

    private TestExchange? _exchange;

    private TestExchange Exchange => _exchange ?? throw new InvalidOperationException("Not started.");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _exchange = await TestExchange.StartAsync(TimeProvider.System, ["alpha", "beta"]);
        await _exchange.AddAsync("lab", ParticipantKind.Institute, "CN-ZJ");
        using (var alpha = ClientOf("alpha"))
        {
            await alpha.Offers.PublishProductAsync(ProductFile.Read(Written("product.yaml", Product)), Cancellation);
            await Exchange.RefreshAsync();
        }

        foreach (var owner in new[] { "alpha", "beta" })
        {
            using var client = ClientOf(owner);
            var source = Written($"{owner}.csv", "region,month,kwh\n" + string.Concat(RowsOf(owner).Select(row => $"{row.Region},{row.Month},{row.Kwh}\n")));
            await client.Datasets.PublishAsync(new PublishDatasetRequest { Product = "readings/1", Source = source, Mode = PublishMode.Replace }, null, Cancellation);
            await client.Offers.SetAsync(OfferFile.Read(Written("offer.yaml", Offer)), Cancellation);
        }

        using var lab = ClientOf("lab");
        var outcomes = await lab.Agreements.RequestAsync(new RequestAgreementsRequest { Product = "readings/1", Purpose = "research" }, Cancellation);
        Assert.All(outcomes, outcome => Assert.Equal(AgreementState.Finalized, outcome.Agreement?.State));
    }

    public async ValueTask DisposeAsync()
    {
        if (_exchange is not null)
        {
            await _exchange.DisposeAsync();
        }
    }

    [Fact]
    public async Task Both_rounds_are_in_both_sides_logs()
    {
        await Exchange.AddAuditorAsync("court");
        await Exchange.RefreshAsync();
        await AskAsync(ByRegionAndMonth, request => request.Common = true);

        var (exitCode, found, error) = await AuditExchange.RunAsync(Exchange, "court", TimeProvider.System, "audit", "verify");
        var (_, asked, _) = await AuditExchange.RunAsync(Exchange, "court", TimeProvider.System, "audit", "log", "--outcome", "asked");

        Assert.True(exitCode == 0, error + found.ToJsonString());
        Assert.Equal(2, asked.AsArray().Count);
    }

    [Fact]
    public async Task Rows_of_which_owners_tell_other_shares_are_flagged_with_what_of_each_is_in_them()
    {
        var answer = await AskAsync(ByRegionAndMonth);

        Assert.Null(answer.Error);
        Assert.Equal(8, answer.Rows.Count);
        Assert.All(answer.Rows.Take(2), row =>
        {
            Assert.True(row.Uneven);
            Assert.Equal([("alpha", 20, 0), ("beta", 30, 11)], row.Parts.Select(part => (part.ParticipantId, part.CoveredUnits, part.TouchingUnits)));
            Assert.Equal("region", Assert.Single(row.Coarser.Dimensions));
        });
        Assert.All(answer.Rows.Skip(4), row =>
        {
            Assert.False(row.Uneven);
            Assert.Empty(row.Parts);
            Assert.Null(row.Coarser);
        });
        Assert.Contains(answer.Notes, note => note.Contains("means lean", StringComparison.Ordinal));
        Assert.Contains(answer.Notes, note => note.Contains("by region alone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_coarser_grouping_that_is_named_takes_in_what_touched()
    {
        var answer = await AskAsync("SELECT region, COUNT(*) AS n FROM readings GROUP BY region ORDER BY region");

        Assert.Equal([151L, 200L], answer.Rows.Select(row => row.Values[1].IntValue));
        Assert.All(answer.Rows, row => Assert.Equal(0, row.TouchingUnits));
    }

    [Fact]
    public async Task Common_parts_are_those_that_every_owner_tells_by_themselves_and_their_means_are_of_both()
    {
        var answer = await AskAsync(ByRegionAndMonth, request => request.Common = true);

        Assert.Null(answer.Error);
        Assert.Equal(
            [("north", 1), ("north", 2), ("south", 1), ("south", 2), ("south", 3), ("south", 4)],
            answer.Rows.Select(row => (row.Values[0].StringValue, (int)row.Values[1].IntValue)));
        var both = RowsOf("alpha").Concat(RowsOf("beta")).ToList();
        Assert.All(answer.Rows, row =>
        {
            var rows = both.Where(reading => reading.Region == row.Values[0].StringValue && reading.Month == row.Values[1].IntValue).ToList();
            Assert.Equal(rows.Count, row.Values[2].IntValue);
            Assert.Equal(rows.Average(reading => reading.Kwh), row.Values[3].DoubleValue, 1e-9);
            Assert.False(row.Uneven);
            Assert.Equal(2, row.Participants);
        });
        Assert.Contains(answer.Notes, note => note.StartsWith("common:", StringComparison.Ordinal));
        Assert.All(answer.Coverage, part => Assert.NotNull(part.Receipt));
    }

    [Fact]
    public async Task Parts_that_are_told_together_by_one_owner_are_told_where_the_question_is_coarse_enough()
    {
        var answer = await AskAsync(
            "SELECT region, COUNT(*) AS n, COUNT(*) FILTER (WHERE region = 'north') AS m FROM readings GROUP BY region ORDER BY region", request => request.Common = true);

        Assert.Equal(151, answer.Rows[0].Values[1].IntValue);
        Assert.Equal(151, answer.Rows[0].Values[2].IntValue);
    }

    [Fact]
    public async Task A_common_question_asked_again_under_its_id_is_answered_from_the_store()
    {
        var first = await AskAsync(ByRegionAndMonth, request => request.Common = true);
        var again = await AskAsync(ByRegionAndMonth, request => (request.Common, request.QueryId) = (true, first.QueryId));

        Assert.Equal(first.Rows, again.Rows);
        Assert.Equal(first.Coverage, again.Coverage);
        var other = await Assert.ThrowsAsync<ExchangeException>(() => AskAsync(ByRegionAndMonth, request => request.QueryId = first.QueryId));
        Assert.Equal(Reasons.QueryIdReused, other.Reason);
    }

    [Fact]
    public async Task An_owner_that_cannot_be_reached_is_missing_and_bends_no_part()
    {
        await Exchange["beta"].StopAsync();

        var answer = await AskAsync(ByRegionAndMonth, request => request.Common = true);

        Assert.Equal(8, answer.Rows.Count);
        Assert.Equal(CoverageStatus.Unreachable, answer.Coverage.Single(part => part.ParticipantId == "beta").Status);
    }

    [Fact]
    public async Task A_hand_made_choice_of_blocks_gets_figures_of_whole_blocks_only()
    {
        // The attacker names a part of a block of beta's, and one that no owner has.
        var agreement = await AgreementWithAsync("beta");
        var response = await SendAsync("beta", agreement, query =>
        {
            query.Common = new TablePattern
            {
                Dimensions =
                {
                    new PatternDimension { Name = "region", Values = { new PatternValue { Text = "north" }, new PatternValue { Text = "east" } } },
                    new PatternDimension { Name = "month", Values = { new PatternValue { Text = "3" }, new PatternValue { Text = "1" } } },
                },
                Codes = { 1, 1, 1, 2, 2, 0 },
            };
        });

        var answer = FragmentAnswer.Parser.ParseFrom(response.Answer);
        Assert.Equal(1, answer.CellCount);
        Assert.Equal(30, answer.States[0].Counts[0]);
    }

    [Theory]
    [InlineData("a number beyond its list")]
    [InlineData("a value behind *")]
    [InlineData("a description twice")]
    [InlineData("half a description")]
    [InlineData("no dimensions")]
    [InlineData("the pattern asked for beside")]
    public async Task A_pattern_that_cannot_be_is_refused(string what)
    {
        var agreement = await AgreementWithAsync("beta");
        var response = await SendAsync("beta", agreement, query =>
        {
            query.Common = new TablePattern
            {
                Dimensions =
                {
                    new PatternDimension { Name = "region", Values = { new PatternValue { Text = "north" } } },
                    new PatternDimension { Name = "month", Values = { new PatternValue { Text = "1" } } },
                },
            };
            switch (what)
            {
                case "a number beyond its list":
                    query.Common.Codes.Add([1, 2]);
                    break;
                case "a value behind *":
                    query.Common.Codes.Add([0, 1]);
                    break;
                case "a description twice":
                    query.Common.Codes.Add([1, 1, 1, 1]);
                    break;
                case "half a description":
                    query.Common.Codes.Add([1]);
                    break;
                case "no dimensions":
                    query.Common.Dimensions.Clear();
                    break;
                default:
                    query.AsksPattern = true;
                    break;
            }
        });

        Assert.Equal(Reasons.QueryMalformed.Name, response.Refusal?.Reason);
    }

    private async Task<string> AgreementWithAsync(string owner)
    {
        using var lab = ClientOf("lab");
        return (await lab.Agreements.ListAsync(Cancellation)).Select(agreement => AgreementTerms.Parser.ParseFrom(agreement.ConsumerSigned.Payload)).Single(terms => terms.Provider == owner).Id;
    }

    private Task<RunFragmentResponse> SendAsync(string owner, string agreement, Action<JointQuery> spoil) => HandMade.SendAsync(
        Exchange["lab"], owner, agreement, "readings/1", query =>
        {
            query.Release = Protocol.Catalog.V1.ReleaseClass.Table;
            query.Fragment.GroupBy.Add(new Expression { Column = "region" });
            query.Fragment.GroupBy.Add(new Expression { Column = "month" });
            spoil(query);
        });

    private async Task<RunQueryResponse> AskAsync(string sql, Action<RunQueryRequest>? change = null)
    {
        using var lab = ClientOf("lab");
        var request = new RunQueryRequest { Sql = sql, Purpose = "research" };
        change?.Invoke(request);
        return (await lab.Queries.RunAsync(request, Cancellation)).Response;
    }

    private ExchangeClient ClientOf(string id) => ExchangeClient.Connect(Exchange[id].Home.Path);

    private string Written(string name, string text)
    {
        var file = Exchange.PathOf(name);
        File.WriteAllText(file, text);
        return file;
    }

    private static List<Reading> RowsOf(string owner) =>
    [
        .. from region in new[] { "north", "south" }
           from month in Enumerable.Range(1, 4)
           let count = owner == "alpha" ? 20 : region == "north" && month > 2 ? month == 3 ? 4 : 7 : 30
           from number in Enumerable.Range(0, count)
           select new Reading(region, month, 100 + (10 * month) + (number % 9) + (owner == "alpha" ? 0 : 40)),
    ];

    private sealed record Reading(string Region, int Month, int Kwh);
}
