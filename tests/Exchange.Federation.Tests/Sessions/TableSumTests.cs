using System.Globalization;
using Exchange.Federation.Tests.Audit;
using Exchange.Node.Catalog;
using Exchange.Node.SafeTables;
using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>Secure sums over safe tables, asked of real nodes.</summary>
public sealed class TableSumTests
{
    private const string ByRegion = "SELECT region, COUNT(*) AS n, SUM(kwh), AVG(heat), VAR_SAMP(heat), SUM(price) FROM readings GROUP BY region ORDER BY region";
    private const string BySite = "SELECT region, site, COUNT(*) AS n FROM readings GROUP BY region, site ORDER BY region, site";
    private const string Regions = "SELECT region, COUNT(*) AS n FROM readings GROUP BY region ORDER BY region";

    private static readonly (string Region, string Site, int Rows)[] Everywhere = [("north", "a", 12), ("north", "b", 14), ("south", "a", 16), ("south", "b", 18)];
    private static readonly (string Region, string Site, int Rows)[] North = [("north", "a", 12), ("north", "b", 14)];

    [Fact]
    public async Task A_sum_over_tables_equals_the_sum_of_the_members_blocks()
    {
        await using var secure = await StartAsync(4, number => Everywhere);

        var answer = await secure.AskAsync(ByRegion);
        var filtered = await secure.AskAsync("SELECT SUM(kwh), COUNT(kwh) FILTER (WHERE site = 'b') FROM readings WHERE region = 'south'");
        var sites = await secure.AskAsync(BySite);

        Assert.Null(answer.Error);
        Assert.Equal((Aggregation.Secure, ReleaseClass.Table), (answer.Aggregation, answer.Release));
        Assert.Equal(["north", "south"], answer.Rows.Select(row => row.Values[0].StringValue));
        foreach (var row in answer.Rows)
        {
            var pooled = secure.Pooled(secure.Firms).Where(one => one.Region == row.Values[0].StringValue).ToList();
            var mean = pooled.Average(one => one.Heat);
            Assert.Equal((pooled.Count, pooled.Sum(one => one.Kwh)), (row.Values[1].IntValue, row.Values[2].IntValue));
            Assert.Equal(mean, row.Values[3].DoubleValue, 1e-12);
            Assert.Equal(pooled.Sum(one => (one.Heat - mean) * (one.Heat - mean)) / (pooled.Count - 1), row.Values[4].DoubleValue, 1e-9);
            Assert.Equal(pooled.Sum(one => one.Price), decimal.Parse(row.Values[5].DecimalValue, CultureInfo.InvariantCulture));
            Assert.Equal(4, row.Participants);
        }

        var south = secure.Pooled(secure.Firms).Where(one => one.Region == "south").ToList();
        Assert.Equal((south.Sum(one => one.Kwh), south.Count(one => one.Site == "b")), (filtered.Rows[0].Values[0].IntValue, filtered.Rows[0].Values[1].IntValue));
        Assert.Equal([48, 56, 64, 72], sites.Rows.Select(row => row.Values[2].IntValue));
        Assert.All(answer.Coverage, part => Assert.Equal((CoverageStatus.Answered, 2), (part.Status, part.DatasetVersion)));
        Assert.Contains(answer.Notes, note => note.Contains("4 parts are in the rows; 0 are in none", StringComparison.Ordinal));
        Assert.Contains(answer.Notes, note => note.Contains("how much of a sum is one participant's is not checked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Region_less_region_by_site_is_one_members_figure_only_where_parts_are_not_joined()
    {
        // The first firm has few rows at each site in the north, so its table tells the north as one.
        await using var secure = await StartAsync(4, number => number > 0 ? Everywhere
            : [.. Enumerable.Range(0, 8).Select(site => ("north", $"s{site}", 4)), ("south", "a", 16), ("south", "b", 18)]);

        // Each firm's own reading of its table, added up, as if nobody had joined them.
        var naive = secure.Firms.Sum(firm => Own(secure, firm, "north", null) - Own(secure, firm, "north", "a") - Own(secure, firm, "north", "b"));
        var regions = await secure.AskAsync(Regions);
        var sites = await secure.AskAsync(BySite);

        Assert.Equal(32, naive);
        Assert.Equal(32, Own(secure, "firm00", "north", null));
        Assert.Equal([("north", 32 + (3 * 26)), ("south", 4 * 34)], regions.Rows.Select(row => (row.Values[0].StringValue, (int)row.Values[1].IntValue)));
        // Sites in the north are told by nobody; those in the south are of all four, and so is every difference.
        Assert.Equal([("south", "a", 64), ("south", "b", 72)], sites.Rows.Select(row => (row.Values[0].StringValue, row.Values[1].StringValue, (int)row.Values[2].IntValue)));
        Assert.Equal(Reasons.NoCommonParts, (await RefusalAsync(secure, "SELECT COUNT(*) FROM readings WHERE region = 'north' AND site = 'a'")).Reason);
    }

    [Fact]
    public async Task Parts_that_too_few_members_have_are_told_with_others()
    {
        // Only two are in the south: what they have there is told with the whole alone.
        await using var secure = await StartAsync(4, number => number < 2 ? Everywhere : North);

        var regions = await secure.AskAsync(Regions);
        var whole = await secure.AskAsync("SELECT COUNT(*) AS n FROM readings");

        Assert.DoesNotContain("south", regions.Rows.Select(row => row.Values[0].StringValue));
        Assert.Equal((4 * 26) + (2 * 34), whole.Rows[0].Values[0].IntValue);
    }

    [Fact]
    public async Task A_drop_out_that_leaves_parts_to_enough_members_is_answered_and_one_that_does_not_ends_the_sum()
    {
        await using var secure = await StartAsync(4, number => number < 3 ? Everywhere : North);
        secure.FirstFaults.DiesBefore = "InputSession";

        var thin = await secure.AskAsync(Regions);

        // The south would be of two; the north of three.
        Assert.Empty(thin.Rows);
        Assert.Equal(Reasons.TooFewContributors.Name, thin.Error.Reason);

        // Values have left, and no owner knows that nothing came of it: the next sum is over all of them again.
        const string InNorth = "SELECT COUNT(*) AS n FROM readings WHERE region = 'north'";
        Assert.Equal(Reasons.RosterTooClose.Name, (await secure.AskAsync(InNorth)).Error.Reason);
        secure.FirstFaults.Heal();
        Assert.Equal(4 * 26, (await secure.AskAsync(InNorth)).Rows[0].Values[0].IntValue);
    }

    [Fact]
    public async Task Without_a_member_that_has_nothing_in_a_part_the_part_is_told_all_the_same()
    {
        await using var secure = await StartAsync(4, number => number < 3 ? Everywhere : North);
        secure.Faults.DiesBefore = "InputSession";

        var answer = await secure.AskAsync(Regions);

        Assert.Equal([("north", 3 * 26), ("south", 3 * 34)], answer.Rows.Select(row => (row.Values[0].StringValue, (int)row.Values[1].IntValue)));
        Assert.Equal(3, answer.Coverage.Count(part => part.Status == CoverageStatus.Answered));
        // The answer over those that were left is stored.
        secure.Faults.Heal();
        Assert.Equal(answer.QueryId, (await secure.AskAsync(Regions)).QueryId);
        var repeated = await secure.AskAsync(Regions, request => request.Roster = answer.QueryId);
        Assert.NotEqual(answer.QueryId, repeated.QueryId);
        Assert.Equal(answer.Rows.Select(row => row.Values[1].IntValue), repeated.Rows.Select(row => row.Values[1].IntValue));

        // And goes with the tables that it is of.
        for (var number = 0; number < 4; number++)
        {
            await PublishAsync(secure, number, 1, number < 3 ? [.. Everywhere, ("south", "c", 20)] : North);
        }

        // The fourth was in no sum of the earlier tables, and would be told by the difference.
        Assert.Equal(Reasons.RosterTooClose.Name, (await secure.AskAsync(Regions)).Error.Reason);
        var renewed = await secure.AskAsync(Regions, request => request.Roster = answer.QueryId);
        Assert.Equal([("north", 3 * 26), ("south", 3 * 54)], renewed.Rows.Select(row => (row.Values[0].StringValue, (int)row.Values[1].IntValue)));
    }

    [Fact]
    public async Task Whose_node_is_down_beforehand_is_in_no_cohort()
    {
        await using var secure = await StartAsync(4, number => Everywhere);
        secure.Faults.DiesBefore = "DescribeTable";

        var answer = await secure.AskAsync(Regions);

        Assert.Equal([78, 102], answer.Rows.Select(row => row.Values[1].IntValue));
        Assert.Equal(["firm00", "firm01", "firm02"], answer.Cohort.Participants);
        Assert.Equal(CoverageStatus.Unreachable, answer.Coverage.Single(part => part.ParticipantId == "firm03").Status);
        secure.FirstFaults.DiesBefore = "DescribeTable";
        var few = await secure.AskAsync(BySite);
        Assert.Equal((Reasons.CohortTooSmall.Name, 4), (few.Error.Reason, few.Coverage.Count));
    }

    [Fact]
    public async Task Another_roster_or_version_is_told_only_where_it_differs_by_enough_members()
    {
        await using var secure = await StartAsync(4, number => Everywhere);
        Assert.Equal([4 * 26, 4 * 34], (await secure.AskAsync(Regions)).Rows.Select(row => row.Values[1].IntValue));

        // A roster with one less; the same one, whatever is asked.
        var fewer = await secure.AskAsync(Regions, request => request.Participants.Add(["firm00", "firm01", "firm02"]));
        Assert.Equal(Reasons.RosterTooClose.Name, fewer.Error.Reason);
        Assert.Contains("firm00,firm01,firm02,firm03", fewer.Error.Action, StringComparison.Ordinal);
        Assert.Null((await secure.AskAsync(Regions)).Error);
        Assert.Null((await secure.AskAsync(ByRegion)).Error);
        Assert.Null((await secure.AskAsync(BySite)).Error);

        // A new version of one owner, then of two, then of three: their own figures' difference, or the fourth one's figure.
        for (var changed = 0; changed < 3; changed++)
        {
            await PublishAsync(secure, changed, 1, Everywhere);
            var close = await secure.AskAsync(Regions);
            Assert.Empty(close.Rows);
            Assert.Equal(Reasons.RosterTooClose.Name, close.Error.Reason);
        }

        await PublishAsync(secure, 3, 1, Everywhere);
        Assert.Equal(secure.Pooled(secure.Firms).Count, (await secure.AskAsync(Regions)).Rows.Sum(row => row.Values[1].IntValue));
        Assert.Equal(Reasons.RosterTooClose.Name, (await secure.AskAsync(Regions, request => request.Participants.Add(["firm01", "firm02", "firm03"]))).Error.Reason);
    }

    [Fact]
    public async Task Rosters_of_sums_over_tables_and_of_checked_sums_of_the_same_data_are_held_against_each_other()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        Assert.Null((await secure.AskAsync("SELECT COUNT(*) AS n FROM readings WHERE region = 'north'")).Error);
        foreach (var firm in secure.Firms)
        {
            // The offer turns to the table of the same rows.
            await secure.OfferAsync(firm, SecureExchange.TableOffer);
        }

        await secure.AgreeAsync("lab");
        Task<RunQueryResponse> AskTablesAsync(params string[] firms) => secure.AskAsync("SELECT COUNT(*) AS n FROM readings", request =>
        {
            request.Release = ReleaseClass.Table;
            request.Participants.Add(firms);
        });

        Assert.Equal(Reasons.RosterTooClose.Name, (await AskTablesAsync("firm00", "firm01", "firm02")).Error.Reason);
        Assert.Equal(secure.Pooled(secure.Firms).Count, (await AskTablesAsync()).Rows[0].Values[0].IntValue);
    }

    [Fact]
    public async Task Sums_that_one_member_tells_of_two_blocks_together_are_told_of_both_and_counts_of_each()
    {
        await using var secure = await StartAsync(4, _ => Everywhere);
        // In the south two workers at each site have any kwh at all, which only both sites together may tell.
        await secure.PublishAsync("firm00", [.. ReadingsOf(0, 1, Everywhere).Select((one, row) => one.Region == "south" ? one with { Kwh = row is 26 or 27 or 42 or 43 ? 100 : 0 } : one)]);

        var sites = await secure.AskAsync("SELECT region, site, COUNT(*) AS n, SUM(kwh), VAR_POP(kwh) FROM readings GROUP BY region, site ORDER BY region, site");
        var regions = await secure.AskAsync(ByRegion);

        Assert.Equal([48, 56, 64, 72], sites.Rows.Select(row => row.Values[2].IntValue));
        Assert.Equal([false, false, true, true], sites.Rows.Select(row => row.Values[3].KindCase != Value.KindOneofCase.IntValue));
        Assert.Equal(secure.Pooled(secure.Firms).Where(one => one.Site == "b" && one.Region == "north").Sum(one => one.Kwh), sites.Rows[1].Values[3].IntValue);
        Assert.Equal(secure.Pooled(secure.Firms).Where(one => one.Region == "south").Sum(one => one.Kwh), regions.Rows[1].Values[2].IntValue);
        // Which counts and sums there are is not another sum to be held against: the same roster asks on.
        Assert.Null((await secure.AskAsync("SELECT SUM(kwh), COUNT(*) FROM readings")).Error);
    }

    [Fact]
    public async Task What_one_member_withholds_is_in_no_sum_and_is_counted_all_the_same()
    {
        await using var secure = await StartAsync(4, _ => Everywhere);
        // One worker has nearly all of the south's first site.
        await secure.PublishAsync("firm00", [.. ReadingsOf(0, 1, Everywhere).Select((one, row) => one.Region == "south" && one.Site == "a" ? one with { Kwh = row == 32 ? 500 : row is > 32 and < 37 ? 1 : 0 } : one)]);

        var answer = await secure.AskAsync("SELECT COUNT(*), COUNT(kwh), SUM(kwh) FROM readings WHERE region = 'south'");

        var told = secure.Pooled(secure.Firms).Where(one => one.Region == "south" && one.Site == "b").ToList();
        Assert.Contains(answer.Notes, note => note.StartsWith("table: 1 of the parts are not in every figure", StringComparison.Ordinal));
        Assert.Equal((4 * 34, told.Count, told.Sum(one => one.Kwh)), (answer.Rows[0].Values[0].IntValue, answer.Rows[0].Values[1].IntValue, answer.Rows[0].Values[2].IntValue));
    }

    [Fact]
    public async Task Rows_of_workers_with_several_are_counted_beside_those_of_workers_with_one()
    {
        await using var secure = await StartAsync(4, _ => Everywhere);
        var twice = Everywhere.Select(place => place with { Rows = 2 * place.Rows }).ToArray();
        await secure.PublishAsync("firm01", ReadingsOf(1, 1, twice), rowsPerWorker: 2);

        var sites = await secure.AskAsync(BySite);

        Assert.Equal([48 + 12, 56 + 14, 64 + 16, 72 + 18], sites.Rows.Select(row => row.Values[2].IntValue));
    }

    [Fact]
    public async Task Appended_rows_of_one_member_wait_for_those_of_enough_others()
    {
        await using var secure = await StartAsync(4, _ => Everywhere);
        Assert.Null((await secure.AskAsync(BySite)).Error);
        await PublishAsync(secure, 0, 1, [("south", "a", 15)], PublishMode.Append);

        Assert.Equal(Reasons.RosterTooClose.Name, (await secure.AskAsync(BySite)).Error.Reason);
        // What did not change is told as before.
        Assert.Equal(4 * 26, (await secure.AskAsync("SELECT COUNT(*) AS n FROM readings WHERE region = 'north'")).Rows[0].Values[0].IntValue);
        for (var number = 1; number < 4; number++)
        {
            await PublishAsync(secure, number, 1, [("south", "a", 15)], PublishMode.Append);
        }

        Assert.Equal([48, 56, 64 + 60, 72], (await secure.AskAsync(BySite)).Rows.Select(row => row.Values[2].IntValue));
    }

    [Fact]
    public async Task What_was_told_is_known_after_a_restart()
    {
        await using var secure = await StartAsync(4, number => Everywhere);
        Assert.Null((await secure.AskAsync(Regions)).Error);
        await PublishAsync(secure, 0, 1, Everywhere);
        foreach (var firm in secure.Firms)
        {
            secure.Exchange[firm].KeepPort();
            await secure.Exchange[firm].StopAsync();
            await secure.Exchange[firm].StartAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(Reasons.RosterTooClose.Name, (await secure.AskAsync(Regions)).Error.Reason);
    }

    [Fact]
    public async Task Figures_that_tables_do_not_add_up_are_refused_by_name()
    {
        await using var secure = await StartAsync(3, number => Everywhere);

        Assert.Equal(Reasons.NotServedYet, (await RefusalAsync(secure, "SELECT CORR(kwh, heat) FROM readings")).Reason);
        Assert.Equal(Reasons.NotServedYet, (await RefusalAsync(secure, "SELECT COUNT(DISTINCT worker_id) FROM readings")).Reason);
        Assert.Equal(Reasons.NotInTable, (await RefusalAsync(secure, "SELECT SUM(kwh * 2) FROM readings")).Reason);
        Assert.Equal(Reasons.ColumnNotOffered, (await RefusalAsync(secure, "SELECT COUNT(*) FROM readings WHERE kwh > 200")).Reason);
        Assert.Equal(Reasons.CohortTooSmall, (await RefusalAsync(secure, Regions, request => request.Participants.Add(["firm00", "firm01"]))).Reason);
    }

    [Fact]
    public async Task Both_sides_logs_agree_on_the_question_for_partitions_and_on_the_sum()
    {
        await using var secure = await StartAsync(4, number => Everywhere);
        await secure.Exchange.AddAuditorAsync("court");
        await secure.Exchange.RefreshAsync();
        Assert.Null((await secure.AskAsync(Regions)).Error);
        Assert.Equal(Reasons.RosterTooClose.Name, (await secure.AskAsync(Regions, request => request.Participants.Add(["firm00", "firm01", "firm02"]))).Error.Reason);

        var (exitCode, found, error) = await AuditExchange.RunAsync(secure.Exchange, "court", TimeProvider.System, "audit", "verify");

        Assert.True(exitCode == 0, error + found.ToJsonString());
        Assert.Empty(found["findings"]!.AsArray());
        var (_, answered, _) = await AuditExchange.RunAsync(secure.Exchange, "firm00", TimeProvider.System, "audit", "log", "--participant", "firm00", "--outcome", "answered");
        // Two questions for partitions and one sum, all of the one table.
        var leaves = answered.AsArray().Select(leaf => leaf!["leaf"]!).ToList();
        Assert.Equal(2, leaves.Count(leaf => leaf["pattern"] is not null));
        Assert.Equal(1, leaves.Count(leaf => leaf["cohort"] is not null));
        Assert.Single(leaves.Select(leaf => (string)leaf["table_commitment"]!).Distinct());
    }

    [Fact]
    public async Task The_command_line_explains_a_sum_over_tables_and_says_what_its_terms_mean()
    {
        await using var secure = await StartAsync(3, number => Everywhere);

        var (explained, plan, _) = await AuditExchange.RunAsync(secure.Exchange, "lab", TimeProvider.System, "query", Regions, "--purpose", SecureExchange.Purpose, "--explain");
        var (asked, answer, _) = await AuditExchange.RunAsync(secure.Exchange, "lab", TimeProvider.System, "query", Regions, "--purpose", SecureExchange.Purpose);
        var (shown, preview, _) = await AuditExchange.RunAsync(secure.Exchange, "firm00", TimeProvider.System, "offer", "preview", "sums");

        Assert.Equal((0, 0, 0), (explained, asked, shown));
        Assert.Equal(("secure", 3), ((string)plan["aggregation"]!, (int)plan["cohort"]!["min_nodes"]!));
        Assert.Equal(("secure", "table", 78), ((string)answer["aggregation"]!, (string)answer["release"]!, (int)answer["rows"]![0]![1]!));
        Assert.Contains("which blocks this owner's safe table has", preview.ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("How much of such a sum is one participant", preview.ToJsonString(), StringComparison.Ordinal);
    }

    /// <summary>Firms with a table each, of data that no table was made of before.</summary>
    internal static async Task<SecureExchange> StartAsync(int firms, Func<int, (string Region, string Site, int Rows)[]> rowsOf)
    {
        var secure = await SecureExchange.StartAsync(firms, SecureExchange.TableOffer);
        try
        {
            for (var number = 0; number < firms; number++)
            {
                await PublishAsync(secure, number, 0, rowsOf(number));
            }

            return secure;
        }
        catch
        {
            await secure.DisposeAsync();
            throw;
        }
    }

    /// <summary>Publishes a version of which no row was there before.</summary>
    internal static Task PublishAsync(
        SecureExchange secure, int number, int version, IEnumerable<(string Region, string Site, int Rows)> places, PublishMode mode = PublishMode.Replace) =>
        secure.PublishAsync(SecureExchange.NameOf(number), ReadingsOf(number, version, places), mode);

    private static IReadOnlyList<Reading> ReadingsOf(int number, int version, IEnumerable<(string Region, string Site, int Rows)> places) =>
        [.. places.SelectMany(place => Enumerable.Repeat(place, place.Rows)).Select((place, row) => new Reading(
            place.Region, 320 + (((row * 7) + number + (version * 11)) % 60), 30.5 + (0.13 * row) + (0.01 * version), 400.5m + row + (0.25m * number) + (100 * version), place.Site))];

    private static async Task<ExchangeException> RefusalAsync(SecureExchange secure, string sql, Action<RunQueryRequest>? change = null) =>
        await Assert.ThrowsAsync<ExchangeException>(() => secure.AskAsync(sql, change));

    // Rows of the firm's blocks that lie wholly in a region, or at a site of it.
    private static long Own(SecureExchange secure, string firm, string region, string? site)
    {
        var services = secure.Exchange[firm].Host.Services;
        var live = services.GetRequiredService<SafeTableStore>().Find("readings/1", services.GetRequiredService<DatasetStore>().Current("readings/1")!)!;
        var cell = CellFilter.In(live.Table, 0, [region]);
        return live.Query.Answer(site is null ? cell : CellFilter.And(cell, CellFilter.In(live.Table, 1, [site]))).Rows ?? 0;
    }
}
