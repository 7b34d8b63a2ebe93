using System.Security.Cryptography;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>
/// One of seven members lies, a round at a time: the sum is right for those that are left, or there is none and a reason that names the liar where anybody
/// can know. The others hold nothing of it afterwards. What a liar puts in as its values is its own affair: that no protocol sees.
/// </summary>
public sealed class LiarTests(SevenFirms seven) : IClassFixture<SevenFirms>, IAsyncLifetime
{
    private const string Who = "firm03";
    private const int Count = 7;
    private static int _question;

    private readonly SecureExchange _secure = seven.Secure;
    private readonly Liar _liar = new(seven.Secure, Who);

    private IReadOnlyList<string> Others => [.. _secure.Firms.Where(firm => firm != Who)];

    public async ValueTask InitializeAsync() => await _secure.RenewAsync();

    public ValueTask DisposeAsync()
    {
        _secure.Heal();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("OpenSession", false)]
    [InlineData("ShareSession", false)]
    [InlineData("InputSession", false)]
    [InlineData("ConfirmSession", true)]
    [InlineData("UnmaskSession", true)]
    public async Task Noise_in_place_of_a_message_is_heard_by_nobody(string round, bool isIn)
    {
        _liar.SaysWhole(round, message => RandomNumberGenerator.GetBytes(message.Length));
        await SumIsOverAsync(isIn ? _secure.Firms : Others, Reasons.SessionMessageInvalid);
    }

    [Theory]
    [InlineData("OpenSession", false)]
    [InlineData("ShareSession", false)]
    [InlineData("InputSession", false)]
    [InlineData("ConfirmSession", true)]
    [InlineData("UnmaskSession", true)]
    public async Task A_message_with_less_or_more_than_it_should_have_is_heard_by_nobody(string round, bool isIn)
    {
        _liar.Says(round, body => round == "ShareSession" ? [.. body, 0] : body[..^1]);
        await SumIsOverAsync(isIn ? _secure.Firms : Others, Reasons.SessionMessageInvalid);
    }

    [Fact]
    public async Task Who_shows_another_key_than_it_has_is_out_by_its_own_doing()
    {
        _liar.Says("OpenSession", body => [.. RandomNumberGenerator.GetBytes(32), .. body[32..]]);
        await SumIsOverAsync(Others, Reasons.SessionViewsDiffer);
    }

    [Fact]
    public async Task Who_tells_of_an_earlier_sum_that_there_was_not_ends_the_sum_before_values_leave_and_is_named()
    {
        _liar.Says("OpenSession", body => [.. body[..32], .. new byte[25], 0, 0, 1, 1, 1, 0, 0]);
        await SumEndsAsync(Reasons.RosterTooClose, Who);
        await OthersSumAsync();
    }

    [Fact]
    public async Task Who_deals_shares_that_nobody_can_open_ends_the_sum_before_values_leave_and_is_named()
    {
        _liar.Says("ShareSession", body => RandomNumberGenerator.GetBytes(body.Length));
        await SumEndsAsync(Reasons.SessionShareInvalid, Who);
        await OthersSumAsync();
    }

