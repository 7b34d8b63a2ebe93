using System.Diagnostics;

namespace Exchange.Attacks.Noise;

/// <summary>
/// Guessing who is among the data by how long answers take, over real nodes. Two owners have the same rows but for one person's, who has many
/// rows in a group of their own. Both are asked the same questions in pairs, which first by a coin, and the attacker says of each pair which
/// answer took longer: by chance right half of the time, whatever else the machine has to do.
/// </summary>
public sealed class LatencyTests(AttackExchange exchange)
{
    private static readonly int Pairs = QuestionCount.Value / 4;

    // Four standard errors of guessing by chance.
    private static readonly double Bound = 4 * 0.5 / Math.Sqrt(Pairs);

    // So that the control can be paid too.
    private static readonly double Charge = 9.0 / ((4 * Pairs) + 5);

    private const string Columns = """
        unit: person
        columns:
          region: {type: string, role: dimension, domain: [north, south, east, west], required: true}
          tag:    {type: int, role: dimension, range: [0, 100000], required: true}
          wage:   {type: int, role: measure, bounds: [0, 1000], step: 10, required: true}
          person: {type: string, role: identifier}
        """;

    [Fact]
    public async Task How_long_an_answer_takes_does_not_tell_whether_somebody_is_there()
    {
        const string terms = "release: noisy\nbudget: {rho: 10, delta: 1e-6, per: year, rows_per_group: 2}";
        await exchange.PublishProductAsync("latency", Columns);
        var (with, without) = (exchange.At("careful", "latency"), exchange.At("naive", "latency"));
        await with.PublishAsync(Csv(isThere: true));
        await without.PublishAsync(Csv(isThere: false));
        await with.OfferAsync(terms);
        await without.OfferAsync(terms);
        var question = 0;

        // What is done once only, on the first questions.
        for (var warm = 0; warm < 5; warm++, question++)
        {
            await TimeAsync(with, question, 1);
            await TimeAsync(without, question, 1);
        }

        Assert.InRange(await LongerShareAsync(with, without, 1), 0.5 - Bound, 0.5 + Bound);

        // The control: an owner who does three times the work where the person is there gives it away.
        Assert.True(await LongerShareAsync(with, without, 3) > 0.5 + Bound);

        async Task<double> LongerShareAsync(Owner one, Owner other, int timesTheWork)
        {
            var (order, longer) = (new Random(17), 0.0);
            for (var pair = 0; pair < Pairs; pair++, question++)
            {
                var isOneFirst = order.Next(2) == 0;
                var first = await TimeAsync(isOneFirst ? one : other, question, isOneFirst ? timesTheWork : 1);
                var second = await TimeAsync(isOneFirst ? other : one, question, isOneFirst ? 1 : timesTheWork);
                longer += first == second ? 0.5 : first > second == isOneFirst ? 1 : 0;
            }

            return longer / Pairs;
        }
    }

    private static async Task<TimeSpan> TimeAsync(Owner owner, int question, int timesTheWork)
    {
        var started = Stopwatch.GetTimestamp();
        for (var time = 0; time < timesTheWork; time++)
        {
            var reply = await owner.AskAsync($"SELECT region, COUNT(*) AS n, SUM(wage) AS s, MEDIAN(wage) AS m FROM latency WHERE tag <> {1000 + question + (time * 10_000)} GROUP BY region", Charge);
            Assert.Equal("", reply.Refusal);
        }

        return Stopwatch.GetElapsedTime(started);
    }

    private static string Csv(bool isThere) => "region,tag,wage,person\n"
        + string.Concat(Enumerable.Range(0, 2_000).Select(row => $"{(row % 3 == 0 ? "north" : row % 3 == 1 ? "south" : "east")},{row % 7},{row * 37 % 1000},p{row / 2}\n"))
        + string.Concat(Enumerable.Range(0, isThere ? 40 : 0).Select(row => $"west,{row % 7},{row},target\n"));
}
