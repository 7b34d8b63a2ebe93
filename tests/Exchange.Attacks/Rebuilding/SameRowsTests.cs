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

    [Fact]
    public async Task Two_products_over_the_same_rows_are_subtracted_where_the_owner_insists_and_are_refused_otherwise()
    {
        // The rows of the second product are one fewer, and its table is another.
        foreach (var product in new[] { "payroll", "salaries" })
        {
            await exchange.PublishProductAsync(product, Wages.Columns);
        }

        var (one, other) = (exchange.At("naive", "payroll"), exchange.At("naive", "salaries"));
        await one.PublishAsync(Without(null), people: "staff");
        await one.OfferAsync(AttackExchange.Table);
        await other.PublishAsync(Without("w11"), overrideSameRows: true, people: "staff");
        await other.OfferAsync(AttackExchange.Table, overrideSameRows: true);
        Assert.Equal(Pay, await one.FigureAsync("SUM(pay)", "region = 'north'") - await other.FigureAsync("SUM(pay)", "region = 'north'"));

        var (first, second) = (exchange.At("careful", "payroll"), exchange.At("careful", "salaries"));
        await first.PublishAsync(Without(null), people: "staff");
        await first.OfferAsync(AttackExchange.Table);
        await RefusedAsync(() => second.PublishAsync(Without("w11"), people: "staff"));
        await RefusedAsync(() => second.PublishAsync(WithoutColumn(Without("w11"), "sex", "f"), people: "staff"));
        Assert.Null(await second.FigureAsync("SUM(pay)"));
    }

    [Theory]
    [InlineData(AttackExchange.Table)]
    [InlineData(AttackExchange.Open)]
    public async Task Two_datasets_that_were_there_before_any_offer_do_not_both_answer_when_one_has_a_table(string terms)
    {
        var (table, beside) = ($"first{terms.Length}", $"second{terms.Length}");
        foreach (var product in new[] { table, beside })
        {
            await exchange.PublishProductAsync(product, Wages.Columns);
            await exchange.At("careful", product).PublishAsync(Without(product == beside ? "w11" : null), people: table);
        }

        await exchange.At("careful", table).OfferAsync(AttackExchange.Table);
        await RefusedAsync(() => exchange.At("careful", beside).OfferAsync(terms));
        Assert.Null(await exchange.At("careful", beside).FigureAsync("SUM(pay)"));
    }

    [Fact]
    public async Task Rows_that_the_table_has_are_not_appended_to_it_again_with_one_more()
    {
        await exchange.PublishProductAsync("again", Wages.Columns);
        var (careful, naive) = (exchange.At("careful", "again"), exchange.At("naive", "again"));
        foreach (var owner in new[] { careful, naive })
        {
            await owner.PublishAsync(Without("w11"));
            await owner.OfferAsync(AttackExchange.Table);
        }

        var before = await naive.FigureAsync("SUM(pay)", "region = 'north'");
        await naive.PublishAsync(Without(null), overrideSameRows: true, mode: Protocol.Owner.V1.PublishMode.Append);
        Assert.Equal(Pay, await naive.FigureAsync("SUM(pay)", "region = 'north'") - (2 * before));

        await RefusedAsync(() => careful.PublishAsync(Without(null), mode: Protocol.Owner.V1.PublishMode.Append));
        Assert.Equal(before, await careful.FigureAsync("SUM(pay)", "region = 'north'"));
    }

    [Fact]
    public async Task Other_rows_replace_a_dataset_that_has_a_table()
    {
        await exchange.PublishProductAsync("renewed", Wages.Columns);
        var careful = exchange.At("careful", "renewed");
        await careful.PublishAsync(Without(null));
        await careful.OfferAsync(AttackExchange.Table);
        await careful.PublishAsync(Without("w11"), people: "next year");
        Assert.Equal(59, await careful.FigureAsync("COUNT(*)"));
        await RefusedAsync(() => careful.PublishAsync(Without("w12")));
    }

    [Fact]
    public async Task A_worker_who_is_removed_by_a_correction_is_not_told_of_by_what_the_table_tells_before_and_after()
    {
        await exchange.PublishProductAsync("corrected", Wages.Columns);
        var careful = exchange.At("careful", "corrected");
        await careful.PublishAsync(Without(null));
        await careful.OfferAsync(AttackExchange.Table);
        var before = await careful.FigureAsync("SUM(pay)", "region = 'north'");
        await careful.PublishAsync("region,sex,grade,pay,worker_id\nnorth,f,a,3333,w99\n", mode: Protocol.Owner.V1.PublishMode.Append);
        Assert.Equal(1, (await careful.TableAsync()).WaitingRows);

        // The worker is gone from the rows at once, and so is the one who waited; the figures stay, also pooled for a stricter offer.
        await careful.PublishAsync(Without("w11"), mode: Protocol.Owner.V1.PublishMode.Correct);
        Assert.Equal(before, await careful.FigureAsync("SUM(pay)", "region = 'north'"));
        Assert.Equal((1, 0L), ((await careful.TableAsync()).DatasetVersion, (await careful.TableAsync()).WaitingRows));
        await careful.OfferAsync("release: table\ndisclosure: {min_units: 20}", "-stricter");
        Assert.Equal(before, await careful.FigureAsync("SUM(pay)", "region = 'north'"));

        // What is appended later enters by itself: neither of the two is in the difference.
        await careful.PublishAsync(
            Csv.Of("region,sex,grade,pay,worker_id", Enumerable.Range(0, 60).Select(i => new object?[] { "north", i % 2 == 0 ? "m" : "f", "a", 2000 + i, $"new{i}" })),
            mode: Protocol.Owner.V1.PublishMode.Append);
        Assert.Equal(Enumerable.Range(0, 60).Sum(i => 2000 + i), await careful.FigureAsync("SUM(pay)", "region = 'north'") - before);
        Assert.Equal(4, (await careful.TableAsync()).DatasetVersion);
    }

    /// <summary>The victim is removed among ten, whose figures then go; nine of them come back, so that the difference to before would be the victim.</summary>
    [Fact]
    public async Task A_worker_removed_among_ten_is_told_when_nine_come_back_where_tables_are_built_anew_and_not_where_the_dataset_is_corrected()
    {
        const int victim = 41;
        static string Staff(Func<int, bool> without) => Csv.Of("region,sex,grade,pay,worker_id", Enumerable.Range(0, 160)
            .Where(i => !without(i)).Select(i => new object?[] { i < 80 ? "north" : "south", i % 2 == 0 ? "m" : "f", "a", 3000 + i, $"w{i}" }));
        bool IsOfTen(int i) => i is >= 41 and < 61 && i % 2 == 1;
        await exchange.PublishProductAsync("comeback", Wages.Columns);
        var (careful, naive) = (exchange.At("careful", "comeback"), exchange.At("naive", "comeback"));
        foreach (var owner in new[] { careful, naive })
        {
            await owner.PublishAsync(Staff(_ => false));
            await owner.OfferAsync(AttackExchange.Table);
        }

        var before = await naive.FigureAsync("SUM(pay)", "region = 'north'");
        await naive.PublishAsync(Staff(i => i == victim), overrideSameRows: true);
        Assert.Equal(3000 + victim, before - await naive.FigureAsync("SUM(pay)", "region = 'north'"));

        // Alone he stays in the figures; with nine others he leaves them, and the difference is of all ten.
        await careful.PublishAsync(Staff(i => i == victim), mode: Protocol.Owner.V1.PublishMode.Correct);
        Assert.Equal(before, await careful.FigureAsync("SUM(pay)", "region = 'north'"));
        await careful.PublishAsync(Staff(IsOfTen), mode: Protocol.Owner.V1.PublishMode.Correct);
        var without = await careful.FigureAsync("SUM(pay)", "region = 'north'");
        Assert.Equal(Enumerable.Range(0, 160).Where(IsOfTen).Sum(i => 3000 + i), before - without);
        Assert.Equal(150, await careful.FigureAsync("COUNT(*)"));

        // Nine are too few to come back, by a correction or by a stricter offer; and a stricter one has the ten no more either.
        await careful.PublishAsync(Staff(i => i == victim), mode: Protocol.Owner.V1.PublishMode.Correct);
        Assert.Equal(without, await careful.FigureAsync("SUM(pay)", "region = 'north'"));
        await careful.OfferAsync("release: table\ndisclosure: {min_units: 20}", "-stricter");
        Assert.Equal(without, await careful.FigureAsync("SUM(pay)", "region = 'north'"));

        // With the victim they are ten again.
        await careful.PublishAsync(Staff(_ => false), mode: Protocol.Owner.V1.PublishMode.Correct);
        Assert.Equal(without, await careful.FigureAsync("SUM(pay)", "region = 'north'"));
    }

    private static string WithoutColumn(string csv, string column, string constant) => string.Join('\n', csv.Split('\n').Select((line, i) =>
        i == 0 || line.Length == 0 ? line : string.Join(',', line.Split(',').Select((field, at) => at == Array.IndexOf(csv.Split('\n')[0].Split(','), column) ? constant : field))));

    private static async Task RefusedAsync(Func<Task> work) => Assert.Equal("SAME_ROWS", (await Assert.ThrowsAsync<ExchangeException>(work)).Reason.Name);
}
