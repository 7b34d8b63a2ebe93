using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>Whatever a member does, and whenever it goes, the sum is over those whose values arrived, or there is none and a reason.</summary>
public sealed class DropOutTests(SecureExchange secure) : IClassFixture<SecureExchange>, IAsyncLifetime
{
    private static readonly string[] Others = ["firm00", "firm01", "firm02"];

    // Each test asks a question of its own, of which no answer is stored.
    private static int _question;

    public async ValueTask InitializeAsync() => await secure.RenewAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Theory]
    [InlineData("OpenSession", false)]
    [InlineData("ShareSession", false)]
    [InlineData("InputSession", false)]
    public async Task Who_drops_out_before_its_values_arrive_is_not_in_the_sum(string round, bool isAfter) => await DropAsync(round, isAfter, Others);

    [Theory]
    [InlineData("OpenSession", true)]
    [InlineData("ShareSession", true)]
    [InlineData("InputSession", true)]
    public async Task Whose_reply_is_lost_before_its_values_arrive_is_not_in_the_sum(string round, bool isAfter) => await DropAsync(round, isAfter, Others);

    [Theory]
    [InlineData("ConfirmSession", false)]
    [InlineData("ConfirmSession", true)]
    [InlineData("UnmaskSession", false)]
    [InlineData("UnmaskSession", true)]
    public async Task Who_drops_out_after_its_values_arrived_is_in_the_sum(string round, bool isAfter) => await DropAsync(round, isAfter, secure.Firms);

    [Theory]
    [InlineData("OpenSession")]
    [InlineData("ShareSession")]
    [InlineData("InputSession")]
    public async Task Who_sends_garbage_is_not_in_the_sum(string round)
    {
        secure.Faults.Changes = (at, response) => at == round ? RoundFaults.With(response, new SessionMessage { Payload = Google.Protobuf.ByteString.CopyFrom(1, 2, 3) }) : response;
        await SumIsOverAsync(Others, round == "InputSession" ? Reasons.ReceiptInvalid : Reasons.SessionMessageInvalid);
    }

    [Fact]
    public async Task Who_sends_other_values_than_it_was_told_to_mask_is_told_by_its_log()
    {
        using var key = secure.Exchange[secure.Firms[^1]].Home.LoadSigningKey();
        secure.Faults.Changes = (at, response) => at == "InputSession" ? RoundFaults.With(response, RoundFaults.Signed(RoundFaults.MessageOf(response)!, key, payload => payload[^1] ^= 1)) : response;
        await SumIsOverAsync(Others, Reasons.ReceiptInvalid);
    }

    [Fact]
    public async Task A_false_share_is_left_out_and_the_sum_is_right()
    {
        using var key = secure.Exchange[secure.Firms[^1]].Home.LoadSigningKey();
        secure.Faults.Changes = (at, response) => at == "UnmaskSession" ? RoundFaults.With(response, RoundFaults.Signed(RoundFaults.MessageOf(response)!, key, payload => payload[^1] ^= 1)) : response;
        await SumIsOverAsync(secure.Firms, null);
    }

    [Fact]
    public async Task A_false_commitment_ends_the_sum_with_its_dealer_named()
    {
        using var key = secure.Exchange[secure.Firms[^1]].Home.LoadSigningKey();
        // The commitment to the seed stands first behind the header.
        secure.Faults.Changes = (at, response) => at == "ShareSession" ? RoundFaults.With(response, RoundFaults.Signed(RoundFaults.MessageOf(response)!, key, payload => payload[40] ^= 1)) : response;

        var answer = await AskAsync();

        Assert.Empty(answer.Rows);
        Assert.Equal(Reasons.SessionShareInvalid.Name, answer.Error.Reason);
        Assert.Contains("firm03", answer.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_drop_outs_than_the_threshold_allows_end_the_sum_with_a_reason()
    {
        secure.Faults.DiesBefore = "InputSession";
        secure.FirstFaults.DiesBefore = "InputSession";

        var answer = await AskAsync();

        Assert.Empty(answer.Rows);
        Assert.Equal(Reasons.TooFewLeft.Name, answer.Error.Reason);
        Assert.All(answer.Coverage, part => Assert.Equal(CoverageStatus.Unreachable, part.Status));
    }

    [Fact]
    public async Task A_drop_out_that_leaves_a_row_to_fewer_than_min_nodes_closes_the_whole_sum()
    {
        secure.FirstFaults.DiesBefore = "InputSession";

        // In the east only the first three firms have anything.
        var answer = await AskAsync("SELECT region, COUNT(*) FROM readings WHERE age < {0} GROUP BY region");

        Assert.Empty(answer.Rows);
        Assert.Equal(Reasons.TooFewContributors.Name, answer.Error.Reason);
    }

    [Fact]
    public async Task An_agreement_revoked_in_the_middle_of_a_sum_takes_its_owner_out()
    {
        var agreement = await secure.AgreementWithAsync("firm03");
        using var firm = secure.ClientOf("firm03");
        secure.Faults.Meanwhile = round => round == "InputSession" ? firm.Agreements.RevokeAsync(agreement, "no longer", TestContext.Current.CancellationToken) : Task.CompletedTask;

        var answer = await AskAsync();

        Assert.Null(answer.Error);
        Assert.Equal(Expected(Others), answer.Rows[0].Values[0].IntValue);
        var part = answer.Coverage.Single(part => part.ParticipantId == "firm03");
        Assert.Equal((CoverageStatus.Refused, Reasons.AgreementRevoked.Name), (part.Status, part.Refusal.Reason));
        Assert.NotNull(part.Receipt);
        secure.Faults.Heal();
        await secure.AgreeAsync("lab");
    }

    private async Task DropAsync(string round, bool isAfter, IReadOnlyCollection<string> members)
    {
        (secure.Faults.DiesBefore, secure.Faults.DiesAfter) = isAfter ? ((string?)null, round) : (round, null);
        await SumIsOverAsync(members, Reasons.Unreachable);
    }

    private async Task SumIsOverAsync(IReadOnlyCollection<string> members, ErrorReason? reason)
    {
        var answer = await AskAsync();

        Assert.Null(answer.Error);
        Assert.Equal(Expected(members), answer.Rows[0].Values[0].IntValue);
        Assert.Equal(members.Order(), answer.Coverage.Where(part => part.Status == CoverageStatus.Answered).Select(part => part.ParticipantId));
        Assert.All(answer.Coverage.Where(part => part.Status != CoverageStatus.Answered), part => Assert.Equal(reason?.Name, part.Refusal.Reason));
        Assert.Equal(members.Count, answer.Rows[0].Participants);
    }

    private async Task<RunQueryResponse> AskAsync(string sql = "SELECT SUM(kwh) FROM readings WHERE region = 'north' AND age < {0}")
    {
        try
        {
            return await secure.AskAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, sql, 40 + Interlocked.Increment(ref _question)));
        }
        finally
        {
            (secure.Faults.DiesBefore, secure.Faults.DiesAfter, secure.Faults.Changes) = (null, null, null);
            secure.FirstFaults.Heal();
        }
    }

    private long Expected(IEnumerable<string> members) => secure.Pooled(members).Where(one => one.Region == "north").Sum(one => one.Kwh);
}
