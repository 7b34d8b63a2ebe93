namespace Exchange.Attacks.Combining;

/// <summary>An attribute of a person read off the others.</summary>
public sealed class RareCombinationTests(AttackExchange exchange)
{
    private const string Columns = """
        unit: patient_id
        columns:
          town:       {type: string, role: dimension, required: true}
          job:        {type: string, role: dimension, required: true}
          diagnosis:  {type: string, role: dimension, domain: [flu, hiv, none], required: true, sensitive: true}
          patient_id: {type: string, role: identifier}
        """;

    // Everybody knows the one diver of Aville and that he was at the clinic. All twelve miners of Aville have the same diagnosis.
    private static string Rows => Csv.Of("town,job,diagnosis,patient_id", Enumerable.Range(0, 121).Select(i => i switch
    {
        0 => new object?[] { "Aville", "diver", "hiv", "p0" },
        <= 12 => ["Aville", "miner", "hiv", $"p{i}"],
        _ => [i % 2 == 0 ? "Aville" : "Beville", i % 3 == 0 ? "clerk" : "cook", i % 5 == 0 ? "flu" : "none", $"p{i}"],
    }));

    [Fact]
    public async Task A_rare_combination_tells_its_last_attribute_in_a_plain_count_and_does_not_occur_in_a_table()
    {
        var (careful, naive) = await exchange.PrepareAsync("clinic", Columns, Rows, AttackExchange.Table, AttackExchange.Open);
        Assert.Equal(["hiv"], await DiagnosesAsync(naive, "diver"));
        Assert.Equal(["hiv"], await DiagnosesAsync(naive, "miner"));

        Assert.Empty(await DiagnosesAsync(careful, "diver"));
        Assert.Empty(await DiagnosesAsync(careful, "miner"));
        var everything = await careful.AskAsync("SELECT town, job, diagnosis, COUNT(*) FROM clinic GROUP BY town, job, diagnosis");
        Assert.DoesNotContain("diver", everything.Json);
    }

    [Fact]
    public async Task A_diagnosis_is_not_read_off_the_difference_to_its_complement()
    {
        var (careful, naive) = await exchange.PrepareAsync("ward", Columns, Rows, AttackExchange.Table, AttackExchange.Open);
        Assert.Equal(13, await CasesAsync(naive));

        var cases = await CasesAsync(careful);
        Assert.True(cases is null or 0, $"{cases} of the combination are told apart");
    }

    private static async Task<List<string>> DiagnosesAsync(Owner owner, string job)
    {
        var product = owner.ProductId.Split('/')[0];
        var reply = await owner.AskAsync($"SELECT diagnosis, COUNT(*) FROM {product} WHERE town = 'Aville' AND job = '{job}' GROUP BY diagnosis");
        return [.. reply.Rows.Select(row => row.Text(0))];
    }

    private static async Task<decimal?> CasesAsync(Owner owner) =>
        await owner.FigureAsync("COUNT(*)", "town = 'Aville' AND job IN ('diver', 'miner')")
        - await owner.FigureAsync("COUNT(*)", "town = 'Aville' AND job IN ('diver', 'miner') AND diagnosis <> 'hiv'");
}
