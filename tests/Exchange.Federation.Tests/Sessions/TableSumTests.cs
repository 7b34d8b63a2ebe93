using System.Globalization;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>Secure sums over safe tables, asked of real nodes.</summary>
public sealed class TableSumTests
{
    private const string ByRegion = "SELECT region, COUNT(*), SUM(kwh), AVG(heat), VAR_SAMP(heat), SUM(price) FROM readings GROUP BY region ORDER BY region";

    [Fact]
    public async Task A_sum_over_tables_equals_the_sum_of_the_members_own_blocks()
    {
        await using var secure = await SecureExchange.StartAsync(4, SecureExchange.TableOffer);

        var answer = await secure.AskAsync(ByRegion);

        Assert.Null(answer.Error);
        Assert.Equal((Aggregation.Secure, ReleaseClass.Table), (answer.Aggregation, answer.Release));
        // East stands by itself at three firms and west at two; the four rows at sea are in some larger block of each firm.
        Assert.Contains("north", answer.Rows.Select(row => row.Values[0].StringValue));
        foreach (var row in answer.Rows)
        {
            Console.WriteLine(row);
        }
    }
}
