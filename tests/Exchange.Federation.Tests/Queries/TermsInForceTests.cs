using Exchange.Client.Files;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Federation.Tests.Queries;

/// <summary>A stricter offer acts from the owner's next answer; a looser one needs a new agreement.</summary>
public sealed class TermsInForceTests : IAsyncLifetime
{
    private const string ByRegion = "SELECT region, COUNT(*) FROM readings GROUP BY region ORDER BY region";

    private readonly JointExchange _joint = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _joint.InitializeAsync();

    public ValueTask DisposeAsync() => _joint.DisposeAsync();

    [Fact]
    public async Task A_higher_threshold_hides_more_at_once_and_a_lower_one_nothing_less()
    {
        await ChangeOfferAsync(terms => terms.Disclosure.MinUnits = 20);
        var stricter = await AskAlphaAsync();
        Assert.Equal(2, stricter.Coverage[0].SuppressedCells);
        Assert.Single(stricter.Rows);

        await ChangeOfferAsync(terms => terms.Disclosure.MinUnits = 1);
        Assert.Equal(1, (await AskAlphaAsync()).Coverage[0].SuppressedCells);

        await _joint.AgreeAsync();
        var agreement = await NewestAgreementAsync();
        var fragment = await _joint.SendAsync("alpha", new RunFragmentRequest { Query = _joint.Sign(_joint.Query()), AgreementId = agreement });
        Assert.Equal(0, FragmentAnswer.Parser.ParseFrom(fragment.Answer).SuppressedCells);
    }

    [Fact]
    public async Task The_last_query_of_the_day_is_answered_and_the_next_one_is_refused()
    {
        await ChangeOfferAsync(terms => terms.QueriesPerDay = 2);
        await AskAlphaAsync();
        Assert.Null((await AskAlphaAsync()).Error);

        var refused = await AskAlphaAsync();
        Assert.Equal(Reasons.QueryQuotaExceeded.Name, refused.Error.Reason);
        Assert.NotNull(refused.Coverage[0].Receipt);
    }

    [Fact]
    public async Task A_column_that_is_no_longer_listed_is_refused_by_name()
    {
        await ChangeOfferAsync(terms => terms.Columns.Add(new ColumnRule { Column = "kwh", Uses = { ColumnUse.Sum } }));

        var refused = await AskAlphaAsync();
        Assert.Equal(Reasons.ColumnNotOffered.Name, refused.Error.Reason);
        Assert.Contains("region", refused.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_retired_dataset_answers_no_more()
    {
        using var alpha = _joint.ClientOf("alpha");
        await alpha.Datasets.RetireAsync("readings/1", Cancellation);

        Assert.Equal(Reasons.NoDataset.Name, (await AskAlphaAsync()).Error.Reason);
    }

    private Task<RunQueryResponse> AskAlphaAsync() => _joint.AskAsync(ByRegion, request => request.Participants.Add("alpha"));

    private async Task ChangeOfferAsync(Action<OfferTerms> change)
    {
        using var alpha = _joint.ClientOf("alpha");
        var terms = OfferFile.Read(_joint.Exchange.PathOf("offer.yaml"));
        change(terms);
        await alpha.Offers.SetAsync(terms, Cancellation);
    }

    private async Task<string> NewestAgreementAsync()
    {
        using var alpha = _joint.ClientOf("alpha");
        var newest = (await alpha.Agreements.ListAsync(Cancellation))[0];
        return Protocol.Agreement.V1.AgreementTerms.Parser.ParseFrom(newest.ConsumerSigned.Payload).Id;
    }
}
