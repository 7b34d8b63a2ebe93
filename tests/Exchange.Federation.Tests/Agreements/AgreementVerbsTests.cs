using System.Security.Cryptography;
using System.Text.Json;
using Exchange.Cli;
using Exchange.Client.Files;
using Exchange.Federation.Tests.Queries;
using Exchange.Protocol.Catalog.V1;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Federation.Tests.Agreements;

/// <summary>The life of an agreement as people type it: negotiated, renewed, previewed, handed to an auditor who checks it offline.</summary>
public sealed class AgreementVerbsTests : IAsyncLifetime
{
    private readonly JointExchange _joint = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _joint.InitializeAsync();

    public ValueTask DisposeAsync() => _joint.DisposeAsync();

    [Fact]
    public async Task Other_terms_are_read_accepted_and_asked_under()
    {
        var id = await RequestManuallyAsync();
        using var countered = await JsonAsync("alpha", "agreement", "counter", id, "--until", "2098-12-31", "--note", "A year less.");
        Assert.Equal("OFFERED", countered.RootElement.GetProperty("state").GetString());

        using var listed = await JsonAsync("lab", "agreement", "list");
        var entry = listed.RootElement.EnumerateArray().Single(agreement => agreement.GetProperty("id").GetString() == id);
        Assert.Equal(("OFFERED", "A year less."), (entry.GetProperty("state").GetString(), entry.GetProperty("note").GetString()));
        var counter = entry.GetProperty("counter");
        Assert.Equal((1, "2098-12-31T23:59:59Z"), (counter.GetProperty("round").GetInt32(), counter.GetProperty("until").GetString()));
        Assert.Equal("2099-12-31T23:59:59Z", entry.GetProperty("until").GetString());
        using var preview = await JsonAsync("lab", "agreement", "show", id, "--preview");
        Assert.Contains("until 2098-12-31 23:59 UTC", preview.RootElement.GetProperty("preview")[0].GetString(), StringComparison.Ordinal);

        Assert.Equal((3, "AGREEMENT_TERMS_CHANGED"), await ErrorAsync("lab", "agreement", "accept", id, "--round", "2"));
        using var accepted = await JsonAsync("lab", "agreement", "accept", id, "--round", "1");

        Assert.Equal("FINALIZED", accepted.RootElement.GetProperty("state").GetString());
        Assert.Equal("2098-12-31T23:59:59Z", accepted.RootElement.GetProperty("until").GetString());
        Assert.Equal(JsonValueKind.Null, accepted.RootElement.GetProperty("counter").ValueKind);
        using var answer = await JsonAsync("lab", "query", "SELECT COUNT(*) FROM readings", "--purpose", JointExchange.Purpose, "--require", "all");
        Assert.True(answer.RootElement.GetProperty("verified").GetBoolean());
    }

    [Fact]
    public async Task The_words_of_a_no_are_seen_at_the_other_side()
    {
        var rejected = await RequestManuallyAsync();
        (await JsonAsync("alpha", "agreement", "reject", rejected, "--note", "Not this year.")).Dispose();
        var declined = await RequestManuallyAsync();
        (await JsonAsync("alpha", "agreement", "counter", declined, "--until", "2030-12-31")).Dispose();
        (await JsonAsync("lab", "agreement", "reject", declined, "--note", "Too short.")).Dispose();

        Assert.Equal(("TERMINATED", "REJECTED", "Not this year."), await SeenAsync("lab", rejected));
        Assert.Equal(("TERMINATED", "DECLINED", "Too short."), await SeenAsync("alpha", declined));
        Assert.Contains("Not this year.", (await RunAsync("lab", "agreement", "list")).Output, StringComparison.Ordinal);
        Assert.Equal((2, "INVALID_REQUEST"), await ErrorAsync("alpha", "agreement", "reject", await RequestManuallyAsync(), "--note", new string('n', 501)));
    }

    [Fact]
    public async Task A_renewal_names_the_one_before_and_both_answer()
    {
        using var requested = await JsonAsync("lab", "agreement", "request", "readings/1", "--purpose", JointExchange.Purpose, "--participants", "beta", "--until", "2050-12-31");
        var first = requested.RootElement[0].GetProperty("agreement").GetString()!;

        Assert.Equal((3, "RENEWAL_NOT_LATER"), await ErrorAsync("lab", "agreement", "renew", first, "--until", "2050-12-31"));
        using var renewed = await JsonAsync("lab", "agreement", "renew", first, "--until", "2060-12-31");

        Assert.Equal(("FINALIZED", first), (renewed.RootElement.GetProperty("state").GetString(), renewed.RootElement.GetProperty("renews").GetString()));
        Assert.Equal("FINALIZED", (await SeenAsync("lab", first)).State);
        Assert.Equal((3, "NOT_AGREEMENT_CONSUMER"), await ErrorAsync("beta", "agreement", "renew", first));
    }

