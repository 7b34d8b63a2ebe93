using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Audit;

/// <summary><c>audit witness</c>: what the node saw as a witness. Exit code 5 when it caught a log at contradicting itself.</summary>
internal static class AuditWitness
{
    public static Command Create(CliSession cli)
    {
        var output = new Option<string?>("--output") { Description = "Write the proofs of misbehaviour into this folder, one a file.", HelpName = "FOLDER" };
        var command = new Command("witness", "Show which logs this node witnesses, the heads it has cosigned and proofs of misbehaviour.") { output };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var seen = await client.Audit.WitnessedAsync(cancellationToken).ConfigureAwait(false);
            var files = parsed.GetValue(output) is { } folder ? Write(folder, seen) : [.. seen.Misbehaviour.Select(_ => (string?)null)];
            Show(cli, seen, files);
            return seen.Misbehaviour.Count > 0 ? AuditArguments.Failed : 0;
        });
        return command;
    }

    private static void Show(CliSession cli, ListWitnessedHeadsResponse seen, IReadOnlyList<string?> files)
    {
        var heads = seen.Heads.Select(head => new JsonObject
        {
            ["participant"] = head.ParticipantId,
            ["size"] = head.Size,
            ["seen"] = MomentText.Of(head.SeenTime),
            ["checkpoint"] = head.Checkpoint.ToStringUtf8(),
        }).ToList();
        var proofs = seen.Misbehaviour.Select((proof, i) => new JsonObject
        {
            ["participant"] = proof.ParticipantId,
            ["seen"] = MomentText.Of(proof.SeenTime),
            ["file"] = files[i],
        }).ToList();
        var own = Encoding.UTF8.GetString(seen.OwnCheckpoint.Span);
        if (cli.Format == OutputFormat.Json)
        {
            cli.WriteJson(new JsonObject
            {
                ["witnesses"] = JsonText.Array(seen.WitnessIds),
                ["own_checkpoint"] = own.Length > 0 ? own : null,
                ["heads"] = new JsonArray([.. heads]),
                ["misbehaviour"] = new JsonArray([.. proofs]),
            });
            return;
        }

        cli.WriteList(heads, "participant", "size", "seen");
        if (proofs.Count > 0)
        {
            cli.WriteList(proofs, "participant", "seen", "file");
        }

        if (cli.Format != OutputFormat.Csv)
        {
            cli.WriteSentences(
            [
                seen.WitnessIds.Count == 0 ? "Nobody is there to witness this node's log." : $"This node's log is witnessed by {string.Join(", ", seen.WitnessIds)}.",
                own.Length == 0 ? "No head of it is cosigned yet." : $"The newest head that was cosigned has {own.Split('\n')[1]} leaves.",
                proofs.Count == 0 ? "No log was caught at contradicting itself." : $"{proofs.Count} proofs of misbehaviour are stored: write them with --output FOLDER.",
            ]);
        }
    }

    private static List<string?> Write(string folder, ListWitnessedHeadsResponse seen)
    {
        Directory.CreateDirectory(folder);
        var files = new List<string?>();
        foreach (var proof in seen.Misbehaviour)
        {
            var text = Encoding.UTF8.GetBytes(proof.Proof);
            var file = Path.Combine(folder, $"{proof.ParticipantId}-{Convert.ToHexStringLower(SHA256.HashData(text))[..16]}.proof");
            File.WriteAllBytes(file, text);
            files.Add(file);
        }

        return files;
    }
}
