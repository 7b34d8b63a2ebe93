using Exchange.Node.Sessions;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>How members say how their tables divide their rows, and what owners do with what an asker hands on.</summary>
public sealed class PartitionTests
{
    private static readonly (string Region, string Site, int Rows)[] Everywhere = [("north", "a", 12), ("north", "b", 14), ("south", "a", 16), ("south", "b", 18)];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_partition_has_blocks_and_stamps_that_change_where_figures_do()
    {
        await using var secure = await TableSumTests.StartAsync(3, _ => Everywhere);

        var signed = await DescribedAsync(secure, "firm00");
        var (partition, blocks) = Read(signed);
        var (_, again) = Read(await DescribedAsync(secure, "firm00"));
        var (_, others) = Read(await DescribedAsync(secure, "firm01"));

        Assert.Equal(("firm00", "lab", "readings/1", 2), (partition.Participant, partition.Asker, partition.Product, partition.DatasetVersion));
        Assert.Equal(["region", "site", "age"], blocks.Dimensions.Select(dimension => dimension.Name));
        Assert.Equal((4, 12), (blocks.Stamps.Count, blocks.Codes.Count));
        Assert.Equal([new PartitionLayer { Parts = { 1, 2, 3, 4 } }], partition.Layers);
        Assert.Equal(blocks, again);
        Assert.Empty(blocks.Stamps.Intersect(others.Stamps));

        // Rows of one block are appended: that block changed, and no other.
        await TableSumTests.PublishAsync(secure, 0, 1, [("south", "a", 15)], PublishMode.Append);
        var (_, appended) = Read(await DescribedAsync(secure, "firm00"));
        Assert.Equal(blocks.Codes, appended.Codes);
        Assert.Equal([true, true, false, true], blocks.Stamps.Zip(appended.Stamps, (before, now) => before == now));
        await TableSumTests.PublishAsync(secure, 0, 2, Everywhere);
        Assert.Empty(appended.Stamps.Intersect(Read(await DescribedAsync(secure, "firm00")).Blocks.Stamps));
    }

    [Fact]
    public async Task A_question_for_a_partition_is_admitted_like_any_other()
    {
        await using var secure = await TableSumTests.StartAsync(3, _ => Everywhere);

        async Task<string> ReasonAsync(Action<JointQuery> change) => (await DescribeAsync(secure, "firm00", Query(secure, change))).Refusal.Reason;

        Assert.Equal(Reasons.QueryMalformed.Name, await ReasonAsync(query => query.AsksPattern = false));
        Assert.Equal(Reasons.QueryMalformed.Name, await ReasonAsync(query => query.Cohort = null));
        Assert.Equal(Reasons.QueryMalformed.Name, await ReasonAsync(query => query.Common = new TablePattern()));
        Assert.Equal(Reasons.OtherReleaseClass.Name, await ReasonAsync(query => query.Release = ReleaseClass.Checked));
        Assert.Equal(Reasons.CohortInvalid.Name, await ReasonAsync(query => query.Cohort.Participants.Remove("firm00")));
        Assert.Equal(Reasons.CohortTooSmall.Name, await ReasonAsync(query => query.Cohort.MinNodes = 2));
        Assert.Equal(Reasons.AgreementOtherPurpose.Name, await ReasonAsync(query => query.Purpose = "marketing"));
        Assert.Equal(Reasons.QueryAskerMismatch.Name, await ReasonAsync(query => query.Asker = "firm01"));
        Assert.Equal(Reasons.NotInTable.Name, await ReasonAsync(query => query.Fragment.Aggregates.Add(Sum(new Expression
        {
            Call = new Call { Operator = Operator.Multiply, Arguments = { new Expression { Column = "kwh" }, new Expression { Column = "kwh" } } },
        }))));
        // Nobody's partition serves as an opening.
        var query = Query(secure);
        var opened = await OpenAsync(secure, "firm00", query, []);
        Assert.Equal(Reasons.QueryMalformed.Name, opened.Refusal.Reason);
    }

