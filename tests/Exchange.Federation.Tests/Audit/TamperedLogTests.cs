using System.Text.Json.Nodes;

namespace Exchange.Federation.Tests.Audit;

/// <summary>
/// What a dishonest operator can do to its own node's files: some of it with the log's key, signing a fresh tree over whatever it
/// likes. Each is found with exit code 5 and the leaf. Every test begins with the control: before the deed everything holds.
/// </summary>
public sealed class TamperedLogTests : IAsyncLifetime
{
    private readonly AuditExchange _exchange = new();

    public async ValueTask InitializeAsync()
    {
        await _exchange.InitializeAsync();
        await _exchange.GrowAsync("alpha", 300);
        var (exitCode, found, error) = await VerifyAsync();
        Assert.True(exitCode == 0, error + found.ToJsonString());
    }

    public ValueTask DisposeAsync() => _exchange.DisposeAsync();

    [Fact]
    public async Task An_entry_edited_under_its_hash_is_named_even_to_one_who_never_looked_before()
    {
        var seq = _exchange.SeqsOf("alpha", "query.answered")[0];
        await _exchange.TamperAsync("alpha", node => LogForger.Edit(node.Home, seq, AuditExchange.With(LogForger.LeavesOf(node.Home)[seq], "caller", "nobody")));
        Forget();

        await RequireFoundAsync("entries", seq);
    }

    [Fact]
    public async Task An_entry_edited_and_signed_anew_is_named()
    {
        var seq = _exchange.SeqsOf("alpha", "query.answered")[0];
        await _exchange.RewriteAsync("alpha", leaves => leaves[seq] = AuditExchange.With(leaves[seq], "cells", 1));

        await RequireFoundAsync("consistency", seq);
    }

    [Fact]
    public async Task A_deleted_entry_is_named()
    {
        var seq = _exchange.SeqsOf("alpha", "query.answered")[1];
        await _exchange.RewriteAsync("alpha", leaves => leaves.RemoveAt(seq));

        await RequireFoundAsync("consistency", seq);
    }

    [Fact]
    public async Task Entries_in_another_order_are_named()
    {
        var seq = _exchange.SeqsOf("alpha", "offer.set")[0];
        await _exchange.RewriteAsync("alpha", leaves => (leaves[seq], leaves[seq + 1]) = (leaves[seq + 1], leaves[seq]));

        await RequireFoundAsync("consistency", seq);
    }

    [Fact]
    public async Task A_log_cut_short_is_named_with_the_first_missing_leaf()
    {
        var size = LogForger.LeavesOf(_exchange.Exchange["alpha"].Home).Count;
        await _exchange.RewriteAsync("alpha", leaves => leaves.RemoveRange(size - 10, 10));

        await RequireFoundAsync("consistency", size - 10);
    }

    [Fact]
    public async Task A_home_put_back_to_an_earlier_state_is_found()
    {
        var home = _exchange.Exchange["alpha"].Home;
        var size = LogForger.LeavesOf(home).Count;
        var backup = Directory.CreateDirectory(_exchange.Exchange.PathOf("backup")).FullName;
        await _exchange.TamperAsync("alpha", _ => Copy(home.Path, backup));
        await _exchange.GrowAsync("alpha", 5);
        Assert.Equal(0, (await VerifyAsync()).ExitCode);

        await _exchange.TamperAsync("alpha", _ => Copy(backup, home.Path));

        await RequireFoundAsync("consistency", size);
    }

