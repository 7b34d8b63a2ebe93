namespace Exchange.Attacks.Combining;

/// <summary>
/// The same question in a thousand ways. Whoever adds fresh noise to each is averaged (Asghar, Kaafar: Averaging attacks on bounded noise
/// mechanisms, PETS 2020); a table has one answer.
/// </summary>
public sealed class RewritingTests(AttackExchange exchange)
{
    // A thousand, and ten thousand in a full run.
    private static readonly int Rewritings = Math.Max(1_000, QuestionCount.Value);

    // Of which the naive owner is asked so many: enough to average noise of this size away.
    private const int Averaged = 400;

    private const string Columns = """
        unit: worker_id
        columns:
          sex:       {type: string, role: dimension, domain: [f, m], required: true}
          grade:     {type: string, role: dimension, domain: [a, b, c], required: true}
          age:       {type: int, role: dimension, cuts: [30, 40, 50], required: true}
          pay:       {type: int, role: measure, bounds: [0, 10000], required: true}
          worker_id: {type: string, role: identifier}
        """;

    [Fact]
    public async Task A_thousand_ways_to_ask_one_question_have_one_answer_while_fresh_noise_is_averaged_away()
    {
        var rows = Enumerable.Range(0, 240).Select(i => new object?[] { i % 3 == 0 ? "f" : "m", "abbc"[i * 7 % 4], 20 + (i * 11 % 40), 2000 + (i * 31 % 800), $"w{i}" }).ToList();
        var exact = rows.Count(row => row is ["f", 'a' or 'b', >= 30 and < 50, ..]);
        var (careful, naive) = await exchange.PrepareAsync("rewritten", Columns, Csv.Of("sex,grade,age,pay,worker_id", rows), AttackExchange.Table, AttackExchange.Threshold);

        var random = new Random(7);
        var rewriting = new Rewriting(random);
        var asked = Enumerable.Range(0, Rewritings).Select(i => rewriting.Of(depth: i % 4)).Distinct().ToList();
        Assert.True(asked.Count > Rewritings / 2);
        // No class adds fresh noise to the same question; here somebody does between the node and the attacker.
        var noisy = new List<decimal>();
        foreach (var condition in asked.Take(Averaged))
        {
            noisy.Add((await naive.FigureAsync("COUNT(*)", condition))!.Value + (decimal)(10 * (random.NextDouble() - random.NextDouble())));
        }

        Assert.True(noisy.Count(figure => Math.Round(figure) == exact) < Averaged / 2);
        Assert.Equal(exact, Math.Round(noisy.Average()));

        var answers = new HashSet<string>();
        await foreach (var reply in AskAsync(careful, asked))
        {
            Assert.Empty(reply.Refusal);
            answers.Add(string.Join(';', reply.Rows.Select(row => $"{string.Join(',', row.Values)} {row.Touching}")) + string.Join(' ', reply.Response!.Notes));
        }

        Assert.Single(answers);
    }

    private static async IAsyncEnumerable<Reply> AskAsync(Owner owner, List<string> conditions)
    {
        foreach (var two in conditions.Chunk(2))
        {
            foreach (var reply in await Task.WhenAll(two.Select(condition => owner.AskAsync(
                $"SELECT grade, COUNT(*), SUM(pay), AVG(pay) FROM rewritten WHERE {condition} GROUP BY grade ORDER BY grade"))))
            {
                yield return reply;
            }
        }
    }
}
