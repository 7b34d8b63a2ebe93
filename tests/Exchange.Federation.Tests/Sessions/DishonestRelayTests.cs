using System.Buffers.Binary;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Google.Protobuf;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>What owners do when the asker's node does not keep to the protocol.</summary>
public sealed class DishonestRelayTests(SecureExchange secure) : IClassFixture<SecureExchange>, IAsyncLifetime
{
    private static int _question;

    public async ValueTask InitializeAsync() => await secure.RenewAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task An_honest_relay_opens_the_sum()
    {
        var relay = await RelayAsync();

        var sum = await relay.SumAsync(await relay.ConfirmationsAsync(await relay.InputsAsync(await relay.SharesAsync(await relay.KeysAsync()))));

        Assert.Equal(40 + 41 + 42 + 43, sum.Narrow(0));
        // West: only two firms have somebody there. Sea: nobody that its rules let through.
        Assert.Equal((15 * 3, 0, 0), (sum.Narrow(2), sum.Narrow(3), sum.Narrow(4)));
    }

    [Fact]
    public async Task A_second_opening_of_a_cohort_is_refused()
    {
        var relay = await RelayAsync();
        Assert.NotNull((await relay.OpenAsync("firm00")).Message);

        Assert.Equal(Reasons.SessionRepeated.Name, (await relay.OpenAsync("firm00")).Refusal.Reason);
    }

    [Fact]
    public async Task Every_message_counts_once()
    {
        var relay = await RelayAsync();
        var keys = await relay.KeysAsync();
        var shares = await relay.SharesAsync(keys);
        Assert.Equal(Reasons.SessionOutOfTurn.Name, (await relay.ShareAsync("firm00", keys)).Refusal.Reason);
        var survivors = await relay.InputsAsync(shares);
        Assert.Equal(Reasons.SessionOutOfTurn.Name, (await relay.InputAsync("firm00", shares)).Refusal.Reason);
        var confirmations = await relay.ConfirmationsAsync(survivors);
        Assert.Equal(Reasons.SessionOutOfTurn.Name, (await relay.ConfirmAsync("firm00", survivors)).Refusal.Reason);
        await relay.SumAsync(confirmations);
        Assert.Equal(Reasons.SessionUnknown.Name, (await relay.UnmaskAsync("firm00", confirmations)).Refusal.Reason);
    }

    [Fact]
    public async Task Survivors_told_differently_to_two_members_open_nothing()
    {
        var relay = await RelayAsync();
        await relay.InputsAsync(await relay.SharesAsync(await relay.KeysAsync()));
        var (all, fewer) = (relay.SetOf("firm00", "firm01", "firm02", "firm03"), relay.SetOf("firm00", "firm01", "firm02"));

        var confirmations = new List<SessionMessage>
        {
            (await relay.ConfirmAsync("firm00", all)).Message,
            (await relay.ConfirmAsync("firm01", all)).Message,
            (await relay.ConfirmAsync("firm02", fewer)).Message,
        };

        Assert.Equal(Reasons.SessionOutOfTurn.Name, (await relay.ConfirmAsync("firm00", fewer)).Refusal.Reason);
        Assert.Equal(Reasons.SessionViewsDiffer.Name, (await relay.UnmaskAsync("firm00", confirmations)).Refusal.Reason);
        Assert.Equal(Reasons.SessionViewsDiffer.Name, (await relay.UnmaskAsync("firm02", confirmations)).Refusal.Reason);
        Assert.Equal(Reasons.TooFewLeft.Name, (await relay.UnmaskAsync("firm01", confirmations[..2])).Refusal.Reason);
    }

    [Fact]
    public async Task A_message_that_no_member_signed_is_refused()
    {
        var relay = await RelayAsync();
        var keys = (await relay.KeysAsync()).ToList();
        var forged = keys[3].Payload.ToByteArray();
        forged[^1] ^= 1;
        keys[3] = new SessionMessage { Payload = ByteString.CopyFrom(forged), Signature = keys[3].Signature };

        Assert.Equal(Reasons.SessionMessageInvalid.Name, (await relay.ShareAsync("firm00", keys)).Refusal.Reason);
    }

