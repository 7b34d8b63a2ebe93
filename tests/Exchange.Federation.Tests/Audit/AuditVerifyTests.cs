using System.Text.Json.Nodes;

namespace Exchange.Federation.Tests.Audit;

/// <summary>What an auditor reads and checks of an honest exchange, over the network and offline.</summary>
public sealed class AuditVerifyTests : IClassFixture<AuditExchange>
{
    private readonly AuditExchange _exchange;

    public AuditVerifyTests(AuditExchange exchange) => _exchange = exchange;

    [Fact]
    public async Task An_honest_exchange_holds_for_an_auditor()
    {
        var (exitCode, found, error) = await _exchange.RunAsync("court", "audit", "verify");

        Assert.True(exitCode == 0, error + found.ToJsonString());
        Assert.True((bool)found["verified"]!);
        Assert.Empty(found["findings"]!.AsArray());
        Assert.Equal(["alpha", "beta", "court", "gamma", "lab"], found["logs"]!.AsArray().Select(log => (string)log!["participant"]!));
        Assert.All(found["logs"]!.AsArray().Where(log => (long)log!["size"]! > 0), log => Assert.Equal("holds", (string)log!["status"]!));
    }

    [Fact]
    public async Task Who_is_no_auditor_checks_its_receipts_against_the_hashes_of_others()
    {
        var (exitCode, found, error) = await _exchange.RunAsync("lab", "audit", "verify");

        Assert.True(exitCode == 0, error + found.ToJsonString());
        Assert.Equal(6, (int)found["receipts"]!);
        Assert.Equal(["alpha", "beta", "gamma"], found["hashes_only"]!.AsArray().Select(id => (string)id!));
    }

    [Fact]
    public async Task The_log_is_filtered_by_who_what_for_and_outcome()
    {
        var (exitCode, all, _) = await _exchange.RunAsync("court", "audit", "log");
        var (_, answered, _) = await _exchange.RunAsync("court", "audit", "log", "--outcome", "answered", "--consumer", "lab", "--product", "readings/1", "--purpose", "research");
        var (_, none, _) = await _exchange.RunAsync("court", "audit", "log", "--purpose", "statistics");
        var (_, offers, _) = await _exchange.RunAsync("court", "audit", "log", "--participant", "alpha", "--outcome", "offer.set");
        var (_, early, _) = await _exchange.RunAsync("court", "audit", "log", "--to", "2001-01-01");

        Assert.Equal(0, exitCode);
        Assert.True(all.AsArray().Count > 20);
        Assert.Equal(6, answered.AsArray().Count);
        Assert.Empty(none.AsArray());
        Assert.Equal("open", (string)Assert.Single(offers.AsArray())!["leaf"]!["offer"]!);
        Assert.Empty(early.AsArray());
    }

    [Fact]
    public async Task An_answer_says_which_columns_were_used_for_what()
    {
        var (_, answered, _) = await _exchange.RunAsync("alpha", "audit", "log", "--participant", "alpha", "--outcome", "answered");

        Assert.Equal(
            ["""{"aggregate":["kwh"],"group":["region"]}""", """{"filter":["region"]}"""],
            answered.AsArray().Select(leaf => leaf!["leaf"]!["columns"]!.ToJsonString()));
    }

    [Fact]
    public async Task Heads_of_all_logs_are_shown_to_anybody()
    {
        var (exitCode, heads, _) = await _exchange.RunAsync("lab", "audit", "checkpoint");

        Assert.Equal(0, exitCode);
        Assert.Equal(5, heads.AsArray().Count);
        Assert.StartsWith("alpha.participant.exchange/log\n", (string)heads[0]!["checkpoint"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_is_checked_offline_and_one_changed_byte_in_it_is_found()
    {
        var folder = _exchange.Exchange.PathOf("export");
        var (exported, told, error) = await _exchange.RunAsync("court", "audit", "export", folder);
        Assert.True(exported == 0, error);

        var (holds, found, _) = await _exchange.RunAsync("court", "audit", "verify", folder, "--operator-key", (string)told["operator_fingerprint"]!);
        Assert.Equal((0, true), (holds, (bool)found["verified"]!));

        var (otherOperator, _, _) = await _exchange.RunAsync("court", "audit", "verify", folder, "--operator-key", new string('0', 64));
        Assert.Equal(5, otherOperator);

        var bundle = Directory.GetFiles(Path.Combine(folder, "logs", "beta", "tile", "entries"), "*", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(bundle, TestContext.Current.CancellationToken);
        var at = bytes.AsSpan().IndexOf("\"open\""u8) + 1;
        bytes[at] = (byte)'O';
        await File.WriteAllBytesAsync(bundle, bytes, TestContext.Current.CancellationToken);
        var (changed, finding, _) = await _exchange.RunAsync("court", "audit", "verify", folder);

        Assert.Equal(5, changed);
        var first = finding["findings"]![0]!;
        Assert.Equal(("beta", "entries", FirstWithOffer("beta")), ((string)first["participant"]!, (string)first["check"]!, (int)first["seq"]!));
    }

    [Fact]
    public async Task An_export_does_not_overwrite()
    {
        var folder = Directory.CreateDirectory(_exchange.Exchange.PathOf("full")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "mine"), "", TestContext.Current.CancellationToken);

        var (exitCode, refused, _) = await _exchange.RunAsync("court", "audit", "export", folder);

        Assert.Equal((3, "FILE_EXISTS"), (exitCode, (string)refused["error"]!["reason"]!));
    }

    private int FirstWithOffer(string firm) => LogForger.LeavesOf(_exchange.Exchange[firm].Home).FindIndex(leaf => leaf.AsSpan().IndexOf("\"open\""u8) >= 0);

    [Fact]
    public async Task A_report_is_one_page_that_fetches_nothing_and_says_who_used_what()
    {
        var file = _exchange.Exchange.PathOf("report.html");
        var (exitCode, told, error) = await _exchange.RunAsync("court", "audit", "report", "--from", "2020-01-01", "--to", "2098-01-01", "--output", file);

        Assert.True(exitCode == 0, error);
        Assert.Equal(6, (int)told["answered"]!);
        var html = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.Contains("Every log holds", html, StringComparison.Ordinal);
        Assert.Contains("<td>lab</td><td>research</td><td>readings/1</td><td>alpha</td>", html, StringComparison.Ordinal);
        Assert.Contains("<svg", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("href=", html, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_period_that_ends_before_it_begins_is_a_mistake_of_usage()
    {
        var (exitCode, told, _) = await _exchange.RunAsync("court", "audit", "report", "--from", "2026-02-01", "--to", "2026-01-01");
        Assert.Equal((2, "USAGE"), (exitCode, (string)told["error"]!["reason"]!));
    }

    [Fact]
    public async Task A_statement_tells_an_owner_which_column_was_used_for_what()
    {
        var (exitCode, told, error) = await _exchange.RunAsync("alpha", "audit", "statement");
        var (_, before, _) = await _exchange.RunAsync("alpha", "audit", "statement", "--month", "2020-01");

        Assert.True(exitCode == 0, error);
        Assert.Equal(
            ["lab research kwh aggregate 1", "lab research region filter 1", "lab research region group 1"],
            told["columns"]!.AsArray().Select(use => $"{use!["consumer"]} {use["purpose"]} {use["column"]} {use["used_to"]} {use["answers"]}").Order());
        Assert.Equal((2, 3), ((int)told["left"]![0]!["answered"]!, (int)told["left"]![0]!["cells"]!));
        Assert.Empty(before["left"]!.AsArray());
    }
}
