using Dapper;
using Exchange.Node.Sessions;
using Exchange.Node.Storage;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>What is as large as it may be passes between nodes, and what is larger is refused before anything comes of it.</summary>
public sealed class SessionBoundsTests
{
    private static readonly (string Region, string Site, int Rows)[] Everywhere = [("north", "a", 12), ("north", "b", 14), ("south", "a", 16), ("south", "b", 18)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Partitions_of_three_mebibytes_open_a_sum_and_a_byte_more_is_refused_before_anything_is_counted()
    {
        await using var secure = await TableSumTests.StartAsync(4, _ => Everywhere);
        var told = new List<SignedBytes>();
        foreach (var firm in secure.Firms)
        {
            told.Add((await (await secure.SessionsOfAsync(firm)).DescribeTableAsync(
                new DescribeTableRequest { Query = secure.Sign(secure.Query(query => (query.Release, query.AsksPattern) = (ReleaseClass.Table, true))), AgreementId = await secure.AgreementWithAsync(firm) },
                cancellationToken: Cancellation)).Partition);
        }

        List<SignedBytes> OfBytes(int bytes)
        {
            var third = (bytes - told[0].CalculateSize()) / 3;
            return [told[0], new Liar(secure, "firm01").Padded(told[1], third), new Liar(secure, "firm02").Padded(told[2], third), new Liar(secure, "firm03").Padded(told[3], bytes - told[0].CalculateSize() - (2 * third))];
        }

        var before = CountsOf(secure, "firm00");
        var over = await OpenAsync(secure, OfBytes(CohortTables.BytesMax + 1));
        Assert.Equal(Reasons.PartitionTooLarge.Name, over.Refusal?.Reason);
        Assert.Contains("query.refused", over.Receipt.Leaf.ToStringUtf8(), StringComparison.Ordinal);
        Assert.Equal(before, CountsOf(secure, "firm00"));

        foreach (var bytes in (int[])[CohortTables.BytesMax - 1, CohortTables.BytesMax])
        {
            var opened = await OpenAsync(secure, OfBytes(bytes));
            Assert.True(opened.Message is not null, opened.Refusal?.ToString());
        }

        Assert.Equal(before with { Sessions = before.Sessions + 2 }, CountsOf(secure, "firm00"));
    }

    [Fact]
    public async Task An_asker_whose_owners_partitions_are_too_large_together_begins_no_sum()
    {
        await using var secure = await TableSumTests.StartAsync(4, _ => Everywhere);
        foreach (var firm in secure.Firms)
        {
            new Liar(secure, firm).Describes(blocks => blocks.Dimensions[1].Values.Add(Enumerable.Range(0, 100).Select(text => new PatternValue { Text = $"{text:000}".PadRight(8_000, 'x') })));
        }

        var refused = await Assert.ThrowsAsync<ExchangeException>(() => secure.AskAsync("SELECT COUNT(*) AS n FROM readings"));

        Assert.Equal(Reasons.PartitionTooLarge, refused.Reason);
        Assert.All(secure.Firms, firm => Assert.Equal(0, CountsOf(secure, firm).Sessions));
    }

    [Fact]
    public async Task An_owner_whose_table_has_more_than_ten_thousand_blocks_says_so_and_is_in_no_sum()
    {
        await using var secure = await TableSumTests.StartAsync(4, _ => Everywhere);
        await secure.PublishAsync("firm03", [.. Enumerable.Range(0, TablePartitions.BlocksMax + 1)
            .SelectMany(site => Enumerable.Range(0, 10).Select(row => new Reading("north", 300 + row, 20 + row, 400 + row, $"s{site}")))]);

        var answer = await secure.AskAsync("SELECT COUNT(*) AS n FROM readings");

        Assert.Equal(180, answer.Rows[0].Values[0].IntValue);
        var refusal = answer.Coverage.Single(part => part.ParticipantId == "firm03").Refusal;
        Assert.Equal(Reasons.PartitionTooLarge.Name, refusal.Reason);
        Assert.Contains("more than 10000 blocks", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_longer_than_the_cohort_are_refused_and_the_sum_goes_on()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        var relay = await HandRelay.OfAsync(secure, secure.Query());
        var keys = await relay.KeysAsync();
        foreach (var copies in (int[])[2, 6_000])
        {
            Assert.Equal(Reasons.SessionMessageInvalid.Name, (await relay.ShareAsync("firm00", [.. Enumerable.Repeat(keys, copies).SelectMany(all => all)])).Refusal.Reason);
        }

        var shares = await relay.SharesAsync(keys);
        var longer = shares.ToDictionary(one => one.Key, one => (IReadOnlyList<Privacy.SecureSums.SealedShares>)[.. one.Value, one.Value[0]]);
        Assert.Equal(Reasons.SessionShareInvalid.Name, (await relay.InputAsync("firm00", longer)).Refusal.Reason);
        var confirmations = await relay.ConfirmationsAsync(await relay.InputsAsync(shares));
        foreach (var copies in (int[])[2, 6_000])
        {
            Assert.Equal(Reasons.SessionMessageInvalid.Name, (await relay.UnmaskAsync("firm00", [.. Enumerable.Repeat(confirmations, copies).SelectMany(all => all)])).Refusal.Reason);
        }

        Assert.Equal(40 + 41 + 42 + 43, (await relay.SumAsync(confirmations)).Narrow(0));
    }

    [Fact]
    public async Task A_message_larger_than_an_owner_takes_is_refused_and_the_sum_goes_on()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        var relay = await HandRelay.OfAsync(secure, secure.Query());
        var keys = await relay.KeysAsync();

        var refused = await Assert.ThrowsAsync<RpcException>(() => relay.ShareAsync("firm00", [.. keys, new SessionMessage { Payload = ByteString.CopyFrom(new byte[(4 << 20) + 1]) }]));

        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        var sum = await relay.SumAsync(await relay.ConfirmationsAsync(await relay.InputsAsync(await relay.SharesAsync(keys))));
        Assert.Equal(40 + 41 + 42 + 43, sum.Narrow(0));
    }

    [Theory]
    [InlineData("OpenSession")]
    [InlineData("InputSession")]
    public async Task A_member_whose_reply_is_larger_than_an_asker_takes_has_dropped_out(string round)
    {
        await using var secure = await SecureExchange.StartAsync(4);
        new Liar(secure, "firm03").SaysWhole(round, _ => new byte[(16 << 20) + 1]);

        var answer = await secure.AskAsync("SELECT COUNT(*) AS n FROM readings WHERE region = 'north'");

        Assert.Null(answer.Error);
        Assert.Equal(123, answer.Rows[0].Values[0].IntValue);
        Assert.NotNull(answer.Coverage.Single(part => part.ParticipantId == "firm03").Refusal);
        await secure.HoldsNothingOfAsync(answer.Cohort.Id, secure.Firms);
    }

    private static async Task<OpenSessionResponse> OpenAsync(SecureExchange secure, List<SignedBytes> partitions)
    {
        var query = secure.Query(query =>
        {
            query.Release = ReleaseClass.Table;
            query.Cohort.PartitionsDigest = ByteString.CopyFrom(CohortTables.DigestOf(partitions));
        });
        var client = await secure.SessionsOfAsync("firm00");
        var response = await client.OpenSessionAsync(
            new OpenSessionRequest { Query = secure.Sign(query), AgreementId = await secure.AgreementWithAsync("firm00"), Partitions = { partitions } }, cancellationToken: Cancellation);
        if (response.Message is { } message)
        {
            await client.AbandonSessionAsync(new AbandonSessionRequest { CohortId = ByteString.CopyFrom(message.Payload.Span[..32]) }, cancellationToken: Cancellation);
        }

        return response;
    }

    private static Counts CountsOf(SecureExchange secure, string firm) => secure.Exchange[firm].Host.Services.GetRequiredService<StateStore>().Read(connection => new Counts(
        connection.ExecuteScalar<long>("SELECT COUNT(*) FROM answered"), connection.ExecuteScalar<long>("SELECT COUNT(*) FROM privacy_charges"),
        connection.ExecuteScalar<long>("SELECT COUNT(*) FROM sessions"), connection.ExecuteScalar<long>("SELECT COUNT(*) FROM log WHERE leaf LIKE '%\"query.answered\"%'")));

    /// <summary>What a question leaves at an owner.</summary>
    private sealed record Counts(long Answered, long Charges, long Sessions, long LoggedAsAnswered);
}