    [Fact]
    public async Task An_auditor_checks_the_file_with_nothing_but_the_operators_key()
    {
        var id = await _joint.AgreementWithAsync("alpha");
        var file = _joint.Exchange.PathOf("agreement.json");
        using var written = await JsonAsync("lab", "agreement", "show", id, "--output", file);
        Assert.Equal(file, written.RootElement.GetProperty("file").GetString());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal((3, "FILE_EXISTS"), await ErrorAsync("lab", "agreement", "show", id, "--output", file));
        Assert.Equal(0, (await RunAsync("alpha", "agreement", "show", id, "--output", file, "--force")).ExitCode);

        var operatorKey = File.ReadAllBytes(_joint.Exchange.IdentityHome.OperatorKeyFile);
        foreach (var key in new[] { Convert.ToHexString(operatorKey), Convert.ToHexStringLower(SHA256.HashData(operatorKey)) })
        {
            using var verified = await JsonAsync(null, "agreement", "verify", file, "--operator-key", key);
            var shown = verified.RootElement;
            Assert.True(shown.GetProperty("verified").GetBoolean() && shown.GetProperty("operator_key_compared").GetBoolean());
            Assert.Equal((id, "alpha", "lab"), (shown.GetProperty("agreement").GetString(), shown.GetProperty("provider").GetString(), shown.GetProperty("consumer").GetString()));
            Assert.Contains(shown.GetProperty("not_shown").EnumerateArray(), sentence => sentence.GetString()!.Contains("revoked", StringComparison.Ordinal));
        }

        using var byHome = await JsonAsync("gamma", "agreement", "verify", file);
        Assert.Equal("home", byHome.RootElement.GetProperty("operator_key_from").GetString());
        using var alone = await JsonAsync(null, "agreement", "verify", file);
        Assert.False(alone.RootElement.GetProperty("operator_key_compared").GetBoolean());
        var people = await RunAsync(null, "agreement", "verify", file);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(operatorKey)), people.Output, StringComparison.Ordinal);
        Assert.Contains("compare it with the one the operator", people.Output.Replace("\n", " ", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_does_not_hold_ends_with_5_and_a_wrong_command_line_with_2()
    {
        var file = _joint.Exchange.PathOf("spoilt.json");
        Assert.Equal(0, (await RunAsync("lab", "agreement", "show", await _joint.AgreementWithAsync("alpha"), "--output", file)).ExitCode);

        Assert.Equal((5, "VERIFICATION_FAILED"), await ErrorAsync(null, "agreement", "verify", file, "--operator-key", new string('a', 64)));
        Assert.Equal((2, "USAGE"), await ErrorAsync(null, "agreement", "verify", file, "--operator-key", "abc"));
        Assert.Equal((2, "USAGE"), await ErrorAsync(null, "agreement", "verify"));
        Assert.Equal((2, "FILE_MISSING"), await ErrorAsync(null, "agreement", "verify", file + ".none"));
        Assert.Equal((2, "USAGE"), await ErrorAsync("lab", "agreement", "show", "abcdef", "--preview", "--output", file));
        var content = File.ReadAllBytes(file);
        content[content.Length / 3] ^= 1;
        File.WriteAllBytes(file, content);
        Assert.Equal((5, "VERIFICATION_FAILED"), await ErrorAsync(null, "agreement", "verify", file));

        Assert.Equal((3, "AGREEMENT_NOT_FINALIZED"), await ErrorAsync("lab", "agreement", "show", await RequestManuallyAsync(), "--output", file, "--force"));
    }

    [Fact]
    public async Task An_offer_is_previewed_in_sentences()
    {
        using var preview = await JsonAsync("alpha", "offer", "preview", "open");
        var sentences = preview.RootElement.GetProperty("preview").EnumerateArray().Select(sentence => sentence.GetString()!).ToList();

        Assert.Contains("It could learn exact figures grouped by region, and how many rows there are in each group.", sentences);
        Assert.Contains("A figure that stands on fewer than 10 distinct values of worker_id is withheld, with every other figure of its cell.", sentences);
        Assert.Contains(sentences, sentence => sentence.Contains("combining answers is not defended against", StringComparison.Ordinal));
        Assert.Contains("It could learn exact figures grouped by region", (await RunAsync("alpha", "offer", "preview", "open")).Output, StringComparison.Ordinal);
        Assert.Equal((3, "NOT_FOUND"), await ErrorAsync("alpha", "offer", "preview", "none"));
    }

    /// <summary>The laboratory's request on an offer of alpha's that a person decides on.</summary>
    private async Task<string> RequestManuallyAsync()
    {
        using (var alpha = _joint.ClientOf("alpha"))
        {
            var terms = OfferFile.Read(_joint.Exchange.PathOf("offer.yaml"));
            terms.Approval = Approval.Manual;
            terms.ExpireTime = Timestamp.FromDateTimeOffset(new DateTimeOffset(2099, 12, 31, 23, 59, 59, TimeSpan.Zero));
            await alpha.Offers.SetAsync(terms, Cancellation);
        }

        using var requested = await JsonAsync("lab", "agreement", "request", "readings/1", "--purpose", JointExchange.Purpose, "--participants", "alpha");
        var outcome = requested.RootElement[0];
        Assert.Equal("REQUESTED", outcome.GetProperty("state").GetString());
        return outcome.GetProperty("agreement").GetString()!;
    }

    private async Task<(string? State, string? Reason, string? Note)> SeenAsync(string home, string id)
    {
        using var shown = await JsonAsync(home, "agreement", "show", id);
        return (shown.RootElement.GetProperty("state").GetString(), shown.RootElement.GetProperty("reason").GetString(), shown.RootElement.GetProperty("note").GetString());
    }

    private async Task<JsonDocument> JsonAsync(string? home, params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(home, [.. arguments, "--format", "json"]);
        Assert.True(exitCode == 0, $"{string.Join(' ', arguments)}\n{error}");
        return JsonDocument.Parse(output);
    }

    private async Task<(int ExitCode, string? Reason)> ErrorAsync(string? home, params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(home, [.. arguments, "--format", "json"]);
        Assert.True(output.Length > 0 || exitCode == 2, error);
        // On a slow machine lines of progress stand before it.
        return (exitCode, error.Split(':')[0].Split('\n')[^1]);
    }

    private async Task<(int ExitCode, string Output, string Error)> RunAsync(string? home, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] named = home is null ? [] : ["--home", _joint.Exchange[home].Home.Path];
        var exitCode = await CliProgram.RunAsync([.. named, .. arguments], output, TextWriter.Synchronized(error), Cancellation);
        return (exitCode, output.ToString(), error.ToString());
    }
}
