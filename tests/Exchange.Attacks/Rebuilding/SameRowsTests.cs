using Exchange.Attacks.Combining;
using Exchange.Protocol.Errors;

namespace Exchange.Attacks.Rebuilding;

/// <summary>A second release over mostly the same rows, to be subtracted from the first.</summary>
public sealed class SameRowsTests(AttackExchange exchange)
{
    private const decimal Pay = 3011;

    private static string Without(string? worker) => Csv.Of("region,sex,grade,pay,worker_id", Enumerable.Range(0, 60)
        .Select(i => new object?[] { i < 30 ? "north" : "south", i % 2 == 0 ? "m" : "f", "a", 3000 + i, $"w{i}" })
        .Where(row => (string?)row[4] != worker));

    [Fact]
    public async Task A_table_rebuilt_without_a_worker_is_subtracted_where_the_owner_insists_and_is_refused_otherwise()
    {
        await exchange.PublishProductAsync("rebuilt", Wages.Columns);
        var (careful, naive) = (exchange.At("careful", "rebuilt"), exchange.At("naive", "rebuilt"));
        foreach (var owner in new[] { careful, naive })
        {
            await owner.PublishAsync(Without(null));
            await owner.OfferAsync(AttackExchange.Table);
        }

        var before = await naive.FigureAsync("SUM(pay)", "region = 'north'");
        await naive.PublishAsync(Without("w11"), overrideSameRows: true);
        Assert.Equal(Pay, before - await naive.FigureAsync("SUM(pay)", "region = 'north'"));

        Assert.Equal("SAME_ROWS", (await Assert.ThrowsAsync<ExchangeException>(() => careful.PublishAsync(Without("w11")))).Reason.Name);
        Assert.Equal(before, await careful.FigureAsync("SUM(pay)", "region = 'north'"));
    }

    [Fact]
    public async Task Taking_the_dataset_out_of_service_first_is_no_way_around()
    {
        await exchange.PublishProductAsync("retired", Wages.Columns);
        var careful = exchange.At("careful", "retired");
        await careful.PublishAsync(Without(null));
        await careful.OfferAsync(AttackExchange.Table);
        await careful.RetireAsync();
        Assert.Equal("SAME_ROWS", (await Assert.ThrowsAsync<ExchangeException>(() => careful.PublishAsync(Without("w11")))).Reason.Name);
    }

    [Fact]
    public async Task A_dataset_that_comes_back_with_other_rows_answers_from_a_table_of_its_own()
    {
        await exchange.PublishProductAsync("returned", Wages.Columns);
        var careful = exchange.At("careful", "returned");
        await careful.PublishAsync(Without(null));
        await careful.OfferAsync(AttackExchange.Table);
        await careful.RetireAsync();
        await careful.PublishAsync(Without("w11"), overrideSameRows: true);
        Assert.Equal(59, await careful.FigureAsync("COUNT(*)"));
        Assert.Equal(2, (await careful.TableAsync()).DatasetVersion);
    }

    [Fact]
    public async Task Rows_that_a_table_told_of_are_not_offered_checked_by_the_same_offer_either()
    {
        await exchange.PublishProductAsync("turned", Wages.Columns);
        var careful = exchange.At("careful", "turned");
        await careful.PublishAsync(Wages.Rows);
        await careful.OfferAsync(AttackExchange.Table);
        Assert.Equal("TABLE_BESIDE_CHECKED", (await Assert.ThrowsAsync<ExchangeException>(() => careful.OfferAsync(AttackExchange.Open))).Reason.Name);
        Assert.Equal("TABLE_BESIDE_CHECKED", (await Assert.ThrowsAsync<ExchangeException>(() => careful.OfferAsync(AttackExchange.Open, "-too"))).Reason.Name);
        Assert.Null(await careful.FigureAsync("SUM(pay)", Wages.Victim));
    }

    /// <summary>The attacker brings eight workers of his own, so that the next one to come is the ninth of nine, or the thirty-ninth of a block of thirty.</summary>
    [Fact]
    public async Task Sham_rows_before_an_append_single_the_next_worker_out_where_a_block_is_built_anew_and_not_where_rows_wait()
    {
        const decimal victimPay = 3777;
        var shams = string.Concat(Enumerable.Range(0, 8).Select(i => $"north,f,a,{3100 + i},sham{i}\n"));
        var victim = $"north,f,a,{victimPay},victim\n";
        await exchange.PublishProductAsync("shams", Wages.Columns);
        var (careful, naive) = (exchange.At("careful", "shams"), exchange.At("naive", "shams"));
        foreach (var owner in new[] { careful, naive })
        {
            await owner.PublishAsync(Without(null));
            await owner.OfferAsync(AttackExchange.Table);
        }

        const string header = "region,sex,grade,pay,worker_id\n";
        await naive.PublishAsync(Without(null) + shams, overrideSameRows: true);
        var before = await naive.FigureAsync("SUM(pay)", "region = 'north'");
        await naive.PublishAsync(Without(null) + shams + victim, overrideSameRows: true);
        Assert.Equal(victimPay, await naive.FigureAsync("SUM(pay)", "region = 'north'") - before);

        await careful.PublishAsync(header + shams, mode: Protocol.Owner.V1.PublishMode.Append);
        var (units, pay) = (await careful.FigureAsync("COUNT(*)"), await careful.FigureAsync("SUM(pay)"));
        await careful.PublishAsync(header + victim, mode: Protocol.Owner.V1.PublishMode.Append);
        Assert.Equal((60, units, pay), (units, await careful.FigureAsync("COUNT(*)"), await careful.FigureAsync("SUM(pay)")));
    }

    [Fact]
    public async Task Appended_rows_are_not_told_of_by_their_difference()
    {
        await exchange.PublishProductAsync("appended", Wages.Columns);
        var careful = exchange.At("careful", "appended");
        await careful.PublishAsync(Without(null));
        await careful.OfferAsync(AttackExchange.Table);
        var before = await careful.FigureAsync("SUM(pay)");
        await careful.PublishAsync("region,sex,grade,pay,worker_id\nnorth,f,a,3333,w99\n", mode: Protocol.Owner.V1.PublishMode.Append);
        Assert.Equal(before, await careful.FigureAsync("SUM(pay)"));
        await careful.OfferAsync("release: table\ndisclosure: {min_units: 20}", "-stricter");
        Assert.Equal(before, await careful.FigureAsync("SUM(pay)"));
    }
}
