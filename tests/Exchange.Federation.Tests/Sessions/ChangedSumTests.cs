using Exchange.Client.Files;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>Sums while which, or between which, the data of one owner change: what changed at it is told by no two of them, in whatever order the asker's node leads them.</summary>
public sealed class ChangedSumTests
{
    private const string Count = "SELECT COUNT(*) AS n FROM readings WHERE region = 'north'";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_two_sums_at_once_between_whose_beginnings_one_owner_s_data_changed_the_second_is_not_shared(bool isFirstGivenUp)
    {
        await using var secure = await SecureExchange.StartAsync(4);
        var (first, second) = (await HandRelay.OfAsync(secure, secure.Query()), await HandRelay.OfAsync(secure, secure.Query()));
        var keys = await first.KeysAsync();
        await secure.PublishAsync("firm00", SecureExchange.ReadingsOf(7));
        var others = await second.KeysAsync();
        await first.InputsAsync(await first.SharesAsync(keys));

        foreach (var firm in secure.Firms.Skip(1))
        {
            if (isFirstGivenUp)
            {
                // The others may open it all the same.
                await first[firm].AbandonSessionAsync(new AbandonSessionRequest { CohortId = first.CohortId }, cancellationToken: Cancellation);
            }

            var refused = (await second.ShareAsync(firm, others)).Refusal;
            Assert.Equal(Reasons.RosterTooClose.Name, refused?.Reason);
            Assert.Contains("data of firm00 changed", refused!.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_sum_over_the_same_data_goes_on_beside_another()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        var (first, second) = (await HandRelay.OfAsync(secure, secure.Query()), await HandRelay.OfAsync(secure, secure.Query()));
        var (keys, others) = (await first.KeysAsync(), await second.KeysAsync());
        var (one, other) = (await first.InputsAsync(await first.SharesAsync(keys)), await second.InputsAsync(await second.SharesAsync(others)));

        await second.SumAsync(await second.ConfirmationsAsync(other));
        await first.SumAsync(await first.ConfirmationsAsync(one));
    }

    [Fact]
    public async Task A_noisy_sum_in_between_does_not_hide_that_one_owner_s_data_changed()
    {
        await using var secure = await SecureExchange.StartAsync(6);
        await AddNoisyAsync(secure);
        Assert.Equal(255, await CheckedAsync(secure));
        await secure.PublishAsync("firm00", SecureExchange.ReadingsOf(7));
        Assert.Null((await NoisyAsync(secure)).Error);

        // Keys that are kept of the noisy one do not get around it either.
        for (var time = 0; time < 2; time++)
        {
            var refused = await secure.AskAsync(Count, request => request.Release = ReleaseClass.Checked);
            Assert.Equal((Reasons.RosterTooClose.Name, 0), (refused.Error?.Reason, refused.Rows.Count));
            Assert.Contains("only firm00 changed", refused.Error!.Message, StringComparison.Ordinal);
        }

        await secure.PublishAsync("firm01", SecureExchange.ReadingsOf(7));
        await secure.PublishAsync("firm02", SecureExchange.ReadingsOf(7));
        Assert.Null((await NoisyAsync(secure)).Error);
        Assert.Equal((3 * 47) + 43 + 44 + 45, await CheckedAsync(secure));
        Assert.Equal((3 * 47) + 43 + 44 + 45, await CheckedAsync(secure));
    }

    [Fact]
    public async Task Where_there_were_noisy_sums_alone_a_checked_one_is_told_whoever_s_data_changed()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        await AddNoisyAsync(secure);
        Assert.Null((await NoisyAsync(secure)).Error);
        await secure.PublishAsync("firm00", SecureExchange.ReadingsOf(7));
        Assert.Equal(47 + 41 + 42 + 43, await CheckedAsync(secure));
        Assert.Null((await NoisyAsync(secure)).Error);
        Assert.Equal(47 + 41 + 42 + 43, await CheckedAsync(secure));
    }

    private static async Task AddNoisyAsync(SecureExchange secure)
    {
        var terms = OfferFile.Read(secure.Written("noise.yaml", NoisySumTests.Offer.Replace("offer: sums", "offer: noise", StringComparison.Ordinal)));
        foreach (var firm in secure.Firms)
        {
            using var client = secure.ClientOf(firm);
            await client.Offers.SetAsync(new SetOfferRequest { Terms = terms, BesideExact = true }, Cancellation);
        }

        await secure.AgreeAsync("lab");
    }

    private static async Task<long> CheckedAsync(SecureExchange secure) => (await secure.AskAsync(Count, request => request.Release = ReleaseClass.Checked)).Rows[0].Values[0].IntValue;

    private static Task<RunQueryResponse> NoisyAsync(SecureExchange secure) => secure.AskAsync(Count, request => (request.Release, request.Rho) = (ReleaseClass.Noisy, 0.5));
}