    [Theory]
    [InlineData("a smaller cohort than the offer demands")]
    [InlineData("a cohort without the owner")]
    [InlineData("a cohort with the asker")]
    [InlineData("a member that nobody knows")]
    [InlineData("members out of order")]
    public async Task A_cohort_that_cannot_be_is_refused_and_the_refusal_is_logged(string what)
    {
        var (query, reason) = what switch
        {
            "a smaller cohort than the offer demands" => (Query(cohort => cohort.MinNodes = 2), Reasons.CohortInvalid),
            "a cohort without the owner" => (Query(cohort => cohort.Participants.Remove("firm00")), Reasons.CohortInvalid),
            "a cohort with the asker" => (Query(cohort => cohort.Participants.Add("lab")), Reasons.CohortInvalid),
            "a member that nobody knows" => (Query(cohort => cohort.Participants.Add("zeta")), Reasons.CohortInvalid),
            _ => (Query(cohort => (cohort.Participants[0], cohort.Participants[1]) = (cohort.Participants[1], cohort.Participants[0])), Reasons.CohortInvalid),
        };
        var client = await secure.SessionsOfAsync("firm00");

        var response = await client.OpenSessionAsync(
            new OpenSessionRequest { Query = secure.Sign(query), AgreementId = await secure.AgreementWithAsync("firm00") }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(reason.Name, response.Refusal.Reason);
        Assert.Contains("query.refused", response.Receipt.Leaf.ToStringUtf8(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_owner_of_secure_sums_answers_nothing_by_itself()
    {
        var query = Query(_ => { });
        query.Cohort = null;
        var invoker = new FragmentService.FragmentServiceClient(await InvokerAsync("firm00"));

        var response = await invoker.RunFragmentAsync(
            new RunFragmentRequest { Query = secure.Sign(query), AgreementId = await secure.AgreementWithAsync("firm00") }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(Reasons.OtherAggregation.Name, response.Refusal.Reason);
        Assert.True(response.Answer.IsEmpty);
    }

    [Fact]
    public async Task The_leaf_of_a_masked_answer_names_cohort_and_roster_and_no_figure()
    {
        var relay = await RelayAsync();
        var shares = await relay.SharesAsync(await relay.KeysAsync());

        var response = await relay.InputAsync("firm01", shares);

        var leaf = System.Text.Json.Nodes.JsonNode.Parse(response.Receipt.Leaf.Span)!.AsObject();
        Assert.Equal(("query.answered", "secure", Convert.ToHexStringLower(relay.CohortId.Span)), ((string)leaf["event"]!, (string)leaf["aggregation"]!, (string)leaf["cohort"]!));
        Assert.Equal(secure.Firms, leaf["roster"]!.AsArray().Select(name => (string)name!));
        Assert.All(["cells", "suppressed_cells"], member => Assert.False(leaf.ContainsKey(member) && leaf[member] is not null));
    }

    /// <summary>
    /// The distinguisher looks for the owners' figures in what the relay holds: as words of a masked message, and as differences of the words of any
    /// two of them. It wins against values without masks, and against values under one mask for all.
    /// </summary>
    [Fact]
    public async Task What_the_relay_holds_tells_no_owners_figure()
    {
        var relay = await RelayAsync();
        await relay.SumAsync(await relay.ConfirmationsAsync(await relay.InputsAsync(await relay.SharesAsync(await relay.KeysAsync()))));
        var words = relay.Plan.Layout.Words;
        var masked = relay.Transcript.Where(message => message.Payload.Length > 8 * words && message.Payload.Span[32] == 3).Select(message => WordsOf(message.Payload.Span, words)).ToList();
        Assert.Equal(4, masked.Count);
        List<ulong[]> bare = [.. Enumerable.Range(0, 4).Select(number => (ulong[])[(ulong)(40 + number), (ulong)(20 + number), 15, 0, 0])];

        Assert.False(Tells(masked));
        Assert.True(Tells(bare));
        Assert.True(Tells([.. bare.Select(values => values.Select((value, at) => value + (ulong.MaxValue / (ulong)(at + 3))).ToArray())]));

        bool Tells(List<ulong[]> messages) =>
            messages.Exists(message => message.Any(word => word > 0 && bare.Exists(values => values.Contains(word))))
            || messages.Exists(one => messages.Exists(other => other != one && one.Zip(other, (left, right) => left - right).Any(word => word < 100)));
    }

    private static ulong[] WordsOf(ReadOnlySpan<byte> payload, int words)
    {
        var body = payload[^(8 * words)..];
        var read = new ulong[words];
        for (var at = 0; at < words; at++)
        {
            read[at] = BinaryPrimitives.ReadUInt64LittleEndian(body[(8 * at)..]);
        }

        return read;
    }

    private Task<HandRelay> RelayAsync() => HandRelay.OfAsync(secure, Query(_ => { }));

    // A question of its own for each test: rosters of one question must be far from each other.
    private JointQuery Query(Action<SecureCohort> change) => secure.Query(query =>
    {
        query.Fragment.Where = new Expression
        {
            Call = new Call { Operator = Operator.Less, Arguments = { new Expression { Column = "age" }, new Expression { Literal = new Value { IntValue = 40 + Interlocked.Increment(ref _question) } } } },
        };
        change(query.Cohort);
    });

    private async Task<Grpc.Core.CallInvoker> InvokerAsync(string firm) =>
        await Microsoft.Extensions.DependencyInjection.ServiceProviderServiceExtensions.GetRequiredService<Node.Peers.PeerClients>(secure.Lab.Host.Services)
            .ForAsync(firm, TestContext.Current.CancellationToken);
}
