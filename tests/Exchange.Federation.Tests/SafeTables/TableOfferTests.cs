using Exchange.Client.Files;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Federation.Tests.SafeTables;

/// <summary>What an owner may do around a table: each test has an exchange of its own, for each changes what is on offer.</summary>
public sealed class TableOfferTests : IAsyncLifetime
{
    private readonly TableExchange _tables = new();

    public ValueTask InitializeAsync() => _tables.InitializeAsync();

    public ValueTask DisposeAsync() => _tables.DisposeAsync();

    [Fact]
    public async Task A_stricter_offer_pools_the_blocks_there_are_and_a_looser_one_changes_nothing()
    {
        using var alpha = _tables.ClientOf("alpha");
        var first = await alpha.Tables.GetAsync("wages/1", Cancellation);

        var looser = await alpha.Offers.SetAsync(Offer("looser", minUnits: 10), Cancellation);
        var same = await alpha.Tables.GetAsync("wages/1", Cancellation);
        await alpha.Offers.SetAsync(Offer("stricter", minUnits: 40), Cancellation);
        var coarser = await alpha.Tables.GetAsync("wages/1", Cancellation);

        Assert.Equal((1, 1, 2), (first.Revision, same.Revision, coarser.Revision));
        Assert.Contains(looser.Notes, note => note.Contains("serves this offer", StringComparison.Ordinal));
        Assert.All(coarser.Blocks, block => Assert.True(block.UnitsMost >= 40));
        Assert.True(coarser.Blocks.Count < first.Blocks.Count);
        Assert.All(coarser.Blocks, block => Assert.Contains(first.Blocks, finer => IsWithin(finer.Description, block.Description)));

        // A looser one afterwards does not make it finer again.
        await alpha.Offers.SetAsync(Offer("loosest", minUnits: 10), Cancellation);
        Assert.Equal(2, (await alpha.Tables.GetAsync("wages/1", Cancellation)).Revision);
        Assert.Null((await _tables.AskAsync("SELECT COUNT(*) AS n FROM wages")).Error);
    }

