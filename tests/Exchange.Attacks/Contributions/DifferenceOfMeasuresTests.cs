namespace Exchange.Attacks.Contributions;

/// <summary>Two measures that both pass, and whose difference is one worker's.</summary>
public sealed class DifferenceOfMeasuresTests(AttackExchange exchange)
{
    private const decimal Garnishment = 900;

    // One worker of hall two has a garnishment: everybody else's net pay is the gross pay.
    private static string Rows => Csv.Of("hall,gross,garnished,net,worker_id", Enumerable.Range(0, 60).Select(i =>
    {
        var garnished = i == 40 ? (int)Garnishment : 0;
        return new object?[] { i < 30 ? "one" : "two", 3000 + (i * 29), garnished, 3000 + (i * 29) - garnished, $"w{i}" };
    }));

    [Fact]
    public async Task Gross_less_net_is_one_workers_where_units_of_measure_are_not_declared_and_is_not_told_where_they_are()
    {
        Assert.Equal(Garnishment, await DifferenceAsync("undeclared", "", "[hall, gross, net]", ""));
        Assert.NotEqual(Garnishment, await DifferenceAsync("declared", ", measured_in: CNY", "[hall, gross, net]", ""));
    }

    /// <summary>The same with a net pay that the product derives.</summary>
    [Fact]
    public async Task Gross_less_a_derived_net_is_not_told_where_units_of_measure_are_declared()
    {
        Assert.NotEqual(Garnishment, await DifferenceAsync("derived", ", measured_in: CNY", "[hall, gross, take_home]", "derived: {take_home: gross - garnished}\n"));
    }

    /// <summary>Where each query is checked by itself, one that asks for both.</summary>
    [Fact]
    public async Task One_checked_answer_does_not_tell_gross_less_net_where_units_of_measure_are_declared()
    {
        foreach (var (product, measuredIn, learned) in new[] { ("gross", "", (decimal?)Garnishment), ("grossdeclared", ", measured_in: CNY", null) })
        {
            await PublishProductAsync(product, measuredIn, "");
            var owner = exchange.At("careful", product);
            await owner.PublishAsync(Rows);
            await owner.OfferAsync("release: checked");
            var reply = await owner.AskAsync($"SELECT SUM(gross) - SUM(net) AS difference FROM {product} WHERE hall = 'two'");
            Assert.Equal(learned, reply.Figure);
            Assert.NotNull(await owner.FigureAsync("SUM(net)", "hall = 'two'"));
        }
    }

    private async Task<decimal?> DifferenceAsync(string product, string measuredIn, string columns, string derived)
    {
        await PublishProductAsync(product, measuredIn, derived);
        var owner = exchange.At("careful", product);
        await owner.PublishAsync(Rows);
        var names = columns.Trim('[', ']').Split(", ");
        await owner.OfferAsync($"{AttackExchange.Table}\ncolumns: {{hall: [group, filter], {names[1]}: [sum], {names[2]}: [sum]}}");
        return await owner.FigureAsync($"SUM({names[1]})", "hall = 'two'") - await owner.FigureAsync($"SUM({names[2]})", "hall = 'two'");
    }

    private async Task PublishProductAsync(string product, string measuredIn, string derived) =>
        await exchange.PublishProductAsync(product, $$"""
            unit: worker_id
            {{derived}}columns:
              hall:      {type: string, role: dimension, domain: [one, two], required: true}
              gross:     {type: int, role: measure, bounds: [0, 10000], required: true{{measuredIn}}}
              garnished: {type: int, role: measure, bounds: [0, 10000], required: true{{measuredIn}}}
              net:       {type: int, role: measure, bounds: [0, 10000], required: true{{measuredIn}}}
              worker_id: {type: string, role: identifier}
            """);
}
