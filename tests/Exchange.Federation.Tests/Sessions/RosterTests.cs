using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Exchange.Cli;
using Exchange.Federation.Tests.Audit;
using Exchange.Node.Peers;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using GetAgreementRequest = Exchange.Protocol.Agreement.V1.GetAgreementRequest;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>Rosters of sums over the same data, what is stored of its sums, and what both sides' logs say of them.</summary>
public sealed class RosterTests
{
    private const string Count = "SELECT COUNT(*) AS n FROM readings WHERE region = 'north'";
    private static readonly string[] Three = ["firm00", "firm01", "firm02"];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_roster_that_differs_by_one_is_refused_with_those_that_would_pass()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        Assert.Equal(40 + 41 + 42 + 43, (await secure.AskAsync(Count)).Rows[0].Values[0].IntValue);

        var fewer = await secure.AskAsync(Count, request => request.Participants.Add(Three));
        var again = await secure.AskAsync(Count);
        var beside = await secure.AskAsync("SELECT COUNT(*) AS n, SUM(kwh) AS s FROM readings WHERE region = 'north'", request => request.Participants.Add(Three));
        var groups = await secure.AskAsync("SELECT region, COUNT(*) AS n FROM readings GROUP BY region", request => request.Participants.Add(Three));

        Assert.Empty(fewer.Rows);
        Assert.Equal(Reasons.RosterTooClose.Name, fewer.Error.Reason);
        Assert.Contains("firm00,firm01,firm02,firm03", fewer.Error.Action, StringComparison.Ordinal);
        Assert.Equal(166, again.Rows[0].Values[0].IntValue);

        // A count beside a sum, and a count among groups, are that count all the same.
        Assert.Equal((Reasons.RosterTooClose.Name, Reasons.RosterTooClose.Name), (beside.Error.Reason, groups.Error.Reason));