    [Fact]
    public async Task Partitions_that_are_not_as_the_members_signed_them_are_refused()
    {
        await using var secure = await TableSumTests.StartAsync(4, _ => Everywhere);
        var told = await AllAsync(secure);

        async Task RefusedAsync(ErrorReason reason, Action<List<SignedBytes>> spoil)
        {
            var spoilt = told.ConvertAll(one => one.Clone());
            spoil(spoilt);
            var response = await OpenAsync(secure, "firm00", Question(secure, spoilt), spoilt);
            Assert.Equal(reason.Name, response.Refusal?.Reason);
        }

        // Not the members' signatures.
        await RefusedAsync(Reasons.PartitionInvalid, all => all[1].Signature = ByteString.CopyFrom(new byte[64]));
        await RefusedAsync(Reasons.PartitionInvalid, all => all[1] = Signed("lab", Read(all[1]).Partition, secure));
        await RefusedAsync(Reasons.PartitionInvalid, all => all[1] = SignedMessage.Sign(SignedMessage.Session, all[1].Payload, KeyOf(secure, "firm01")));
        await RefusedAsync(Reasons.PartitionInvalid, all => (all[1], all[2]) = (all[2], all[1]));
        await RefusedAsync(Reasons.PartitionInvalid, all => all.RemoveAt(3));
        await RefusedAsync(Reasons.PartitionInvalid, all => all.Clear());
        await RefusedAsync(Reasons.PartitionInvalid, all => all[1] = new SignedBytes());
        // Signed by a member that speaks of another one's, for another asker, or in a way that cannot be.
        foreach (var spoil in (Action<TablePartition>[])
        [
            one => one.Participant = "firm02", one => one.Asker = "firm03", one => one.Product = "other/1", one => one.TableCommitment = ByteString.Empty, one => one.Blocks = ByteString.Empty,
            one => one.Blocks = ByteString.CopyFrom(255, 255), one => one.Layers.Clear(), one => one.Layers[0].Measure = "kwh", one => one.Layers[0].Squares = true, one => one.Layers[0].Parts.RemoveAt(0),
            one => one.Layers[0].Parts[0] = 99,
        ])
        {
            await RefusedAsync(Reasons.PartitionInvalid, all => all[1] = Changed(secure, "firm01", all[1], spoil, _ => { }));
        }

        foreach (var spoil in (Action<PartitionBlocks>[])
        [
            blocks => blocks.Stamps.RemoveAt(0), blocks => blocks.Codes.RemoveAt(0), blocks => blocks.Codes[0] = 9, blocks => blocks.Codes[0] = 0, blocks => blocks.Dimensions.Clear(),
            blocks => blocks.Dimensions[0].Name = "nothing", blocks => blocks.Dimensions[0].Name = "kwh", blocks => blocks.Dimensions[2].Values[0].Text = "old", blocks => AddBlocks(blocks, TablePartitions.BlocksMax),
        ])
        {
            await RefusedAsync(Reasons.PartitionInvalid, all => all[1] = Changed(secure, "firm01", all[1], _ => { }, spoil));
        }

        await RefusedAsync(Reasons.TableDimensionsDiffer, all => all[1] = Changed(secure, "firm01", all[1], _ => { }, blocks => (blocks.Dimensions[0].Name, blocks.Dimensions[1].Name) = ("site", "region")));
        await RefusedAsync(Reasons.PartitionTooLarge, all => all[1].Payload = ByteString.CopyFrom(new byte[CohortTables.BytesMax]));
        // Its own, as it is not any more.
        await RefusedAsync(Reasons.PartitionStale, all => all[0] = Changed(secure, "firm00", all[0], one => one.DatasetVersion = 1, _ => { }));
        await RefusedAsync(Reasons.PartitionStale, all => all[0] = Changed(secure, "firm00", all[0], _ => { }, blocks => blocks.Stamps[0]++));

        // Signed with others than it came with.
        var other = Question(secure, told);
        other.Cohort.PartitionsDigest = ByteString.CopyFrom(new byte[32]);
        Assert.Equal(Reasons.PartitionInvalid.Name, (await OpenAsync(secure, "firm00", other, told)).Refusal.Reason);
        var few = Question(secure, told);
        few.Cohort.MinNodes = int.MinValue;
        Assert.Equal(Reasons.CohortTooSmall.Name, (await OpenAsync(secure, "firm00", few, told)).Refusal.Reason);
        // And as they are, they open a sum.
        Assert.NotNull((await OpenAsync(secure, "firm00", Question(secure, told), told)).Message);
    }

    [Fact]
    public async Task A_partition_of_an_earlier_version_or_for_another_question_is_refused()
    {
        await using var secure = await TableSumTests.StartAsync(4, _ => Everywhere);
        var told = await AllAsync(secure);
        await TableSumTests.PublishAsync(secure, 1, 1, Everywhere);

        Assert.Equal(Reasons.PartitionStale.Name, (await OpenAsync(secure, "firm01", Question(secure, told), told)).Refusal.Reason);
        Assert.NotNull((await OpenAsync(secure, "firm00", Question(secure, told), told)).Message);
        var sum = Question(secure, told);
        sum.Fragment.Aggregates.Add(Sum(new Expression { Column = "kwh" }));
        Assert.Equal(Reasons.PartitionInvalid.Name, (await OpenAsync(secure, "firm02", sum, told)).Refusal.Reason);
    }

