namespace Exchange.Attacks.Checking;

/// <summary>
/// Random questions to one table, and everything that follows from all its answers together, by exact linear algebra over the atoms of the
/// raw rows: nothing finer than the blocks that the owner is shown, and every block passes the rules.
/// </summary>
public sealed class CheckerTests(AttackExchange exchange)
{
    private static readonly (string Kind, string Measure, decimal Scale)[] Exact = [("COUNT", "", 1), ("COUNT", "bonus", 1), ("COUNT", "pay", 1), ("SUM", "pay", 1), ("SUM", "bonus", 100)];

    [Fact]
    public async Task All_answers_together_tell_nothing_finer_than_the_blocks_the_owner_sees()
    {
        await exchange.PublishProductAsync("field", Field.Columns);
        var careful = exchange.At("careful", "field");
        var rows = Field.Rows(seed: 3, workers: 700, rowsMax: 3);
        await careful.PublishAsync(Field.Csv(rows));
        await careful.OfferAsync(AttackExchange.Table);
        var map = new BlockMap(await careful.TableAsync(), rows);
        CheckBlocks(map);

        var atoms = rows.Select(row => string.Join('|', row.Atom)).Distinct().Select((atom, number) => (atom, number)).ToDictionary(pair => pair.atom, pair => pair.number);
        var atomsOf = map.ValueBlocks.Select(block => block.Rows.Select(row => atoms[string.Join('|', row.Atom)]).Distinct().ToArray()).ToList();
        var known = Exact.ToDictionary(space => (space.Kind, space.Measure), _ => new Elimination(atoms.Count));
        var expectation = new Expectation(map);
        var random = new Random(11);
        var answered = 0;
        for (var number = 0; number < QuestionCount.Value; number++)
        {
            var question = Question.Random(random);
            var reply = await careful.AskAsync(question.Sql("field"));
            Assert.True(reply.Refusal.Length == 0, $"{reply.Refusal} for {question.Sql("field")}");
            var expected = expectation.Of(question);
            answered += Compare(question, reply, expected);
            foreach (var figure in expected.Values.SelectMany(row => row.Figures).Where(figure => figure.Value is not null))
            {
                if (known.TryGetValue((figure.Figure.Kind, figure.Figure.Measure), out var space))
                {
                    var scale = Exact.First(exact => exact.Kind == figure.Figure.Kind && exact.Measure == figure.Figure.Measure).Scale;
                    Assert.True(space.Learn(figure.Blocks.SelectMany(block => atomsOf[block]), (long)Math.Round((decimal)figure.Value!.Value * scale)));
                }
            }
        }

        Assert.True(answered > QuestionCount.Value / 2, $"only {answered} rows came back");
        foreach (var space in known.Values)
        {
            Assert.InRange(space.Rank, 1, map.ValueBlocks.Count(block => !block.Withheld));
            foreach (var block in atomsOf)
            {
                Assert.All(block.Skip(1), atom => Assert.True(space.CannotTellApart(block[0], atom)));
                Assert.True(block.Length == 1 || !block.Any(atom => space.Knows([atom])));
            }
        }
    }

    /// <summary>The same checker on answers that a threshold alone lets through: it must find the atoms.</summary>
    [Fact]
    public void The_checker_finds_what_a_tracker_finds()
    {
        var known = new Elimination(unknowns: 4);
        int[] victim = [3], tracker = [0, 3];
        Assert.True(known.Learn([0, 1, 2, 3], 80));
        Assert.True(known.Learn(tracker, 41));
        Assert.True(known.Learn([0], 40));
        Assert.True(known.Knows(victim));
        Assert.False(known.Knows([1]));
        Assert.False(known.CannotTellApart(0, 3));
        Assert.True(known.CannotTellApart(1, 2));
        Assert.False(known.Learn(victim, 2));
    }

    private static void CheckBlocks(BlockMap map)
    {
        Assert.Contains(map.CountBlocks, block => block.Description.Contains("*"));
        foreach (var block in map.CountBlocks)
        {
            var units = block.Rows.Select(row => row.Worker).Distinct().Count();
            Assert.True(block.Units == units, $"{string.Join('|', block.Description)} has {units} of {block.Units} units");
            Assert.True(block.Units >= 10);
        }

        Assert.Equal(Enumerable.Range(0, map.CountBlocks.Count), map.ValueBlocks.SelectMany(block => block.Members).Order());
        foreach (var block in map.ValueBlocks.Where(block => !block.Withheld))
        {
            Assert.True(block.RowCount == block.Rows.Count, $"{string.Join('|', block.Description)} has {block.Rows.Count} of {block.RowCount} rows");
            foreach (var (measure, figure) in block.Figures)
            {
                Assert.Equal(figure!.Values, block.Rows.Count(row => row.Value(measure) is not null));
                Assert.Equal(block.Rows.Sum(row => row.Value(measure) ?? 0), figure.Sum, 6);
                Assert.True(!figure.Squares || !BlockRules.FailuresOfSquares(block.Rows, measure).Any());
            }

            Assert.Empty(BlockRules.FailuresOf(block.Rows));
        }
    }

    private static int Compare(Question question, Reply reply, Dictionary<string, Expectation.Row> expected)
    {
        var keys = question.GroupBy.Count;
        if (keys == 0 && expected.Count == 0)
        {
            Assert.All(reply.Rows, row => Assert.All(row.Values, Assert.Null));
            return 0;
        }

        Assert.Equal(expected.Keys.Order(), reply.Rows.Select(KeyOf).Order());
        foreach (var row in reply.Rows)
        {
            var same = expected[KeyOf(row)];
            Assert.True(same.Touching == row.Touching, $"touching {row.Touching} and not {same.Touching}: {question.Sql("field")}");
            Assert.True(row.Covered is null || row.Covered == same.Covered, $"covered {row.Covered} and not {same.Covered}: {question.Sql("field")}");
            for (var i = 0; i < same.Figures.Count; i++)
            {
                var (told, may) = ((double?)row.Number(keys + i), same.Figures[i].Value);
                var close = told is null || may is null ? told == may : Math.Abs(told.Value - may.Value) <= 1e-9 * Math.Max(1, Math.Abs(may.Value));
                Assert.True(close, $"{told} and not {may}: {question.Sql("field")}");
            }
        }

        return reply.Rows.Count;

        string KeyOf(Reply.Row row) => string.Join('|', Enumerable.Range(0, keys).Select(row.Text));
    }
}