    [Fact]
    public async Task Who_deals_two_members_each_others_shares_is_named_by_them_and_the_sum_is_over_the_others()
    {
        _liar.Says("ShareSession", body =>
        {
            // What is sealed stands last.
            var (one, other) = (EntryOf(body, 1)[128..].ToArray(), EntryOf(body, 5)[128..].ToArray());
            other.CopyTo(EntryOf(body, 1)[128..]);
            one.CopyTo(EntryOf(body, 5)[128..]);
            return body;
        });

        var answer = await SumIsOverAsync([.. _secure.Firms.Where(firm => firm is not ("firm01" or "firm05"))], Reasons.SessionShareInvalid);

        Assert.All(answer.Coverage.Where(part => part.Refusal is not null), part => Assert.Contains(Who, part.Refusal.Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whose_word_on_its_seed_is_false_ends_the_sum_and_is_named()
    {
        _liar.Says("ShareSession", body => Flipped(body, 0));
        await SumEndsAsync(Reasons.SessionShareInvalid, Who);
    }

    [Fact]
    public async Task Who_locks_up_false_roots_and_is_lost_before_its_values_arrive_ends_the_sum_and_is_named()
    {
        _liar.Says("ShareSession", body => Flipped(body, body.Length - EntryOf(body, 0).Length + 96));
        _secure.FaultsOf(Who).DiesBefore = "InputSession";
        await SumEndsAsync(Reasons.SessionShareInvalid, Who);
    }

    [Fact]
    public async Task Whose_word_on_a_root_is_false_is_named_beside_the_one_it_shares_the_root_with_when_that_one_drops_out()
    {
        // The entry of the fifth: what stands third is the hash of their root.
        _liar.Says("ShareSession", body =>
        {
            EntryOf(body, 5)[64] ^= 1;
            return body;
        });
        _secure.FaultsOf("firm05").DiesBefore = "InputSession";
        await SumEndsAsync(Reasons.SessionShareInvalid, Who);
    }

    [Fact]
    public async Task Who_was_shown_other_dealers_than_the_rest_or_says_so_is_not_in_the_sum()
    {
        _liar.Says("InputSession", body => Flipped(body, 0));
        await SumIsOverAsync(Others, Reasons.SessionViewsDiffer);
    }

    [Fact]
    public async Task Who_sends_other_values_than_it_logged_is_not_in_the_sum()
    {
        _secure.FaultsOf(Who).Changes = (round, response) =>
        {
            if (round == "InputSession")
            {
                using var key = _secure.Exchange[Who].Home.LoadSigningKey();
                return RoundFaults.With(response, RoundFaults.Signed(RoundFaults.MessageOf(response)!, key, payload => payload[^1] ^= 1));
            }

            return response;
        };
        await SumIsOverAsync(Others, Reasons.ReceiptInvalid);
    }

    [Fact]
    public async Task Who_confirms_other_survivors_than_the_rest_is_in_the_sum_and_is_not_needed()
    {
        _liar.Says("ConfirmSession", body => Flipped(body, 0));
        await SumIsOverAsync(_secure.Firms, null);
    }

    [Fact]
    public async Task Who_confirms_with_tags_that_are_not_true_ends_the_sum_and_is_named()
    {
        _liar.Says("ConfirmSession", body => [body[0], .. RandomNumberGenerator.GetBytes(body.Length - 1)]);
        await SumEndsAsync(Reasons.SessionMessageInvalid, Who);

        // Values have left, and nobody knows that nothing came of it.
        Assert.Equal(Reasons.RosterTooClose.Name, (await AskAsync(request => request.Participants.Add(Others))).Error.Reason);
        await SumIsOverAsync(_secure.Firms, null);
    }

    [Theory]
    [InlineData("made up")]
    [InlineData("of another dealer")]
    [InlineData("one")]
    public async Task False_shares_are_left_out_and_the_sum_is_right(string shares)
    {
        _liar.Says("UnmaskSession", body => shares switch
        {
            "made up" => [body[0], .. RandomNumberGenerator.GetBytes(body.Length - 1)],
            "of another dealer" => [body[0], .. body[33..], .. body[1..33]],
            _ => Flipped(body, 1),
        });
        await SumIsOverAsync(_secure.Firms, null);
    }

    [Fact]
    public async Task False_shares_where_all_that_are_left_are_needed_end_the_sum_and_the_holder_is_named()
    {
        _liar.Says("UnmaskSession", body => [body[0], .. RandomNumberGenerator.GetBytes(body.Length - 1)]);
        _secure.FaultsOf("firm00").DiesBefore = _secure.FaultsOf("firm06").DiesAfter = "UnmaskSession";
        await SumEndsAsync(Reasons.SessionShareInvalid, Who);
    }

    [Fact]
    public async Task A_false_share_of_a_drop_outs_key_is_left_out_and_the_sum_is_right()
    {
        _liar.Says("UnmaskSession", body => [body[0], .. RandomNumberGenerator.GetBytes(body.Length - 1)]);
        _secure.FaultsOf("firm05").DiesBefore = "InputSession";
        await SumIsOverAsync([.. _secure.Firms.Where(firm => firm != "firm05")], Reasons.Unreachable);
    }

    [Theory]
    [InlineData("OpenSession", "ShareSession", false)]
    [InlineData("ShareSession", "InputSession", false)]
    [InlineData("InputSession", "ConfirmSession", true)]
    [InlineData("ConfirmSession", "UnmaskSession", true)]
    public async Task Its_own_message_of_another_round_counts_for_nothing(string said, string repeated, bool isIn)
    {
        SessionMessage? earlier = null;
        _secure.FaultsOf(Who).Afterwards = async (round, response) =>
        {
            earlier = round == said ? RoundFaults.MessageOf(response)!.Clone() : earlier;
            await (round == repeated ? _liar.RepeatAsync(response, earlier!) : Task.CompletedTask);
        };
        await SumIsOverAsync(isIn ? _secure.Firms : Others, Reasons.SessionOutOfTurn);
    }

    [Theory]
    [InlineData("OpenSession", false)]
    [InlineData("ShareSession", false)]
    [InlineData("InputSession", false)]
    [InlineData("ConfirmSession", true)]
    [InlineData("UnmaskSession", true)]
    public async Task Its_own_message_of_another_question_counts_for_nothing(string repeated, bool isIn)
    {
        SessionMessage? earlier = null;
        _secure.FaultsOf(Who).Afterwards = (round, response) => Task.FromResult(earlier = round == repeated ? RoundFaults.MessageOf(response)!.Clone() : earlier);
        Assert.Null((await AskAsync()).Error);
        // Other data: the sum there was is over all seven, and the next may be over six.
        await _secure.RenewAsync();

        _liar.Repeats(repeated, () => Task.FromResult(earlier!));
        await SumIsOverAsync(isIn ? _secure.Firms : Others, Reasons.SessionMessageInvalid);
    }

    [Theory]
    [InlineData("OpenSession", false)]
    [InlineData("ShareSession", false)]
    [InlineData("InputSession", false)]
    [InlineData("ConfirmSession", true)]
    [InlineData("UnmaskSession", true)]
    public async Task What_another_said_counts_once_and_for_that_one(string repeated, bool isIn)
    {
        var said = new TaskCompletionSource<SessionMessage>();
        _secure.FaultsOf("firm05").Afterwards = (round, response) => Task.FromResult(round == repeated && said.TrySetResult(RoundFaults.MessageOf(response)!.Clone()));
        _liar.Repeats(repeated, () => said.Task.WaitAsync(TestContext.Current.CancellationToken));
        await SumIsOverAsync(isIn ? _secure.Firms : Others, Reasons.SessionMessageInvalid);
    }

    [Theory]
    [InlineData("ShareSession", false)]
    [InlineData("InputSession", false)]
    [InlineData("ConfirmSession", true)]
    [InlineData("UnmaskSession", true)]
    public async Task Who_waits_for_what_the_others_say_and_is_silent_then_changes_nothing(string round, bool isIn)
    {
        var spoken = Others.ToDictionary(firm => firm, _ => new TaskCompletionSource());
        foreach (var (firm, done) in spoken)
        {
            _secure.FaultsOf(firm).Afterwards = (current, _) => Task.FromResult(current == round && done.TrySetResult());
        }

        (_secure.FaultsOf(Who).DiesAfter, _secure.FaultsOf(Who).Meanwhile) =
            (round, current => current == round ? Task.WhenAll(spoken.Values.Select(one => one.Task)).WaitAsync(TestContext.Current.CancellationToken) : Task.CompletedTask);
        await SumIsOverAsync(isIn ? _secure.Firms : Others, Reasons.Unreachable);
    }

    private async Task<RunQueryResponse> SumIsOverAsync(IReadOnlyList<string> members, ErrorReason? reason)
    {
        var answer = await AskAsync();

        Assert.Null(answer.Error);
        Assert.Equal((Expected(members), members.Count), (answer.Rows[0].Values[0].IntValue, answer.Rows[0].Participants));
        Assert.Equal(members, answer.Coverage.Where(part => part.Status == CoverageStatus.Answered).Select(part => part.ParticipantId));
        Assert.All(answer.Coverage.Where(part => part.Status != CoverageStatus.Answered), part => Assert.Equal(reason?.Name, part.Refusal.Reason));
        await _secure.HoldsNothingOfAsync(answer.Cohort.Id, _secure.Firms);
        return answer;
    }

    private async Task SumEndsAsync(ErrorReason reason, string named)
    {
        var answer = await AskAsync();

        Assert.Equal((reason.Name, 0), (answer.Error?.Reason, answer.Rows.Count));
        Assert.Contains(named, answer.Error!.Message, StringComparison.Ordinal);
        await _secure.HoldsNothingOfAsync(answer.Cohort.Id, _secure.Firms);
    }

    // No values had left: without the liar the question is answered.
    private async Task OthersSumAsync()
    {
        var answer = await AskAsync(request => request.Participants.Add(Others));
        Assert.Equal(Expected(Others), answer.Rows[0].Values[0].IntValue);
    }

    // A question of its own for each test, of which no answer is stored.
    private async Task<RunQueryResponse> AskAsync(Action<RunQueryRequest>? change = null)
    {
        var answer = await _secure.AskAsync($"SELECT SUM(kwh) FROM readings WHERE region = 'north' AND age < {40 + Interlocked.Increment(ref _question)}", change);
        _secure.Heal();
        return answer;
    }

    private long Expected(IEnumerable<string> members) => _secure.Pooled(members).Where(one => one.Region == "north").Sum(one => one.Kwh);

    private static byte[] Flipped(byte[] body, int at)
    {
        body[at] ^= 1;
        return body;
    }

    // What a dealer says for a holder: behind its word on seed and cells, the same for each.
    private static Span<byte> EntryOf(byte[] body, int holder)
    {
        var length = (body.Length - 64) / Count;
        return body.AsSpan(64 + (length * holder), length);
    }
}

/// <summary>As many firms as one of them can lie among and two drop out of.</summary>
public sealed class SevenFirms : IAsyncLifetime
{
    internal SecureExchange Secure { get; } = new(7);

    public async ValueTask InitializeAsync() => await Secure.InitializeAsync();

    public ValueTask DisposeAsync() => Secure.DisposeAsync();
}
