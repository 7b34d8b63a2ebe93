using Exchange.Node.Sessions;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Tests.Support;
using Google.Protobuf;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>Further questions to a cohort that agreed on keys: without new ones where everybody keeps them and nothing changed, with new ones otherwise.</summary>
public sealed class FurtherSumTests
{
    private const string Count = "SELECT COUNT(*) AS n FROM readings WHERE region = 'north'";
    private const string Sum = "SELECT SUM(kwh) AS s FROM readings WHERE region = 'north'";
    private const string Regions = "SELECT region, COUNT(*) AS n FROM readings GROUP BY region ORDER BY region";

    // The rounds that an owner is asked for.
    private const string First = "Open Share Input Confirm Unmask";
    private const string Further = "Open Input Confirm Unmask";
    private const string Renewed = "Open Renew Share Input Confirm Unmask";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Further_questions_of_a_session_go_without_a_round_of_keys_and_are_right()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        Assert.Equal((166, First), await CountAsync(secure));

        var (sum, rounds) = await AskAsync(secure, Sum);
        Assert.Equal(secure.Pooled(secure.Firms).Where(one => one.Region == "north").Sum(one => one.Kwh), sum.Rows[0].Values[0].IntValue);
        Assert.Equal(Further, rounds);

        // Cells of too few are not told here either: nobody but two has the west, and nobody's rules let the sea through.
        var (regions, more) = await AskAsync(secure, Regions);
        Assert.Equal(["east", "north", "south"], regions.Rows.Select(row => row.Values[0].StringValue));
        Assert.Equal([45, 166, 86], regions.Rows.Select(row => row.Values[1].IntValue));
        Assert.Equal(Further, more);
        Assert.True((await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => secure.AskAsync(Count)))).All(answer => answer.Rows[0].Values[0].IntValue == 166));
    }

    [Theory]
    [InlineData(SecureExchange.TableOffer)]
    [InlineData(NoisySumTests.Offer)]
    public async Task Sums_over_tables_and_of_noisy_values_are_asked_further_too(string offer)
    {
        await using var secure = await SecureExchange.StartAsync(3, offer);
        var (first, rounds) = await AskAsync(secure, Regions);
        var (further, more) = await AskAsync(secure, "SELECT SUM(kwh) FROM readings");
        Assert.Equal((null, null), (first.Error, further.Error));
        // Over tables, how they divide their rows is asked first.
        Assert.Equal((First, Further), (rounds.Replace("DescribeTable ", "", StringComparison.Ordinal), more.Replace("DescribeTable ", "", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Where_one_owner_keeps_no_keys_the_others_begin_anew_and_nothing_is_lost()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        await CountAsync(secure);

        secure.Exchange["firm01"].KeepPort();
        await secure.Exchange["firm01"].StopAsync();
        await secure.Exchange["firm01"].StartAsync(Cancellation);
        Assert.Equal((166, Renewed), await CountAsync(secure));
        Assert.Equal((166, Further), await CountAsync(secure));

        // The asker's node was started anew.
        AgreedOf(secure.Lab).Forget(CohortOf(secure));
        Assert.Equal((166, First), await CountAsync(secure));
    }

    [Fact]
    public async Task New_data_of_enough_owners_are_asked_under_new_keys_and_of_fewer_not_at_all()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        Assert.Equal((166, First), await CountAsync(secure));

        // The sum before and this one would tell how the figures of one changed, or of two.
        foreach (var number in (int[])[0, 1])
        {
            await secure.PublishAsync(secure.Firms[number], SecureExchange.ReadingsOf(7));
            var (refused, _) = await AskAsync(secure, Count);
            Assert.Equal((Reasons.RosterTooClose.Name, 0), (refused.Error.Reason, refused.Rows.Count));
            Assert.Contains(string.Join(',', secure.Firms.Take(number + 1)) + " changed", refused.Error.Message, StringComparison.Ordinal);
        }

        await secure.PublishAsync("firm02", SecureExchange.ReadingsOf(7));
        // Those whose data are the same kept their keys, and are asked for new ones.
        Assert.Equal((3 * 47 + 43, First), await CountAsync(secure));
        Assert.Equal((3 * 47 + 43, Further), await CountAsync(secure));
    }

    [Fact]
    public async Task First_questions_that_two_askers_ask_at_once_are_all_answered()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        await secure.Exchange.AddAsync("bureau", ParticipantKind.Institute, "CN-ZJ");
        await secure.Exchange.RefreshAsync();
        await secure.AgreeAsync("bureau");

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(number => secure.AskAsync(number % 2 == 0 ? "lab" : "bureau", Count)));

        Assert.All(answers, answer => Assert.Null(answer.Error));
        Assert.All(answers, answer => Assert.Equal(166, answer.Rows[0].Values[0].IntValue));
    }

    [Fact]
    public async Task A_larger_cohort_agrees_on_keys_of_its_own()
    {
        await using var secure = await SecureExchange.StartAsync(6);
        string[] three = ["firm00", "firm01", "firm02"];
        await secure.AskAsync(Count, request => request.Participants.Add(three));
        Assert.Equal((40 + 41 + 42 + 43 + 44 + 45, First), await CountAsync(secure));
        Assert.Equal((40 + 41 + 42 + 43 + 44 + 45, Further), await CountAsync(secure));
    }

    [Fact]
    public async Task Kept_keys_are_gone_after_ten_minutes_however_often_they_are_used()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var secure = await SecureExchange.StartAsync(3, time: time);
        await CountAsync(secure);
        var agreedIn = AgreedOf(secure.Lab).Find(CohortOf(secure));
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(Further, (await CountAsync(secure)).Rounds);
        time.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal(Further, (await CountAsync(secure)).Rounds);

        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(Round.Keys, await FirstRoundAsync(secure, agreedIn));
        Assert.Equal(First, (await CountAsync(secure)).Rounds);
    }

    [Fact]
    public async Task A_drop_out_of_a_further_question_ends_it_and_the_next_one_agrees_anew()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        await CountAsync(secure);
        secure.Faults.DiesBefore = "ConfirmSession";
        Assert.Equal(166, (await CountAsync(secure)).Sum);

        secure.Faults.DiesBefore = "InputSession";
        var (answer, _) = await AskAsync(secure, Count);
        Assert.Equal((Reasons.RosterTooClose.Name, 0), (answer.Error.Reason, answer.Rows.Count));

        secure.Faults.Heal();
        Assert.Equal((166, First), await CountAsync(secure));
    }

    [Fact]
    public async Task Only_the_asker_that_led_a_sum_has_further_questions_of_it()
    {
        await using var secure = await SecureExchange.StartAsync(3);
        await CountAsync(secure);
        var agreedIn = AgreedOf(secure.Lab).Find(CohortOf(secure));

        Assert.Equal(Round.Shares, await FirstRoundAsync(secure, agreedIn));
        Assert.Equal(Round.Keys, await FirstRoundAsync(secure, ByteString.CopyFrom(new byte[32])));
        Assert.Equal(Round.Keys, await FirstRoundAsync(secure, ByteString.CopyFrom(new byte[7])));

        await secure.Exchange.AddAsync("bureau", ParticipantKind.Institute, "CN-ZJ");
        await secure.Exchange.RefreshAsync();
        await secure.AgreeAsync("bureau");
        // Its node does not know of the sum, and asks as if it did.
        AgreedOf(secure.Exchange["bureau"]).Note(CohortOf(secure));
        var (answer, rounds) = await AskAsync(secure, Count, asker: "bureau");
        Assert.Equal(First, rounds);
        Assert.Equal(123, answer.Rows[0].Values[0].IntValue);
    }

    [Fact]
    public async Task Who_began_anew_or_let_its_values_leave_cannot_be_made_to_again()
    {
        await using var secure = await SecureExchange.StartAsync(3);
        await CountAsync(secure);
        var relay = await HandRelay.OfAsync(secure, secure.Query(), AgreedOf(secure.Lab).Find(CohortOf(secure)));
        var shares = await relay.SharesAgainAsync();
        Assert.NotNull((await relay.InputAsync("firm00", shares)).Message);
        Assert.Equal(Reasons.SessionOutOfTurn.Name, (await relay.RenewAsync("firm00")).Refusal.Reason);

        // What was dealt before is of no use after, nor is what another, who did not begin anew, dealt.
        Assert.NotNull((await relay.RenewAsync("firm01")).Message);
        Assert.Equal(Reasons.SessionOutOfTurn.Name, (await relay.RenewAsync("firm01")).Refusal.Reason);
        Assert.Equal(Reasons.SessionOutOfTurn.Name, (await relay.InputAsync("firm01", shares)).Refusal.Reason);

        // A first question cannot be begun anew either.
        var first = await HandRelay.OfAsync(secure, secure.Query());
        await first.KeysAsync();
        Assert.Equal(Reasons.SessionOutOfTurn.Name, (await first.RenewAsync("firm00")).Refusal.Reason);
    }

    [Fact]
    public async Task Survivors_of_a_further_question_are_all_or_none()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        await CountAsync(secure);
        var relay = await HandRelay.OfAsync(secure, secure.Query(), AgreedOf(secure.Lab).Find(CohortOf(secure)));
        await relay.InputsAsync(await relay.SharesAgainAsync());

        Assert.Equal(Reasons.RosterTooClose.Name, (await relay.ConfirmAsync("firm00", relay.SetOf("firm00", "firm01", "firm02"))).Refusal.Reason);
        Assert.NotNull((await relay.ConfirmAsync("firm00", relay.SetOf("firm00", "firm01", "firm02", "firm03"))).Message);
    }

    private static async Task<(long Sum, string Rounds)> CountAsync(SecureExchange secure)
    {
        var (answer, rounds) = await AskAsync(secure, Count);
        return (answer.Rows[0].Values[0].IntValue, rounds);
    }

    // With the rounds that the first firm was asked for.
    private static async Task<(RunQueryResponse Answer, string Rounds)> AskAsync(SecureExchange secure, string sql, string asker = "lab")
    {
        var rounds = new List<string>();
        secure.FirstFaults.Meanwhile = round =>
        {
            rounds.Add(round.Replace("Session", "", StringComparison.Ordinal));
            return Task.CompletedTask;
        };
        return (await secure.AskAsync(asker, sql), string.Join(' ', rounds));
    }

    private static async Task<Round?> FirstRoundAsync(SecureExchange secure, ByteString agreedIn) =>
        CohortKeys.FromWire((await (await HandRelay.OfAsync(secure, secure.Query(), agreedIn)).OpenAsync("firm00")).Message).Round;

    private static AgreedCohorts AgreedOf(TestNode node) => node.Host.Services.GetRequiredService<AgreedCohorts>();

    // Sums are remembered by who is in them.
    private static Cohort CohortOf(SecureExchange secure) => new(new byte[32], secure.Firms, new SumLayout(1, 0), 3, "lab");
}