    [Fact]
    public async Task Stricter_rules_can_be_tried_on_the_questions_there_were_and_the_table_stays()
    {
        const string fine = "SELECT region, month, age, COUNT(*) AS n FROM wages GROUP BY region, month, age";
        await _tables.AskAsync("SELECT COUNT(*) AS n FROM wages");
        await _tables.AskAsync(fine);
        using var alpha = _tables.ClientOf("alpha");

        var tried = await alpha.Offers.WhatIfAsync(Offer("tables", minUnits: 60), 10, Cancellation);

        var (of, all) = (tried.Queries[0], tried.Queries[1]);
        Assert.True(of.ReleasedNow < of.ReleasedThen, $"{of.ReleasedNow} of {of.ReleasedThen} cells");
        Assert.True(of.CoveredUnitsNow < of.CoveredUnitsThen, $"{of.CoveredUnitsNow} of {of.CoveredUnitsThen} units");
        Assert.Equal((1, 1), (all.ReleasedThen, all.ReleasedNow));
        Assert.Equal(1, (await alpha.Tables.GetAsync("wages/1", Cancellation)).Revision);

        // Setting them says as much.
        var set = await alpha.Offers.SetAsync(Offer("stricter", minUnits: 60), Cancellation);
        Assert.Contains(set.Notes, note => note.StartsWith("warning: 1 of 2 questions", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trying_a_table_warns_of_the_questions_it_would_not_serve()
    {
        await _tables.AskAsync("SELECT region, month, COUNT(*) AS n FROM wages GROUP BY region, month");
        using var alpha = _tables.ClientOf("alpha");

        // In the rare region two lack their pay, which without spread keeps nothing back.
        var good = await alpha.Tables.TryAsync(new TryTableRequest { Product = "wages/1", Rules = new Disclosure { MinSpread = 1 } }, Cancellation);
        var poor = await alpha.Tables.TryAsync(new TryTableRequest { Product = "wages/1", Rules = new Disclosure { MinUnits = 200 } }, Cancellation);

        Assert.Empty(good.Notes);
        Assert.StartsWith("warning: 1 of 1 questions", Assert.Single(poor.Notes), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_owner_sees_the_table_before_consent_and_the_consumer_only_what_kinds_of_figures_there_are()
    {
        using var alpha = _tables.ClientOf("alpha");
        var sums = (await alpha.Tables.GetAsync("wages/1", Cancellation)).Figures.SelectMany(block => block.Figures).Select(figure => figure.Sum).Where(sum => sum.Length > 3).ToList();
        using var lab = _tables.ClientOf("lab");
        var agreement = (await lab.Agreements.ListAsync(Cancellation)).Select(one => Protocol.Agreement.V1.AgreementTerms.Parser.ParseFrom(one.ConsumerSigned.Payload))
            .Single(terms => terms.Provider == "alpha").Id;

        var offer = await PrintedAsync("alpha", "offer", "preview", "tables");
        var owners = await PrintedAsync("alpha", "agreement", "show", agreement, "--preview");
        var consumers = await PrintedAsync("lab", "agreement", "show", agreement, "--preview");

        Assert.All(sums, sum => Assert.Contains(sum, offer, StringComparison.Ordinal));
        Assert.All(sums, sum => Assert.Contains(sum, owners, StringComparison.Ordinal));
        Assert.All(sums, sum => Assert.DoesNotContain(sum, consumers, StringComparison.Ordinal));
        Assert.Contains("members", offer, StringComparison.Ordinal);
        Assert.Contains("counts of units and rows", consumers, StringComparison.Ordinal);
        Assert.Contains("panel of months", consumers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_leaf_of_an_answer_has_the_rules_of_its_table()
    {
        using var alpha = _tables.ClientOf("alpha");
        await alpha.Offers.SetAsync(Offer("stricter", minUnits: 40), Cancellation);
        var answer = await _tables.AskAsync("SELECT COUNT(*) AS n FROM wages");

        var leaf = System.Text.Json.Nodes.JsonNode.Parse(answer.Coverage[0].Receipt.Leaf.Span)!;
        var rules = leaf["rules"]!;
        Assert.Equal((40, 90, 10, 3), ((int)rules["min_units"]!, (int)rules["dominance_percent"]!, (int)rules["p_percent"]!, (int)rules["min_spread"]!));
    }

    private async Task<string> PrintedAsync(string home, params string[] arguments)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var exitCode = await Exchange.Cli.CliProgram.RunAsync(["--home", _tables.Exchange[home].Home.Path, .. arguments, "--format", "json"], output, TextWriter.Synchronized(error), Cancellation);
        Assert.True(exitCode == 0, error.ToString());
        return output.ToString();
    }

    [Fact]
    public async Task A_checked_offer_over_the_rows_of_a_table_needs_an_owner_who_insists()
    {
        using var alpha = _tables.ClientOf("alpha");
        var terms = OfferFile.Read(_tables.Written("checked.yaml", TableExchange.OfferYaml("trusted", "checked")));

        var refusal = await Assert.ThrowsAsync<ExchangeException>(() => alpha.Offers.SetAsync(terms, Cancellation));
        Assert.Equal(Reasons.TableBesideChecked.Name, refusal.Reason.Name);
        Assert.Single(await alpha.Offers.ListAsync("", Cancellation));

        await alpha.Offers.SetAsync(new SetOfferRequest { Terms = terms, BesideChecked = true }, Cancellation);
        Assert.Equal(2, (await alpha.Offers.ListAsync("", Cancellation)).Count);
    }

    [Fact]
    public async Task A_source_that_replaces_the_dataset_would_get_a_second_table_and_is_refused()
    {
        using var alpha = _tables.ClientOf("alpha");
        var source = _tables.Written("rest.csv", TableExchange.Csv(_tables.Rows.Skip(1)));
        var request = new PublishDatasetRequest { Product = "wages/1", Source = source, Mode = PublishMode.Replace };

        var refusal = await Assert.ThrowsAsync<ExchangeException>(() => alpha.Datasets.PublishAsync(request, null, Cancellation));
        Assert.Equal(Reasons.SameRows.Name, refusal.Reason.Name);
        Assert.Equal(1, (await alpha.Tables.GetAsync("wages/1", Cancellation)).DatasetVersion);

        request.OverrideSameRows = true;
        await alpha.Datasets.PublishAsync(request, null, Cancellation);
        var rebuilt = await alpha.Tables.GetAsync("wages/1", Cancellation);
        Assert.Equal((2, 2), (rebuilt.Revision, rebuilt.DatasetVersion));
    }

    [Fact]
    public async Task Appended_rows_wait_and_the_answers_stay()
    {
        using var alpha = _tables.ClientOf("alpha");
        var before = await _tables.AskAsync("SELECT region, COUNT(*) AS n, SUM(balance) AS b FROM wages GROUP BY region");
        var source = _tables.Written("more.csv", TableExchange.Csv(_tables.Rows.Take(1).Select(row => row with { Balance = row.Balance + 1, Worker = "newcomer" })));

        await alpha.Datasets.PublishAsync(new PublishDatasetRequest { Product = "wages/1", Source = source, Mode = PublishMode.Append }, null, Cancellation);
        var after = await _tables.AskAsync("SELECT region, COUNT(*) AS n, SUM(balance) AS b FROM wages GROUP BY region");

        Assert.Equal(before.Rows, after.Rows);
        Assert.Equal(1, after.Coverage[0].DatasetVersion);
        Assert.Equal(1, (await alpha.Tables.GetAsync("wages/1", Cancellation)).WaitingRows);
    }

    [Fact]
    public async Task Rows_that_waited_enter_with_those_that_let_their_block_pass_by_itself()
    {
        const string sql = "SELECT COUNT(*) AS n, SUM(balance) AS b FROM wages WHERE region = 'north' AND month >= DATE '2026-01-01' AND month < DATE '2026-02-01' AND age < 30";
        using var alpha = _tables.ClientOf("alpha");
        var before = (await _tables.AskAsync(sql)).Rows[0];
        TableExchange.Reading Joiner(int number) => new("north", new DateOnly(2026, 1, 5), 25, 100 + number, 2_000 + number, number, $"joiner{number}");
        async Task AppendAsync(int first, int count) => await alpha.Datasets.PublishAsync(new PublishDatasetRequest
        {
            Product = "wages/1",
            Source = _tables.Written($"more{first}.csv", TableExchange.Csv(Enumerable.Range(first, count).Select(Joiner))),
            Mode = PublishMode.Append,
        }, null, Cancellation);

        await AppendAsync(0, 4);
        Assert.Equal(before, (await _tables.AskAsync(sql)).Rows[0]);
        await AppendAsync(4, 8);
        var entered = await _tables.AskAsync(sql);
        await AppendAsync(12, 3);

        Assert.Equal(before.Values[0].IntValue + 12, entered.Rows[0].Values[0].IntValue);
        Assert.Equal(before.Values[1].IntValue + Enumerable.Range(0, 12).Sum(), entered.Rows[0].Values[1].IntValue);
        Assert.Equal(3, entered.Coverage[0].DatasetVersion);
        _tables.Exchange["alpha"].KeepPort();
        await _tables.Exchange["alpha"].StopAsync();
        await _tables.Exchange["alpha"].StartAsync(Cancellation);
        Assert.Equal(entered.Rows, (await _tables.AskAsync(sql)).Rows);
    }

    [Fact]
    public async Task A_stricter_offer_pools_what_was_appended_with_its_blocks_and_rows_that_wait_still_wait()
    {
        const string all = "SELECT COUNT(*) AS n, SUM(balance) AS b FROM wages";
        const string north = "SELECT COUNT(*) AS n, SUM(balance) AS b FROM wages WHERE region = 'north' AND month >= DATE '2026-01-01' AND month < DATE '2026-02-01'";
        using var alpha = _tables.ClientOf("alpha");
        TableExchange.Reading Joiner(string region, int number) => new(region, new DateOnly(2026, 1, 5), 25, 100 + number, 2_000 + number, number, $"joiner{region}{number}");
        async Task AppendAsync(string region, int first, int count) => await alpha.Datasets.PublishAsync(new PublishDatasetRequest
        {
            Product = "wages/1",
            Source = _tables.Written($"more{region}{first}.csv", TableExchange.Csv(Enumerable.Range(first, count).Select(number => Joiner(region, number)))),
            Mode = PublishMode.Append,
        }, null, Cancellation);
        async Task<(long N, long B)> AskedAsync(string sql) => (await _tables.AskAsync(sql)).Rows[0].Values is var values ? (values[0].IntValue, values[1].IntValue) : default;

        // Four south rows wait; of north, twelve enter and then twelve more.
        await AppendAsync("south", 0, 4);
        await AppendAsync("north", 0, 12);
        await AppendAsync("north", 12, 12);
        var (before, beforeNorth) = (await AskedAsync(all), await AskedAsync(north));
        var tried = await alpha.Offers.WhatIfAsync(Offer("tables", minUnits: 20), 10, Cancellation);
        await alpha.Offers.SetAsync(Offer("stricter", minUnits: 20), Cancellation);
        var pooled = await alpha.Tables.GetAsync("wages/1", Cancellation);

        Assert.All(tried.Queries, query => Assert.Equal("", query.Reason));
        Assert.Equal((2, 4, 4L), (pooled.Revision, pooled.DatasetVersion, pooled.WaitingRows));
        Assert.All(pooled.Blocks, block => Assert.True(block.UnitsMost >= 20));
        Assert.Equal(before, await AskedAsync(all));
        Assert.Equal(beforeNorth, await AskedAsync(north));

        // Under the stricter rules rows wait for more of them, and nothing is counted twice.
        await AppendAsync("north", 24, 12);
        Assert.Equal(before, await AskedAsync(all));
        await AppendAsync("north", 36, 30);
        Assert.Equal((before.N + 42, before.B + Enumerable.Range(24, 42).Sum()), await AskedAsync(all));
        Assert.Equal(4, (await alpha.Tables.GetAsync("wages/1", Cancellation)).WaitingRows);

        await alpha.Offers.SetAsync(Offer("strictest", minUnits: 25), Cancellation);
        var last = await AskedAsync(all);
        _tables.Exchange["alpha"].KeepPort();
        await _tables.Exchange["alpha"].StopAsync();
        await _tables.Exchange["alpha"].StartAsync(Cancellation);
        Assert.Equal(last, await AskedAsync(all));
        Assert.Equal((before.N + 42, before.B + Enumerable.Range(24, 42).Sum()), last);
        using var restarted = _tables.ClientOf("alpha");
        var table = await restarted.Tables.GetAsync("wages/1", Cancellation);
        Assert.Equal((3, 6, 4L), (table.Revision, table.DatasetVersion, table.WaitingRows));
    }

    [Fact]
    public async Task A_correction_is_served_to_whoever_asks_the_rows_and_the_table_survives_it_and_a_restart()
    {
        const string sql = "SELECT region, COUNT(*) AS n, SUM(balance) AS b FROM wages GROUP BY region";
        using var alpha = _tables.ClientOf("alpha");
        var before = await _tables.AskAsync(sql);
        var source = _tables.Written("corrected.csv", TableExchange.Csv(_tables.Rows.Skip(3).Select((row, i) => i == 0 ? row with { Balance = row.Balance + 5 } : row)));

        var report = await alpha.Datasets.PublishAsync(new PublishDatasetRequest { Product = "wages/1", Source = source, Mode = PublishMode.Correct }, null, Cancellation);
        Assert.Equal((2, _tables.Rows.Count - 3L), (report.Version.Number, report.Version.RowCount));
        Assert.Equal(before.Rows, (await _tables.AskAsync(sql)).Rows);
        // The owner is told so, with the reasons, and the old rows stay for as long as figures are of them.
        Assert.Contains(report.Notes, note => note.StartsWith("The figures of ", StringComparison.Ordinal) && note.Contains("stay as they were", StringComparison.Ordinal));
        _tables.Exchange["alpha"].KeepPort();
        await _tables.Exchange["alpha"].StopAsync();
        await _tables.Exchange["alpha"].StartAsync(Cancellation);
        Assert.Equal(before.Rows, (await _tables.AskAsync(sql)).Rows);
        // A publication waits until a start of the node has removed what nobody reads.
        using var again = _tables.ClientOf("alpha");
        await again.Datasets.PublishAsync(new PublishDatasetRequest { Product = "wages/1", Source = source, Mode = PublishMode.Correct }, null, Cancellation);
        Assert.Contains(PartsOf("alpha"), part => part.Contains("_v1_", StringComparison.Ordinal));
        await again.Offers.SetAsync(Offer("stricter", minUnits: 15), Cancellation);
    }

    [Theory]
    [InlineData("alpha")]
    [InlineData("beta")]
    public async Task Enough_removed_rows_leave_the_figures_and_stay_out_after_a_restart_and_in_what_comes_later(string owner)
    {
        const string sql = "SELECT COUNT(*) AS n, SUM(balance) AS b FROM wages WHERE region = 'north' AND month >= DATE '2026-01-01' AND month < DATE '2026-02-01' AND age < 30";
        static bool IsIn(TableExchange.Reading row) => row is { Region: "north", Month: { Year: 2026, Month: 1 }, Age: < 30 };
        static bool Goes(TableExchange.Reading row) => IsIn(row) && row is { Pay: not null, Worker: { } worker } && int.Parse(worker[1..], System.Globalization.CultureInfo.InvariantCulture) % 2 == 0;
        async Task<(long N, long B)> AskedAsync() => (await _tables.AskAsync(sql, owner)).Rows[0].Values is var values ? (values[0].IntValue, values[1].IntValue) : default;
        static (long N, long B) Of(IEnumerable<TableExchange.Reading> rows) => rows.Where(IsIn).ToList() is var own ? (own.Count, own.Sum(row => row.Balance)) : default;
        async Task<PublishReport> PublishAsync(string name, IEnumerable<TableExchange.Reading> rows, PublishMode mode)
        {
            using var client = _tables.ClientOf(owner);
            return await client.Datasets.PublishAsync(new PublishDatasetRequest { Product = "wages/1", Source = _tables.Written(name, TableExchange.Csv(rows)), Mode = mode }, null, Cancellation);
        }

        async Task RestartAsync()
        {
            _tables.Exchange[owner].KeepPort();
            await _tables.Exchange[owner].StopAsync();
            await _tables.Exchange[owner].StartAsync(Cancellation);
        }

        var left = _tables.Rows.Where(row => !Goes(row)).ToList();
        Assert.Equal(Of(_tables.Rows), await AskedAsync());

        var corrected = await PublishAsync("corrected.csv", left, PublishMode.Correct);
        Assert.Equal(["The figures of the safe table are those of the rows there are now."], corrected.Notes);
        Assert.Equal(Of(left), await AskedAsync());
        await RestartAsync();
        using var again = _tables.ClientOf(owner);
        var table = await again.Tables.GetAsync("wages/1", Cancellation);
        Assert.Equal((2, 2), (table.Revision, table.DatasetVersion));

        // One more stays in the figures; what is appended enters beside it.
        await PublishAsync("again.csv", left.Where((row, i) => i != left.FindIndex(IsIn)), PublishMode.Correct);
        Assert.Equal(Of(left), await AskedAsync());
        // The rows that were removed first are in no figure any more, and the start of the node has removed them.
        Assert.Equal(["_v2_", "_v3_"], PartsOf(owner).Select(part => part[part.IndexOf("_v", StringComparison.Ordinal)..][..4]).Order(StringComparer.Ordinal));
        var joiners = Enumerable.Range(0, 14).Select(number => new TableExchange.Reading("north", new DateOnly(2026, 1, 5), 25, 100 + number, 2_000 + number, number, $"joiner{number}")).ToList();
        await PublishAsync("more.csv", joiners, PublishMode.Append);
        Assert.Equal(Of(left.Concat(joiners)), await AskedAsync());

        await RestartAsync();
        using var restarted = _tables.ClientOf(owner);
        Assert.Equal(Of(left.Concat(joiners)), await AskedAsync());
        await restarted.Offers.SetAsync(Offer("stricter", minUnits: 15), Cancellation);
        Assert.Equal(Of(left.Concat(joiners)), await AskedAsync());
    }

    [Fact]
    public async Task An_attached_table_with_a_safe_table_is_not_appended_to_and_the_refusal_says_what_to_do()
    {
        using var beta = _tables.ClientOf("beta");
        var file = _tables.Written("wages.db", "");
        void Insert(IEnumerable<TableExchange.Reading> rows)
        {
            using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={file};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            var lines = TableExchange.Csv(rows).TrimEnd('\n').Split('\n');
            command.CommandText = $"CREATE TABLE IF NOT EXISTS wages({lines[0]})";
            command.ExecuteNonQuery();
            command.CommandText = $"INSERT INTO wages VALUES {string.Join(", ", lines.Skip(1).Select(line => $"({string.Join(", ", line.Trim().Split(',').Select(field => field.Length == 0 ? "NULL" : $"'{field}'"))})"))}";
            command.ExecuteNonQuery();
        }

        Insert(_tables.Rows);
        var request = new PublishDatasetRequest { Product = "wages/1", Source = $"sqlite:{file}#wages", Mode = PublishMode.Replace, OverrideSameRows = true };
        await beta.Datasets.PublishAsync(request, null, Cancellation);
        await beta.Offers.SetAsync(Offer("attached", minUnits: 10), Cancellation);
        Assert.Equal(0, (await beta.Tables.GetAsync("wages/1", Cancellation)).WaitingRows);
        Insert([_tables.Rows[0] with { Worker = "newcomer" }]);

        request.Mode = PublishMode.Append;
        var refusal = await Assert.ThrowsAsync<ExchangeException>(() => beta.Datasets.PublishAsync(request, null, Cancellation));
        Assert.Equal(Reasons.NotServedYet.Name, refusal.Reason.Name);
        Assert.Contains("attached", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4, "", "disclosure.min_units")]
    [InlineData(9, "", "disclosure.min_units")]
    [InlineData(5, "columns: {region: [group], kwh: [avg]}", null)]
    public async Task A_table_needs_five_units_and_ten_where_squares_leave(int minUnits, string columns, string? clause)
    {
        using var beta = _tables.ClientOf("beta");
        var terms = OfferFile.Read(_tables.Written("small.yaml", TableExchange.OfferYaml("small", minUnits: minUnits, columns: columns)));

        if (clause is null)
        {
            Assert.NotNull((await beta.Offers.SetAsync(terms, Cancellation)).Offer);
            return;
        }

        var refusal = await Assert.ThrowsAsync<ExchangeException>(() => beta.Offers.SetAsync(terms, Cancellation));
        Assert.Equal(Reasons.OfferInvalid.Name, refusal.Reason.Name);
        Assert.Contains(clause, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_is_tried_without_being_kept()
    {
        using var alpha = _tables.ClientOf("alpha");
        var tried = await alpha.Tables.TryAsync(new TryTableRequest { Product = "wages/1", Order = { "age" }, Rules = new Disclosure { MinUnits = 60 } }, Cancellation);

        Assert.Equal("age", tried.Dimensions[0]);
        Assert.Equal((0, 60), (tried.Revision, tried.Rules.MinUnits));
        Assert.Empty(tried.Blocks);
        Assert.NotEmpty(tried.Withheld);
        Assert.Equal(1, (await alpha.Tables.GetAsync("wages/1", Cancellation)).Revision);
        var refusal = await Assert.ThrowsAsync<ExchangeException>(() => alpha.Tables.TryAsync(new TryTableRequest { Product = "wages/1", Order = { "kwh" } }, Cancellation));
        Assert.Equal(Reasons.InvalidRequest.Name, refusal.Reason.Name);
    }

    [Fact]
    public async Task A_table_survives_a_restart_of_its_node_and_is_committed_to_in_the_offer()
    {
        using (var alpha = _tables.ClientOf("alpha"))
        {
            await alpha.Offers.SetAsync(Offer("second", minUnits: 10), Cancellation);
        }

        var before = await _tables.AskAsync("SELECT region, SUM(pay) AS p FROM wages GROUP BY region");
        _tables.Exchange["alpha"].KeepPort();
        await _tables.Exchange["alpha"].StopAsync();
        await _tables.Exchange["alpha"].StartAsync(Cancellation);
        var after = await _tables.AskAsync("SELECT region, SUM(pay) AS p FROM wages GROUP BY region");

        Assert.Equal(before.Rows, after.Rows);
        using var owner = _tables.ClientOf("alpha");
        var table = await owner.Tables.GetAsync("wages/1", Cancellation);
        Assert.All(await owner.Offers.ListAsync("", Cancellation), offer => Assert.Equal(table.Commitment, offer.TableCommitment));
    }

    /// <summary>Neither what is answered out of a table nor the time it takes depends on rows that are not looked at.</summary>
    [Fact]
    public async Task Whatever_a_table_is_asked_is_answered_and_refused_alike_when_the_rows_are_gone()
    {
        string[] questions =
        [
            "SELECT region, month, age, COUNT(*) AS n, SUM(pay) AS p, AVG(kwh) AS k FROM wages GROUP BY region, month, age",
            "SELECT COUNT(*) AS n FROM wages WHERE region = 'east' AND age < 30", "SELECT COUNT(*) AS n FROM wages WHERE region = 'nowhere'",
            "SELECT month, MEDIAN(kwh) AS m, MAX(kwh) AS x, COUNT(DISTINCT worker) AS w, CORR(kwh, balance) AS r FROM wages GROUP BY month",
            "SELECT COUNT(*) AS n FROM wages WHERE age < 33", "SELECT SUM(pay * balance) AS s FROM wages", "SELECT COUNT(*) AS n FROM wages WHERE balance > 3",
        ];
        async Task<List<string>> AskedAsync()
        {
            var answers = new List<string>();
            foreach (var question in questions)
            {
                var answer = await _tables.AskAsync(question);
                answers.Add($"{answer.Rows} {answer.Notes} {answer.Error}");
            }

            return answers;
        }

        var before = await AskedAsync();
        await _tables.Exchange["alpha"].RestartWithoutRowsAsync(Cancellation);
        Assert.Equal(before, await AskedAsync());
        using var alpha = _tables.ClientOf("alpha");
        await Assert.ThrowsAsync<ExchangeException>(() => alpha.Tables.TryAsync(new TryTableRequest { Product = "wages/1" }, Cancellation));
    }

    private string[] PartsOf(string owner) =>
        [.. Directory.GetFiles(Path.Combine(_tables.Exchange[owner].Home.Path, "data", owner == "alpha" ? "duckdb" : "sqlite")).Select(Path.GetFileName).OfType<string>()];

    private OfferTerms Offer(string name, int minUnits) => OfferFile.Read(_tables.Written($"{name}.yaml", TableExchange.OfferYaml(name, minUnits: minUnits)));

    private static bool IsWithin(IEnumerable<string> finer, IEnumerable<string> coarser) => finer.Zip(coarser).All(pair => pair.Second == "*" || pair.First == pair.Second || pair.First == "*");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
