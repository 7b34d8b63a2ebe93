namespace Exchange.Attacks.Contributions;

/// <summary>A count, a sum and a sum of squares.</summary>
public sealed class SquaresTests(AttackExchange exchange)
{
    private const string Columns = """
        unit: worker_id
        columns:
          hall:      {type: string, role: dimension, domain: [large, outlying, tiny], required: true}
          pay:       {type: int, role: measure, bounds: [0, 100000], required: true}
          worker_id: {type: string, role: identifier}
        """;

    private const decimal OwnPay = 2900;

    // Two work in the tiny hall, with the attacker; in the outlying one a worker earns ten times what the others do.
    private static string Rows(bool tiny) => Csv.Of("hall,pay,worker_id", Enumerable.Range(0, 83).Select(i => i switch
    {
        0 => new object?[] { "tiny", 2500, "w0" },
        1 => ["tiny", 3100, "w1"],
        2 => ["tiny", OwnPay, "attacker"],
        3 => ["outlying", 30_000, "w3"],
        < 43 => ["outlying", 3000 + (i % 9), $"w{i}"],
        _ => ["large", 2000 + (i * 17 % 900), $"w{i}"],
    }).Skip(tiny ? 0 : 3));

    [Fact]
    public async Task Two_values_are_solved_from_count_sum_and_squares_by_whoever_knows_the_third_and_a_table_has_squares_of_ten_units_only()
    {
        var (careful, naive) = await exchange.PrepareAsync("solved", Columns, Rows(tiny: true), AttackExchange.Table, AttackExchange.WideOpen);
        Assert.Equal((2500m, 3100m), await SolveAsync(naive));
        Assert.Null(await SolveAsync(careful));
        var refusal = await Assert.ThrowsAsync<Protocol.Errors.ExchangeException>(() => careful.OfferAsync("release: table\ndisclosure: {min_units: 5}", "-five"));
        Assert.Equal("OFFER_INVALID", refusal.Reason.Name);
    }

    [Fact]
    public async Task An_outlier_is_read_off_a_variance_that_it_makes_alone_and_a_table_does_not_tell_that_variance()
    {
        var (careful, naive) = await exchange.PrepareAsync("outlier", Columns, Rows(tiny: false), AttackExchange.Table, AttackExchange.WideOpen);
        Assert.InRange(await OutlierAsync(naive) ?? 0, 29_500, 30_500);
        Assert.Null(await OutlierAsync(careful));
        Assert.NotNull(await careful.FigureAsync("VAR_POP(pay)", "hall = 'large'"));
    }

    [Fact]
    public async Task An_outlier_is_not_read_off_a_checked_answer_either()
    {
        var (careful, naive) = await exchange.PrepareAsync("checked", Columns, Rows(tiny: false), "release: checked", AttackExchange.WideOpen);
        Assert.InRange(await OutlierAsync(naive) ?? 0, 29_500, 30_500);
        Assert.Null(await OutlierAsync(careful));
        Assert.NotNull(await careful.FigureAsync("AVG(pay)", "hall = 'outlying'"));
        Assert.NotNull(await careful.FigureAsync("VAR_POP(pay)", "hall = 'large'"));
    }

    // x + y and x² + y² of the other two.
    private static async Task<(decimal, decimal)?> SolveAsync(Owner owner)
    {
        var reply = await owner.AskAsync($"SELECT COUNT(*), AVG(pay), VAR_POP(pay) FROM {owner.ProductId.Split('/')[0]} WHERE hall = 'tiny'");
        if (reply.Rows is not [{ } row] || row.Number(0) != 3 || row.Number(1) is not { } mean || row.Number(2) is not { } variance)
        {
            return null;
        }

        var (sum, squares) = ((3 * mean) - OwnPay, (3 * (variance + (mean * mean))) - (OwnPay * OwnPay));
        var distance = (decimal)Math.Sqrt((double)((squares / 2) - (sum * sum / 4)));
        return (Math.Round((sum / 2) - distance), Math.Round((sum / 2) + distance));
    }

    // One value makes nearly all of the variance: n·var = d² · n / (n − 1) with d its distance from the others.
    private static async Task<decimal?> OutlierAsync(Owner owner)
    {
        var reply = await owner.AskAsync($"SELECT COUNT(*), AVG(pay), VAR_POP(pay) FROM {owner.ProductId.Split('/')[0]} WHERE hall = 'outlying'");
        return reply.Rows is [{ } row] && row.Number(0) is { } count && row.Number(1) is { } mean && row.Number(2) is { } variance
            ? mean + ((decimal)Math.Sqrt((double)(variance * (count - 1))))
            : null;
    }
}