    [Fact]
    public void Partitions_of_a_hundred_members_with_480_blocks_fit_in_a_message_and_more_than_fits_is_refused()
    {
        // Dates by places: texts of ten characters, each named once.
        var blocks = new PartitionBlocks
        {
            Dimensions =
            {
                new PatternDimension { Name = "month", Values = { Enumerable.Range(0, 120).Select(at => new PatternValue { Text = $"2020-01-{at:000}" }) } },
                new PatternDimension { Name = "wind", Values = { Enumerable.Range(0, 4).Select(at => new PatternValue { Text = $"direction{at}" }) } },
            },
        };
        for (var block = 0; block < 480; block++)
        {
            blocks.Codes.AddRange([(uint)(block % 120) + 1, (uint)(block / 120) + 1]);
            blocks.Stamps.Add(ulong.MaxValue - (ulong)block);
        }

        var partition = new TablePartition { Participant = "participant", Asker = "asker", Product = "readings/1", TableCommitment = ByteString.CopyFrom(new byte[32]), Blocks = blocks.ToByteString() };
        partition.Layers.Add(Enumerable.Range(0, 4).Select(layer => new PartitionLayer { Measure = $"measure{layer}", Parts = { Enumerable.Range(1, 480).Select(part => (uint)part) } }));
        var one = new SignedBytes { Payload = partition.ToByteString(), KeyId = "0123456789abcdef", Signature = ByteString.CopyFrom(new byte[64]) };

        Assert.InRange(one.CalculateSize(), 9_000, 11_000);
        CohortTables.RequireRoom(Enumerable.Repeat(one, 100));
        CohortTables.RequireRoom(Enumerable.Repeat(one, CohortTables.BytesMax / one.CalculateSize()));
        Assert.Equal(Reasons.PartitionTooLarge, Assert.Throws<ExchangeException>(() => CohortTables.RequireRoom(Enumerable.Repeat(one, (CohortTables.BytesMax / one.CalculateSize()) + 1))).Reason);
    }

    private static JointQuery Query(SecureExchange secure, Action<JointQuery>? change = null) => secure.Query(query =>
    {
        (query.Release, query.AsksPattern) = (ReleaseClass.Table, true);
        change?.Invoke(query);
    });

    private static JointQuery Question(SecureExchange secure, IEnumerable<SignedBytes> told) => secure.Query(query =>
    {
        query.Release = ReleaseClass.Table;
        query.Cohort.PartitionsDigest = ByteString.CopyFrom(CohortTables.DigestOf(told));
    });

    private static Aggregate Sum(Expression argument) => new() { Kind = AggregateKind.Sum, Argument = argument };

    private static async Task<DescribeTableResponse> DescribeAsync(SecureExchange secure, string firm, JointQuery query) => await (await secure.SessionsOfAsync(firm)).DescribeTableAsync(
        new DescribeTableRequest { Query = secure.Sign(query), AgreementId = await secure.AgreementWithAsync(firm) }, cancellationToken: Cancellation);

    private static async Task<SignedBytes> DescribedAsync(SecureExchange secure, string firm)
    {
        var response = await DescribeAsync(secure, firm, Query(secure));
        Assert.Null(response.Refusal);
        return response.Partition;
    }

    private static async Task<List<SignedBytes>> AllAsync(SecureExchange secure)
    {
        var told = new List<SignedBytes>();
        foreach (var firm in secure.Firms)
        {
            told.Add(await DescribedAsync(secure, firm));
        }

        return told;
    }

    private static async Task<OpenSessionResponse> OpenAsync(SecureExchange secure, string firm, JointQuery query, IEnumerable<SignedBytes> partitions)
    {
        var client = await secure.SessionsOfAsync(firm);
        var response = await client.OpenSessionAsync(
            new OpenSessionRequest { Query = secure.Sign(query), AgreementId = await secure.AgreementWithAsync(firm), Partitions = { partitions } }, cancellationToken: Cancellation);
        if (response.Message is { } message)
        {
            await client.AbandonSessionAsync(new AbandonSessionRequest { CohortId = ByteString.CopyFrom(message.Payload.Span[..32]) }, cancellationToken: Cancellation);
        }

        return response;
    }

    private static (TablePartition Partition, PartitionBlocks Blocks) Read(SignedBytes signed)
    {
        var partition = TablePartition.Parser.ParseFrom(signed.Payload);
        return (partition, PartitionBlocks.Parser.ParseFrom(partition.Blocks));
    }

    private static SignedBytes Changed(SecureExchange secure, string firm, SignedBytes signed, Action<TablePartition> spoil, Action<PartitionBlocks> spoilBlocks)
    {
        var (partition, blocks) = Read(signed);
        spoilBlocks(blocks);
        partition.Blocks = blocks.ToByteString();
        spoil(partition);
        return Signed(firm, partition, secure);
    }

    private static SignedBytes Signed(string participant, TablePartition partition, SecureExchange secure)
    {
        using var key = KeyOf(secure, participant);
        return SignedMessage.Sign(SignedMessage.Partition, partition, key);
    }

    private static SigningKey KeyOf(SecureExchange secure, string participant) => secure.Exchange[participant].Home.LoadSigningKey();

    private static void AddBlocks(PartitionBlocks blocks, int count)
    {
        blocks.Dimensions[1].Values.Add(Enumerable.Range(0, count).Select(at => new PatternValue { Text = $"s{at}" }));
        for (var block = 0; block < count; block++)
        {
            blocks.Codes.AddRange([1, (uint)(block + 3), 1]);
            blocks.Stamps.Add(0);
        }
    }
}
