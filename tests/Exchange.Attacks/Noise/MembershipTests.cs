using Exchange.Protocol.Errors;

namespace Exchange.Attacks.Noise;

/// <summary>
/// Guessing who is among the data, over real nodes: of each of a thousand people it is a coin whether the owner has a row of theirs. The
/// attacker knows in which group each would stand alone, asks for all groups again and again, each time another question, for a charge that
/// hangs on what it learned so far, and weighs what it gets in the best way there is, by the precision the answers state themselves.
/// </summary>
/// <remarks>
/// Two Gaussians of which the budget ρ is spent in whole are told apart by the best test with a probability of Φ(√(ρ/2)) (Dong, Roth and Su 2022, with
/// µ = √(2ρ)), however the questions are chosen (Whitehouse et al. 2023). A person adds to one group only, so one answer about all groups costs each no more.
/// </remarks>
public sealed class MembershipTests(AttackExchange exchange)
{
    private const int People = 1_000;
    private const double Rho = 1;

    // Φ(√(ρ/2)).
    private const double Best = 0.760249938906524;

    private const string Columns = """
        unit: person
        columns:
          place:  {type: int, role: dimension, range: [0, 999], required: true}
          tag:    {type: int, role: dimension, range: [0, 100000], required: true}
          person: {type: string, role: identifier}
        """;

    private static readonly string Terms = FormattableString.Invariant($"release: noisy\nbudget: {{rho: {Rho}, delta: 1e-6, per: year}}");

    // The same people in every run, so that only the noise is by chance.
    private readonly bool[] _members = [.. Enumerable.Range(0, People).Select(person => System.Numerics.BitOperations.PopCount((uint)(person * 2654435761) & 0x00FF_FF00) % 2 == 0)];

    [Fact]
    public async Task Whoever_asks_adaptively_until_the_budget_is_spent_guesses_no_better_than_it_allows()
    {
        var (careful, naive) = await exchange.PrepareAsync("membership", Columns, Csv(), Terms, AttackExchange.WideOpen);

        // With the noise off, one question tells all.
        var exact = Told(await naive.AskAsync(Sql(0))).ToDictionary(told => told.Place, told => told.Count);
        Assert.Equal(1, Accuracy(Enumerable.Range(0, People).Select(place => exact.GetValueOrDefault(place) - 0.5)));

        var (evidence, spent) = (new double[People], 0.0);
        for (var question = 0; question < QuestionCount.Value; question++)
        {
            var charge = ChargeOf(evidence, question, spent);
            spent += charge;
            var reply = await careful.AskAsync(Sql(question), charge);
            Assert.Equal("", reply.Refusal);
            foreach (var (place, count, error) in Told(reply))
            {
                evidence[place] += (count - 0.5) / (error * error);
            }
        }

        // Nothing is left, and asked again the answers say nothing new.
        Assert.Equal(Reasons.BudgetExhausted.Name, (await careful.AskAsync(Sql(QuestionCount.Value), Rho / 1000)).Refusal);
        var errors = 3 * Math.Sqrt(Best * (1 - Best) / People);
        var accuracy = Accuracy(evidence);
        Assert.True(accuracy < Best + errors, $"{accuracy}");
        // And the attack is a good one: it gets nearly what there is.
        Assert.True(accuracy > Best - (2 * errors), $"{accuracy}");
    }

    // More where more people are still in doubt; in all, the budget, of which a thousandth is lost to rounding.
    private static double ChargeOf(double[] evidence, int question, double spent)
    {
        var left = (Rho * 0.9995) - spent;
        var doubtful = (double)evidence.Count(one => Math.Abs(one) < 0.5) / People;
        return question == QuestionCount.Value - 1 ? left : left / (QuestionCount.Value - question) * (0.5 + (doubtful / 2));
    }

    // No row has such a tag: another question about the same rows.
    private static string Sql(int question) => $"SELECT place, COUNT(*) AS n FROM membership WHERE tag <> {1000 + question} GROUP BY place";

    private static IEnumerable<(int Place, double Count, double Error)> Told(Reply reply) => reply.Response!.Rows.Select(row =>
        ((int)row.Values[0].IntValue, (double)row.Values[1].IntValue, row.ErrorBounds.Count == 0 ? 0 : row.ErrorBounds[0].StdError));

    private double Accuracy(IEnumerable<double> evidence)
    {
        var right = evidence.Select((one, place) => one > 0 == _members[place]).Count(isRight => isRight);
        return (double)right / People;
    }

    private string Csv() => "place,tag,person\n" + string.Concat(Enumerable.Range(0, People).Where(place => _members[place]).Select(place => $"{place},{place % 7},p{place}\n"));
}