    [Fact]
    public async Task A_fork_that_grew_past_what_was_seen_is_found_and_leaves_a_proof()
    {
        var seq = _exchange.SeqsOf("alpha", "query.answered")[0];
        await _exchange.RewriteAsync("alpha", leaves => leaves[seq] = AuditExchange.With(leaves[seq], "cells", 1));
        await _exchange.GrowAsync("alpha", 20);

        var found = await RequireFoundAsync("consistency", seq);
        var proof = (string)found["proofs"]!.AsArray()[0]!;
        var (exitCode, shown, _) = await _exchange.RunAsync("lab", "audit", "verify", proof);
        Assert.Equal((0, "alpha"), (exitCode, (string)shown["participant"]!));
        await File.WriteAllTextAsync(proof, (await File.ReadAllTextAsync(proof, TestContext.Current.CancellationToken)).Replace("later ", "earlier ", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        Assert.Equal(5, (await _exchange.RunAsync("lab", "audit", "verify", proof)).ExitCode);
    }

    [Fact]
    public async Task A_log_under_another_key_than_the_registers_is_found()
    {
        await _exchange.TamperAsync("alpha", node =>
        {
            var leaves = LogForger.LeavesOf(node.Home);
            LogForger.SwapKey(node.Home);
            LogForger.Rewrite(node.Home, "alpha", leaves);
        });

        await RequireFoundAsync("signature", null);
    }

    [Fact]
    public async Task An_answer_taken_out_of_the_log_is_missed_by_the_asker_s_log_and_by_its_receipt()
    {
        var seq = _exchange.SeqsOf("alpha", "query.answered")[0];
        await _exchange.RewriteAsync("alpha", leaves => leaves.RemoveAt(seq));
        Forget();

        await RequireFoundAsync("crosscheck", seq);
        var (exitCode, found, _) = await _exchange.RunAsync("lab", "audit", "verify");
        Assert.Equal(5, exitCode);
        Assert.Contains(found["findings"]!.AsArray(), finding => (string)finding!["check"]! == "receipts" && (long?)finding["seq"] == seq);
        Assert.NotEmpty(found["proofs"]!.AsArray());
    }

    [Fact]
    public async Task A_question_taken_out_of_the_asker_s_log_is_missed_by_the_owners()
    {
        var answered = _exchange.SeqsOf("alpha", "query.answered")[0];
        var asked = _exchange.SeqsOf("lab", "query.asked")[0];
        await _exchange.RewriteAsync("lab", leaves => leaves.RemoveRange(asked, 2));
        Forget();

        await RequireFoundAsync("crosscheck", answered);
    }

    [Fact]
    public async Task An_answer_after_the_agreement_was_revoked_is_named()
    {
        var seq = _exchange.SeqsOf("alpha", "query.answered")[0];
        var agreement = await _exchange.Joint.AgreementWithAsync("alpha");
        using (var alpha = _exchange.Joint.ClientOf("alpha"))
        {
            await alpha.Agreements.RevokeAsync(agreement, "", TestContext.Current.CancellationToken);
        }

        var hour = TimeProvider.System.GetUtcNow().AddHours(1).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        await _exchange.RewriteAsync("alpha", leaves => leaves.Add(AuditExchange.With(AuditExchange.With(leaves[seq], "time", hour), "query_id", new string('z', 26))));

        await RequireFoundAsync("agreements", LogForger.LeavesOf(_exchange.Exchange["alpha"].Home).Count - 1);
    }

    [Fact]
    public async Task A_question_answered_twice_is_named()
    {
        var seq = _exchange.SeqsOf("alpha", "query.answered")[0];
        await _exchange.RewriteAsync("alpha", leaves => leaves.Add(leaves[seq]));

        await RequireFoundAsync("budgets", LogForger.LeavesOf(_exchange.Exchange["alpha"].Home).Count - 1);
    }

    private async Task<JsonNode> RequireFoundAsync(string check, long? seq)
    {
        var (exitCode, found, _) = await VerifyAsync();
        Assert.Equal(5, exitCode);
        Assert.False((bool)found["verified"]!);
        Assert.Contains(found["findings"]!.AsArray(), finding =>
            ((string)finding!["participant"]!, (string)finding["check"]!, (long?)finding["seq"]) == ("alpha", check, seq) && ((string)finding["message"]!).EndsWith('.'));
        return found;
    }

    private Task<(int ExitCode, JsonNode Document, string Error)> VerifyAsync() => _exchange.RunAsync("court", "audit", "verify");

    // An auditor who comes for the first time.
    private void Forget() => Directory.Delete(Path.Combine(_exchange.Exchange["court"].Home.Path, "audit"), recursive: true);

    private static void Copy(string from, string to)
    {
        foreach (var name in new[] { "state.db", "state.db-wal", "state.db-shm", "log-head.txt" })
        {
            File.Delete(Path.Combine(to, name));
            if (File.Exists(Path.Combine(from, name)))
            {
                File.Copy(Path.Combine(from, name), Path.Combine(to, name));
            }
        }
    }
}
