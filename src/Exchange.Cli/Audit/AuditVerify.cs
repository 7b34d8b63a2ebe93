using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Client.Audit;
using Exchange.Protocol.Errors;

namespace Exchange.Cli.Audit;

/// <summary><c>audit verify [TARGET]</c>: the nodes of the exchange, an exported folder, or one proof of misbehaviour. The last two need no network.</summary>
internal static class AuditVerify
{
    // Larger than a receipt or a proof can be.
    private const int FileBytesMax = 1 << 20;

    public static Command Create(CliSession cli)
    {
        var target = new Argument<string?>("TARGET")
        {
            Description = "A folder of `audit export`, or a proof of misbehaviour, to be checked offline; the nodes themselves when left out.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var participants = AuditArguments.Participants();
        var receipts = new Option<string[]>("--receipt") { Description = "A receipt to be found in its log; may be given several times.", HelpName = "FILE", DefaultValueFactory = _ => [] };
        var operatorKey = AuditArguments.OperatorKey();
        var command = new Command("verify", "Check logs: what they say of themselves, of each other, and of every receipt held. Exit code 5 when anything does not hold.")
        {
            target, participants, receipts, operatorKey,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var named = parsed.GetValue(participants)!;
            var given = parsed.GetValue(receipts)!.Select(file => HeldReceipt.Parse(Read(file))).ToList();
            switch (parsed.GetValue(target))
            {
                case null:
                    return await OfNodesAsync(cli, named, given, cancellationToken).ConfigureAwait(false);
                case var folder when Directory.Exists(folder):
                    var trusted = AuditArguments.OperatorKeyOf(cli, parsed.GetValue(operatorKey));
                    using (var session = AuditSession.OpenFolder(folder, trusted, named))
                    {
                        if (trusted is null)
                        {
                            cli.Error.WriteLine("No operator's key was given: what follows counts only if the fingerprint in it is the one that the operator told you.");
                        }

                        given.AddRange(AuditFolder.ReceiptsOf(folder).Select(file => HeldReceipt.Parse(Read(file))));
                        return await CheckAsync(cli, session, given, cancellationToken).ConfigureAwait(false);
                    }

                case var file:
                    return OfProof(cli, Read(file));
            }
        });
        return command;
    }

    private static async Task<int> OfNodesAsync(CliSession cli, string[] participants, List<HeldReceipt> receipts, CancellationToken cancellationToken)
    {
        using var client = cli.ConnectNode();
        using var session = await client.Audit.OpenAsync(participants, remembering: true, cancellationToken).ConfigureAwait(false);
        receipts.AddRange(await client.Audit.HeldReceiptsAsync(AuditClient.AnswersMax, cancellationToken).ConfigureAwait(false));
        return await CheckAsync(cli, session, receipts, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<int> CheckAsync(CliSession cli, AuditSession session, List<HeldReceipt> receipts, CancellationToken cancellationToken)
    {
        await session.ReadAsync(cancellationToken).ConfigureAwait(false);
        var outcome = await session.CheckAsync(receipts, cli.Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        OutcomeView.Write(cli, session, outcome, session.Remember());
        return AuditArguments.ExitCodeOf(outcome);
    }

    private static int OfProof(CliSession cli, string text)
    {
        var shown = ProofReader.Read(cli.Home, text);
        cli.WriteOne(new System.Text.Json.Nodes.JsonObject
        {
            ["verified"] = true,
            ["participant"] = shown.Participant,
            ["earlier_size"] = shown.EarlierSize,
            ["later_size"] = shown.LaterSize,
            ["shown"] = $"The log key of {shown.Participant} signed two heads that cannot both be of one append-only log.",
        });
        return 0;
    }

    private static string Read(string path)
    {
        var file = new FileInfo(path);
        return file.Exists && file.Length <= FileBytesMax
            ? File.ReadAllText(path)
            : throw Reasons.FileMissing.Because($"There is no file {path}, or it is too long to be a receipt or a proof.", "Check the path.");
    }
}