        // Other data are another matter.
        await secure.PublishAsync("firm00", SecureExchange.ReadingsOf(5));
        await secure.PublishAsync("firm01", SecureExchange.ReadingsOf(6));
        await secure.PublishAsync("firm02", SecureExchange.ReadingsOf(7));
        Assert.Equal(45 + 46 + 47, (await secure.AskAsync(Count, request => request.Participants.Add(Three))).Rows[0].Values[0].IntValue);
    }

    [Fact]
    public async Task Three_rosters_that_no_owner_was_in_together_do_not_give_one_owner_s_figure_in_any_order()
    {
        await using var secure = await SecureExchange.StartAsync(7);
        string[] three = ["firm03", "firm04", "firm05"];

        Assert.Equal(123, await CountAsync(secure, Three));
        Assert.Equal(43 + 44 + 45, await CountAsync(secure, three));
        var third = await secure.AskAsync(Count);
        Assert.Equal((Reasons.RosterTooClose.Name, 0), (third.Error.Reason, third.Rows.Count));
        Assert.Contains("figures of firm06", third.Error.Message, StringComparison.Ordinal);
        Assert.Equal(123, await CountAsync(secure, Three));
        // Both together tell nothing new.
        Assert.Equal(123 + 132, await CountAsync(secure, [.. Three, .. three]));

        await secure.RenewAsync();
        Assert.Equal(123 + 132 + 46, await CountAsync(secure, [.. secure.Firms]));
        foreach (var fewer in (string[][])[Three, three, [.. Three, .. three]])
        {
            var refused = await secure.AskAsync(Count, request => request.Participants.Add(fewer));
            Assert.Equal((Reasons.RosterTooClose.Name, 0), (refused.Error.Reason, refused.Rows.Count));
            Assert.Contains(string.Join(',', secure.Firms), refused.Error.Action, StringComparison.Ordinal);
        }

        Assert.Equal(123 + 132 + 46, await CountAsync(secure, [.. secure.Firms]));
    }

    [Fact]
    public async Task A_roster_may_grow_by_enough_and_a_group_that_one_of_the_new_ones_has_is_not_told_however_often_it_is_asked()
    {
        await using var secure = await SecureExchange.StartAsync(6);
        await secure.PublishAsync("firm03", [.. SecureExchange.ReadingsOf(3), .. SecureExchange.ReadingsOf(0).Where(one => one.Region == "east")]);
        const string Regions = "SELECT region, COUNT(*) AS n FROM readings GROUP BY region ORDER BY region";

        Assert.Equal(["east", "north", "south"], RegionsOf(await secure.AskAsync(Regions, request => request.Participants.Add(Three))));
        Assert.Equal(["north", "south"], RegionsOf(await secure.AskAsync(Regions)));
        Assert.Equal(["north", "south"], RegionsOf(await secure.AskAsync(Regions)));
        Assert.DoesNotContain((await secure.AskAsync("SELECT COUNT(*) AS n FROM readings WHERE region = 'east'")).Rows, row => row.Values[0].IntValue > 0);
        Assert.Equal(["east", "north", "south"], RegionsOf(await secure.AskAsync(Regions, request => request.Participants.Add(Three))));

        static IEnumerable<string> RegionsOf(RunQueryResponse answer) => answer.Rows.Select(row => row.Values[0].StringValue);
    }

    [Fact]
    public async Task Of_two_sums_begun_at_once_over_other_participants_neither_is_opened_once_values_for_both_have_left()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        var (first, second) = (await HandRelay.OfAsync(secure, secure.Query(query => query.Cohort = new SecureCohort { Participants = { Three }, MinNodes = 3 })), await HandRelay.OfAsync(secure, secure.Query()));
        var (keys, others) = (await first.KeysAsync(), await second.KeysAsync());
        var confirmations = await second.ConfirmationsAsync(await second.InputsAsync(await second.SharesAsync(others)));
        var shares = await first.SharesAsync(keys);

        foreach (var firm in Three)
        {
            Assert.Equal(Reasons.RosterTooClose.Name, (await first.InputAsync(firm, shares)).Refusal.Reason);
        }

        await second.SumAsync(confirmations);
        Assert.Equal(166, await CountAsync(secure, [.. secure.Firms]));
    }

    [Fact]
    public async Task Who_was_passed_over_once_its_values_were_in_goes_into_no_roster_without_all_of_that_sum()
    {
        await using var secure = await SecureExchange.StartAsync(10);
        var relay = await HandRelay.OfAsync(secure, secure.Query());
        var survivors = await relay.InputsAsync(await relay.SharesAsync(await relay.KeysAsync()));
        await relay.ConfirmationsAsync(survivors);
        string[] passedOver = ["firm07", "firm08", "firm09"];

        var refused = await secure.AskAsync(Count, request => request.Participants.Add(passedOver));

        Assert.Equal((Reasons.RosterTooClose.Name, 0), (refused.Error.Reason, refused.Rows.Count));
        Assert.Contains(string.Join(',', secure.Firms), refused.Error.Action, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(0, 10).Sum(firm => 40 + firm), await CountAsync(secure, [.. secure.Firms]));
    }

    [Fact]
    public async Task After_a_drop_out_the_survivors_answer_is_stored_and_their_roster_can_be_repeated()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        secure.Faults.DiesBefore = "InputSession";
        var first = await secure.AskAsync(Count);
        secure.Faults.Heal();
        Assert.Equal(40 + 41 + 42, first.Rows[0].Values[0].IntValue);

        var repeated = await secure.AskAsync(Count, request => request.Roster = first.QueryId);
        Assert.Equal(123, repeated.Rows[0].Values[0].IntValue);
        Assert.Equal(Three, repeated.Cohort.Participants);
        Assert.NotEqual(first.QueryId, repeated.QueryId);

        // Nobody may drop out of a repeated roster.
        secure.FirstFaults.DiesBefore = "UnmaskSession";
        foreach (var firm in secure.Firms)
        {
            await secure.Exchange[firm].StopAsync();
        }

        var stored = await secure.AskAsync(Count);
        Assert.Equal((first.QueryId, 123), (stored.QueryId, stored.Rows[0].Values[0].IntValue));
        Assert.Contains(stored.Notes, note => note.Contains("stored", StringComparison.Ordinal));
        Assert.Contains(stored.Notes, note => note.Contains("firm00,firm01,firm02 could not be asked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_stored_answer_is_returned_while_the_data_of_those_it_is_over_are_the_same_and_no_round_is_begun()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        var first = await AskWithoutTheLastAsync(secure);
        var calls = new ConcurrentQueue<string>();
        secure.FirstFaults.Meanwhile = secure.Faults.Meanwhile = call => Task.Run(() => calls.Enqueue(call));

        var again = await secure.AskAsync(Count);
        // Who is not in it may have any data.
        await secure.PublishAsync("firm03", SecureExchange.ReadingsOf(7));
        var other = await secure.AskAsync(Count);

        Assert.Equal((first.QueryId, first.QueryId), (again.QueryId, other.QueryId));
        Assert.Equal(123, again.Rows[0].Values[0].IntValue);
        Assert.Contains("GetAgreement", calls);
        Assert.DoesNotContain(calls, call => call.EndsWith("Session", StringComparison.Ordinal));
        Assert.DoesNotContain(again.Notes, note => note.Contains("could not be asked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Once_an_owner_in_the_stored_answer_has_other_data_the_question_is_asked_anew()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        var first = await AskWithoutTheLastAsync(secure);
        await secure.PublishAsync("firm00", [.. Enumerable.Range(0, 30).Select(row => new Reading("north", 50 + row, row, 7.5m + row))], PublishMode.Append);

        // The others' data are those of the earlier sum, so it may not be asked with one more of them, nor over the same ones, which would tell what changed at one.
        var anew = await secure.AskAsync(Count);
        var repeated = await secure.AskAsync(Count, request => request.Roster = first.QueryId);

        Assert.NotEqual(first.QueryId, anew.QueryId);
        Assert.Equal((Reasons.RosterTooClose.Name, 0), (anew.Error.Reason, anew.Rows.Count));
        Assert.Equal((Reasons.RosterTooClose.Name, 0), (repeated.Error.Reason, repeated.Rows.Count));

        await secure.RenewAsync();
        var renewed = await secure.AskAsync(Count);
        Assert.Equal((166, 4), (renewed.Rows[0].Values[0].IntValue, renewed.Rows[0].Participants));
        Assert.Equal([3, 2, 2, 2], renewed.Coverage.Select(part => part.DatasetVersion));
    }

    [Fact]
    public async Task An_owner_that_has_no_data_any_more_ends_the_stored_answer()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        var first = await AskWithoutTheLastAsync(secure);
        using var firm = secure.ClientOf("firm01");
        await firm.Datasets.RetireAsync("readings/1", Cancellation);

        var anew = await secure.AskAsync(Count);

        Assert.NotEqual(first.QueryId, anew.QueryId);
        Assert.Equal(Reasons.NoDataset.Name, anew.Coverage.Single(part => part.ParticipantId == "firm01").Refusal.Reason);
    }

    [Fact]
    public async Task Which_version_answers_is_told_to_who_has_an_agreement_in_force_alone()
    {
        await using var secure = await SecureExchange.StartAsync(3);
        var agreement = await secure.AgreementWithAsync("firm00");
        async Task<int> VersionAsync(string asker) => (await new AgreementService.AgreementServiceClient(
            await secure.Exchange[asker].Host.Services.GetRequiredService<PeerClients>().ForAsync("firm00", Cancellation)).GetAgreementAsync(new GetAgreementRequest { AgreementId = agreement }, cancellationToken: Cancellation)).DatasetVersion;

        Assert.Equal(1, await VersionAsync("lab"));
        await secure.PublishAsync("firm00", SecureExchange.ReadingsOf(7));
        Assert.Equal(2, await VersionAsync("lab"));
        await Assert.ThrowsAsync<RpcException>(() => VersionAsync("firm01"));
        using var firm = secure.ClientOf("firm00");
        await firm.Agreements.RevokeAsync(agreement, "no longer", Cancellation);
        Assert.Equal(0, await VersionAsync("lab"));
    }

    [Fact]
    public async Task After_a_restart_a_sum_under_way_is_gone_and_its_cohort_is_never_begun_again()
    {
        await using var secure = await SecureExchange.StartAsync(3);
        var relay = await HandRelay.OfAsync(secure, secure.Query());
        var keys = await relay.KeysAsync();
        secure.Exchange["firm01"].KeepPort();
        await secure.Exchange["firm01"].StopAsync();
        await secure.Exchange["firm01"].StartAsync(Cancellation);

        Assert.Equal(Reasons.SessionUnknown.Name, (await relay.ShareAsync("firm01", keys)).Refusal.Reason);
        Assert.Equal(Reasons.SessionRepeated.Name, (await relay.OpenAsync("firm01")).Refusal.Reason);
    }

    [Fact]
    public async Task Both_sides_logs_agree_on_a_secure_sum_and_on_one_that_came_to_nothing()
    {
        await using var secure = await SecureExchange.StartAsync(4);
        await secure.Exchange.AddAuditorAsync("court");
        await secure.Exchange.RefreshAsync();
        await secure.AskAsync("SELECT region, COUNT(*) AS n FROM readings GROUP BY region");
        secure.FirstFaults.DiesBefore = "InputSession";
        Assert.Equal(Reasons.RosterTooClose.Name, (await secure.AskAsync("SELECT region, SUM(kwh) AS s FROM readings GROUP BY region")).Error.Reason);

        var (exitCode, found, error) = await AuditExchange.RunAsync(secure.Exchange, "court", TimeProvider.System, "audit", "verify");

        Assert.True(exitCode == 0, error + found.ToJsonString());
        Assert.Empty(found["findings"]!.AsArray());
        var (_, received, _) = await AuditExchange.RunAsync(secure.Exchange, "lab", TimeProvider.System, "audit", "log", "--participant", "lab", "--outcome", "received");
        Assert.All(received.AsArray(), leaf => Assert.Equal(64, ((string)leaf!["leaf"]!["cohort"]!).Length));
    }

    [Fact]
    public async Task The_askers_files_hold_no_single_owners_figure()
    {
        await using var secure = await SecureExchange.StartAsync(3);
        // Figures of twelve digits that nothing else in a file has by chance.
        (int Kwh, decimal Price)[] own = [(311, 1.37m), (307, 2.71m), (293, 3.33m)];
        for (var number = 0; number < 3; number++)
        {
            await secure.PublishAsync(
                SecureExchange.NameOf(number), [.. Enumerable.Range(0, 1009).Select(row => new Reading("north", own[number].Kwh, 7.25 + number, own[number].Price))]);
        }

        var answer = await secure.AskAsync("SELECT SUM(kwh * 1000003) AS k, SUM(price) AS p FROM readings WHERE region = 'north'");

        Assert.Null(answer.Error);
        var total = answer.Rows[0].Values[0].IntValue;
        Assert.Equal(own.Sum(one => 1009L * 1_000_003 * one.Kwh), total);
        await secure.Lab.StopAsync();
        var files = Directory.EnumerateFiles(secure.Lab.Home.Path, "*", SearchOption.AllDirectories).Select(File.ReadAllBytes).ToList();
        Assert.Contains(files, bytes => Holds(bytes, Zigzag(total)));
        Assert.All(own, one => Assert.DoesNotContain(files, bytes => Holds(bytes, Zigzag(1009L * 1_000_003 * one.Kwh))));
    }

    [Fact]
    public async Task The_command_line_explains_a_cohort_and_shows_its_sum()
    {
        await using var secure = await SecureExchange.StartAsync(3);

        var (explained, plan, _) = await AuditExchange.RunAsync(secure.Exchange, "lab", TimeProvider.System, "query", Count, "--purpose", SecureExchange.Purpose, "--explain");
        var (asked, answer, _) = await AuditExchange.RunAsync(secure.Exchange, "lab", TimeProvider.System, "query", Count, "--purpose", SecureExchange.Purpose);
        var (repeated, again, _) = await AuditExchange.RunAsync(
            secure.Exchange, "lab", TimeProvider.System, "query", Count, "--purpose", SecureExchange.Purpose, "--roster", (string)answer["query_id"]!);

        Assert.Equal((0, 0, 0), (explained, asked, repeated));
        Assert.Equal(("secure", 3, 3), ((string)plan["aggregation"]!, (int)plan["cohort"]!["min_nodes"]!, (int)plan["cohort"]!["threshold"]!));
        Assert.Equal(("secure", 123), ((string)answer["aggregation"]!, (int)answer["rows"]![0]![0]!));
        Assert.Null(answer["suppressed_cells"]);
        Assert.All(answer["coverage"]!.AsArray(), part => Assert.Null(part!["suppressed_cells"]));
        Assert.Equal(123, (int)again["rows"]![0]![0]!);
    }

    private static async Task<RunQueryResponse> AskWithoutTheLastAsync(SecureExchange secure)
    {
        secure.Faults.DiesBefore = "InputSession";
        var answer = await secure.AskAsync(Count);
        secure.Faults.Heal();
        Assert.Equal(123, answer.Rows[0].Values[0].IntValue);
        return answer;
    }

    private static async Task<long> CountAsync(SecureExchange secure, string[] firms) =>
        (await secure.AskAsync(Count, request => request.Participants.Add(firms))).Rows[0].Values[0].IntValue;

    // As a varint, which is how a protocol buffer stores a sint64, and as text.
    private static byte[][] Zigzag(long value)
    {
        var bytes = new List<byte>();
        for (var rest = (ulong)((value << 1) ^ (value >> 63)); ; rest >>= 7)
        {
            bytes.Add((byte)(rest < 128 ? rest : (rest & 127) | 128));
            if (rest < 128)
            {
                return [[.. bytes], Encoding.ASCII.GetBytes(value.ToString(System.Globalization.CultureInfo.InvariantCulture)), BitConverter.GetBytes(value)];
            }
        }
    }

    private static bool Holds(byte[] bytes, byte[][] forms) => forms.Any(form => bytes.AsSpan().IndexOf(form) >= 0);
}
