using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>A member that tells another partition than its table's, under its own signature: no sum is wrong for it, nor finer than the others' blocks.</summary>
public sealed class TableLiarTests
{
    private const string Sites = "SELECT region, site, COUNT(*) AS n FROM readings GROUP BY region, site ORDER BY region, site";
    private const string Regions = "SELECT region, COUNT(*) AS n FROM readings GROUP BY region ORDER BY region";

    private static readonly (string Region, string Site, int Rows)[] Everywhere = [("north", "a", 12), ("north", "b", 14), ("south", "a", 16), ("south", "b", 18)];

    [Fact]
    public async Task A_partition_that_its_owner_did_not_log_is_none()
    {
        await using var secure = await TableSumTests.StartAsync(4, _ => Everywhere);
        new Liar(secure, "firm03").Describes(blocks => blocks.Stamps[0]++, isLogged: false);

        var answer = await secure.AskAsync(Sites);

        Assert.Equal([36, 42, 48, 54], answer.Rows.Select(row => row.Values[2].IntValue));
        Assert.Equal(["firm00", "firm01", "firm02"], answer.Cohort.Participants);
        Assert.Equal(Reasons.ReceiptInvalid.Name, answer.Coverage.Single(part => part.ParticipantId == "firm03").Refusal.Reason);
    }

    [Theory]
    // Where the first site in the north is told with the one that is made up, and so with no site.
    [InlineData("blocks that it does not have", new[] { 42, 48, 54 })]
    [InlineData("changes that there were not", new[] { 36, 42, 48, 54 })]
    public async Task A_signed_and_logged_partition_that_is_not_its_table_s_is_in_the_question_and_its_owner_in_no_sum(string lie, int[] counts)
    {
        await using var secure = await TableSumTests.StartAsync(4, _ => Everywhere);
        new Liar(secure, "firm03").Describes(blocks => _ = lie switch
        {
            "changes that there were not" => blocks.Stamps[0]++,
            _ => Add(blocks, "c"),
        });

        var answer = await secure.AskAsync(Sites);

        Assert.Null(answer.Error);
        Assert.Equal(counts, answer.Rows.Select(row => (int)row.Values[2].IntValue));
        Assert.Equal(4, answer.Cohort.Participants.Count);
        var part = answer.Coverage.Single(part => part.ParticipantId == "firm03");
        Assert.Equal((CoverageStatus.Refused, Reasons.PartitionStale.Name), (part.Status, part.Refusal.Reason));
        await secure.HoldsNothingOfAsync(answer.Cohort.Id, secure.Firms);
    }

    [Fact]
    public async Task Who_says_that_it_tells_all_of_its_rows_together_coarsens_the_sums_of_all_and_makes_none_wrong()
    {
        await using var secure = await TableSumTests.StartAsync(4, _ => Everywhere);
        new Liar(secure, "firm03").Describes(blocks =>
        {
            // The first two blocks are the north's, the others the south's.
            uint[] regions = [blocks.Codes[0], blocks.Codes[6]];
            blocks.Codes.Clear();
            blocks.Codes.Add([regions[0], 0, 0, regions[1], 0, 0]);
            blocks.Stamps.RemoveAt(0);
            blocks.Stamps.RemoveAt(0);
        });

        var regions = await secure.AskAsync(Regions);

        Assert.Equal([("north", 78), ("south", 102)], regions.Rows.Select(row => (row.Values[0].StringValue, (int)row.Values[1].IntValue)));
        Assert.Equal(Reasons.NoCommonParts, (await Assert.ThrowsAsync<ExchangeException>(() => secure.AskAsync(Sites))).Reason);
    }

    private static ulong Add(PartitionBlocks blocks, string site)
    {
        blocks.Dimensions[1].Values.Add(new PatternValue { Text = site });
        blocks.Codes.Add([blocks.Codes[0], (uint)blocks.Dimensions[1].Values.Count, blocks.Codes[2]]);
        blocks.Stamps.Add(7);
        return 7;
    }
}
