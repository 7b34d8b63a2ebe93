using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>
/// Of thirteen members three drop out at once, in any round and in any way: the sum is over those whose values arrived, the coverage says who and why, and
/// nobody holds a secret of it afterwards. Nine have to stay; where fewer do, there is a reason and no figure.
/// </summary>
public sealed class ManyDropOutsTests(ThirteenFirms thirteen) : IClassFixture<ThirteenFirms>, IAsyncLifetime
{
    private const string North = "SELECT SUM(kwh), COUNT(*) FROM readings WHERE region = 'north' AND age < {0}";

    // Both ends of the cohort and one between.
    private static readonly string[] Three = ["firm00", "firm05", "firm12"];
    private static readonly string[] Five = ["firm00", "firm03", "firm05", "firm08", "firm12"];
    private static int _question;

    private readonly SecureExchange _secure = thirteen.Secure;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _secure.RenewAsync();

    public ValueTask DisposeAsync()
    {
        _secure.Heal();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("OpenSession")]
    [InlineData("ShareSession")]
    [InlineData("InputSession")]
    public async Task Three_that_are_lost_before_their_values_arrive_are_not_in_the_sum(string round)
    {
        _secure.FaultsOf(Three[0]).DiesBefore = _secure.FaultsOf(Three[1]).DiesAfter = _secure.FaultsOf(Three[2]).DiesAfter = round;
        await SumIsWithoutAsync(Three, Reasons.Unreachable);
    }

    [Theory]
    [InlineData("ConfirmSession")]
    [InlineData("UnmaskSession")]
    public async Task Three_that_are_lost_after_their_values_arrived_are_in_the_sum(string round)
    {
        _secure.FaultsOf(Three[0]).DiesBefore = _secure.FaultsOf(Three[1]).DiesAfter = _secure.FaultsOf(Three[2]).DiesBefore = round;
        await SumIsWithoutAsync([], Reasons.Unreachable);
    }

    [Theory]
    [InlineData("OpenSession", false)]
    [InlineData("ShareSession", false)]
    [InlineData("InputSession", true)]
    [InlineData("ConfirmSession", true)]
    public async Task Three_whose_nodes_are_stopped_after_a_round_are_in_the_sum_if_their_values_arrived(string round, bool arrived)
    {
        StopAfter(round, Three);
        try
        {
            await SumIsWithoutAsync(arrived ? [] : Three, Reasons.Unreachable, down: Three);
        }
        finally
        {
            await StartAsync(Three);
        }
    }

    [Theory]
    [InlineData("ShareSession", false)]
    [InlineData("InputSession", false)]
    [InlineData("ConfirmSession", true)]
    [InlineData("UnmaskSession", true)]
    public async Task Three_that_revoke_their_agreements_in_a_round_are_in_the_sum_if_their_values_arrived(string round, bool arrived)
    {
        foreach (var firm in Three)
        {
            var agreement = await _secure.AgreementWithAsync(firm);
            _secure.FaultsOf(firm).Meanwhile = async current =>
            {
                if (current == round)
                {
                    using var client = _secure.ClientOf(firm);
                    await client.Agreements.RevokeAsync(agreement, "no longer", Cancellation);
                }
            };
        }

        try
        {
            await SumIsWithoutAsync(arrived ? [] : Three, Reasons.AgreementRevoked);
        }
        finally
        {
            _secure.Heal();
            await _secure.AgreeAsync("lab", Three);
        }
    }

    [Fact]
    public async Task One_lost_in_each_of_four_rounds_leaves_exactly_the_threshold_and_the_sum_is_right()
    {
        (_secure.FaultsOf("firm01").DiesBefore, _secure.FaultsOf("firm02").DiesAfter) = ("ShareSession", "ShareSession");
        (_secure.FaultsOf("firm06").DiesBefore, _secure.FaultsOf("firm11").DiesBefore) = ("InputSession", "UnmaskSession");
        await SumIsWithoutAsync(["firm01", "firm02", "firm06"], Reasons.Unreachable);
    }

