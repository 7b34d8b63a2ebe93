using System.Security.Cryptography;
using System.Text;
using Exchange.Attacks.Combining;
using Exchange.Privacy.SafeTables;

namespace Exchange.Attacks.Rebuilding;

/// <summary>Whoever sees a commitment and can guess the table must not be able to try his guesses on it.</summary>
public sealed class CommitmentTests(AttackExchange exchange)
{
    [Fact]
    public async Task A_guess_is_confirmed_by_a_bare_hash_and_by_nothing_that_a_node_shows()
    {
        var guess = SafeTableCodec.Encode(TableOf(Wages.VictimPay));
        var bare = SHA256.HashData(SafeTableCodec.Encode(TableOf(Wages.VictimPay)));
        Assert.Equal(bare, SHA256.HashData(guess));
        Assert.NotEqual(bare, SHA256.HashData(SafeTableCodec.Encode(TableOf(Wages.VictimPay + 1))));

        var (careful, twin) = (exchange.At("careful", "committed"), exchange.At("twin", "committed"));
        await exchange.PublishProductAsync("committed", Wages.Columns);
        foreach (var owner in new[] { careful, twin })
        {
            await owner.PublishAsync(Wages.Rows);
            await owner.OfferAsync(AttackExchange.Table);
        }

        var shown = await careful.TableAsync();
        Assert.Equal((uint)32, (uint)shown.Commitment.Length);
        // One table, two commitments: they do not say so.
        Assert.NotEqual(shown.Commitment, (await twin.TableAsync()).Commitment);
        var reply = await careful.AskAsync("SELECT COUNT(*) FROM committed");
        var leaf = reply.Response!.Coverage[0].Receipt.Leaf.ToStringUtf8();
        Assert.Contains(Convert.ToHexStringLower(shown.Commitment.Span), leaf, StringComparison.Ordinal);
        foreach (var salt in new[] { new byte[32], [], SHA256.HashData(Encoding.UTF8.GetBytes("committed/1")), shown.Commitment.ToByteArray() })
        {
            Assert.NotEqual(SHA256.HashData([.. salt, .. guess]), shown.Commitment.ToByteArray());
        }
    }

    private static SafeTable TableOf(decimal victimPay)
    {
        string[] regions = ["north", "south"], sexes = ["f", "m"], grades = ["a", "b", "c"];
        var data = new UnitContributions(new TableLayout(
            [new DimensionLayout("region", regions, true), new DimensionLayout("sex", sexes, true), new DimensionLayout("grade", grades, true)],
            [new MeasureLayout { Name = "pay", Low = 0, High = 10_000, Squares = true }]));
        var unit = 0;
        foreach (var row in Wages.Rows.Split('\n').Skip(1).Where(line => line.Length > 0).Select(line => line.Split(',')))
        {
            data.Add([Array.IndexOf(regions, row[0]), Array.IndexOf(sexes, row[1]), Array.IndexOf(grades, row[2])], unit++);
            data.Set(0, MeasureContribution.OfRow(data.Layout.Measures[0], row[3] == "7777" ? (Int128)victimPay : Int128.Parse(row[3], System.Globalization.CultureInfo.InvariantCulture)));
        }

        return SafeTableBuilder.Build(data, new TableRules()).Table;
    }
}
