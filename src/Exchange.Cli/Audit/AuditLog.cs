using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Client.Audit;
using Exchange.Protocol.Errors;

namespace Exchange.Cli.Audit;

/// <summary><c>audit log</c>.</summary>
internal static class AuditLog
{
    private static readonly string[] Columns = ["time", "participant", "seq", "outcome", "consumer", "product", "purpose", "agreement", "reason"];

    public static Command Create(CliSession cli)
    {
        var filter = new LeafFilterOptions();
        var participants = AuditArguments.Participants();
        var folder = new Option<string?>("--folder") { Description = "Read an exported folder instead of the nodes.", HelpName = "FOLDER" };
        var last = new Option<int?>("--last") { Description = "Only this many, the newest.", HelpName = "N" };
        var command = new Command("log", "Read access logs: the own one, and as an auditor everybody's.") { participants, folder, last };
        filter.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var wanted = filter.Read(parsed);
            if (parsed.GetValue(last) is <= 0)
            {
                throw Reasons.Usage.Because("--last takes a number from 1.", "Leave it out for all entries.");
            }

            using var client = parsed.GetValue(folder) is null ? cli.ConnectNode() : null;
            var named = parsed.GetValue(participants)!;
            using var session = client is null
                ? AuditSession.OpenFolder(parsed.GetValue(folder)!, AuditArguments.OperatorKeyOf(cli, null), named)
                : await client.Audit.OpenAsync(named, remembering: false, cancellationToken).ConfigureAwait(false);
            await session.ReadAsync(cancellationToken).ConfigureAwait(false);
            var outcome = new AuditOutcome([.. session.Logs.Values], 0);
            var leaves = outcome.Logs.SelectMany(log => log.Leaves).Where(wanted.Takes).OrderBy(leaf => leaf.Time).ThenBy(leaf => leaf.Participant, StringComparer.Ordinal).ThenBy(leaf => leaf.Seq);
            cli.WriteList((parsed.GetValue(last) is { } count ? leaves.TakeLast(count) : leaves).Select(ToJson), Columns);
            foreach (var id in named.Intersect(outcome.HashesOnly))
            {
                cli.Error.WriteLine(AuditArguments.HashesOnly(id));
            }

            return AuditArguments.Complain(cli, outcome);
        });
        return command;
    }

    private static JsonObject ToJson(LogLeaf leaf) => new()
    {
        ["time"] = leaf.Text("time"),
        ["participant"] = leaf.Participant,
        ["seq"] = leaf.Seq,
        ["outcome"] = leaf.Outcome,
        ["consumer"] = leaf.Consumer,
        ["product"] = leaf.Product,
        ["purpose"] = leaf.Purpose,
        ["agreement"] = leaf.Agreement,
        ["reason"] = leaf.Reason,
        ["leaf"] = leaf.Members.DeepClone(),
    };
}