    [Theory]
    [InlineData("OpenSession", false)]
    [InlineData("ShareSession", false)]
    [InlineData("InputSession", false)]
    [InlineData("ConfirmSession", true)]
    [InlineData("UnmaskSession", true)]
    public async Task Five_that_are_lost_in_any_round_end_the_sum_with_a_reason_and_no_figure(string round, bool isAfter)
    {
        foreach (var firm in Five)
        {
            (_secure.FaultsOf(firm).DiesBefore, _secure.FaultsOf(firm).DiesAfter) = isAfter ? ((string?)null, round) : (round, null);
        }

        var answer = await AskAsync();

        Assert.Equal((Reasons.TooFewLeft.Name, 0), (answer.Error.Reason, answer.Rows.Count));
        Assert.All(Five, firm => Assert.Equal(Reasons.Unreachable.Name, answer.Coverage.Single(part => part.ParticipantId == firm).Refusal.Reason));
        Assert.DoesNotContain(answer.Coverage, part => part.Status == CoverageStatus.Answered && Five.Contains(part.ParticipantId));
        await _secure.HoldsNothingOfAsync(answer.Cohort.Id, _secure.Firms);
    }

    private async Task SumIsWithoutAsync(string[] absent, ErrorReason reason, string[]? down = null)
    {
        var answer = await AskAsync();

        var present = _secure.Firms.Except(absent).ToList();
        var north = _secure.Pooled(present).Where(one => one.Region == "north").ToList();
        Assert.Null(answer.Error);
        Assert.Equal((north.Sum(one => one.Kwh), north.Count, present.Count), (answer.Rows[0].Values[0].IntValue, answer.Rows[0].Values[1].IntValue, answer.Rows[0].Participants));
        Assert.Equal(present, answer.Coverage.Where(part => part.Status == CoverageStatus.Answered).Select(part => part.ParticipantId));
        Assert.All(answer.Coverage.Where(part => absent.Contains(part.ParticipantId)), part => Assert.Equal(reason.Name, part.Refusal.Reason));
        Assert.All(answer.Coverage.Where(part => !absent.Contains(part.ParticipantId)), part => Assert.NotNull(part.Receipt));
        await _secure.HoldsNothingOfAsync(answer.Cohort.Id, _secure.Firms.Except(down ?? []));
    }

    // A question of its own for each test, of which no answer is stored.
    private async Task<RunQueryResponse> AskAsync()
    {
        var answer = await _secure.AskAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, North, 40 + Interlocked.Increment(ref _question)));
        _secure.Heal();
        return answer;
    }

    // A node that is stopped answers what it was asked before. So these are stopped when all of them are in the round, which another one's reply holds open.
    private void StopAfter(string round, string[] firms)
    {
        var begun = firms.ToDictionary(firm => firm, _ => new TaskCompletionSource());
        foreach (var firm in firms)
        {
            _secure.Exchange[firm].KeepPort();
            _secure.FaultsOf(firm).Meanwhile = current => Task.Run(() => current == round ? begun[firm].TrySetResult() : false);
        }

        _secure.FaultsOf("firm01").Meanwhile = async current =>
        {
            if (current == round)
            {
                await Task.WhenAll(begun.Values.Select(one => one.Task)).WaitAsync(Cancellation);
                await Task.WhenAll(firms.Select(firm => _secure.Exchange[firm].StopAsync()));
            }
        };
    }

    private async Task StartAsync(string[] firms)
    {
        foreach (var firm in firms)
        {
            await _secure.Exchange[firm].StartAsync(Cancellation);
        }
    }
}

/// <summary>As many firms as three of them can drop out of.</summary>
public sealed class ThirteenFirms : IAsyncLifetime
{
    internal SecureExchange Secure { get; } = new(13);

    public async ValueTask InitializeAsync() => await Secure.InitializeAsync();

    public ValueTask DisposeAsync() => Secure.DisposeAsync();
}
