using System.CommandLine;
using Exchange.Cli.Hosting;
using Exchange.Cli.Terminal;
using Exchange.Cli.Trials;
using Exchange.Client.Files;

namespace Exchange.Cli.Demos;

/// <summary><c>demo</c>: a whole exchange with synthetic data on this machine, and five joint questions, one with noise and one a secure sum.</summary>
internal static class DemoCommand
{
    public static Command Create(CliSession cli)
    {
        var once = new Option<bool>("--once") { Description = "End after the questions instead of staying up." };
        var folder = new Option<string?>("--folder") { Description = "Where homes and files are put and kept; a temporary folder when left out.", HelpName = "DIR" };
        var command = new Command("demo", "See it: a knitting cluster with synthetic data, agreements and joint questions.") { once, folder };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var place = DemoFolder.Open(parsed.GetValue(folder));
            var progress = new LateProgress(cli);
            Introduce(cli);
            progress.Report("making synthetic data…");
            var trial = TrialFile.Read(DemoFiles.Write(place.FilesFolder, cancellationToken));
            var exchange = await LocalExchange.StartAsync(
                place.ExchangeFolder, [.. trial.Participants.Select(participant => participant.Member)], deleteFolder: false, cli.Time, progress, cancellationToken).ConfigureAwait(false);
            await using (exchange.ConfigureAwait(false))
            {
                await new TrialSetup(cli, trial, exchange, engine: null, progress).RunAsync(cancellationToken).ConfigureAwait(false);
                Describe(cli, trial);
                var exitCode = await TrialQuestions.AskAsync(cli, trial, exchange, cancellationToken).ConfigureAwait(false);
                if (!parsed.GetValue(once))
                {
                    StayUp.Tell(cli, exchange, trial);
                    await Serving.UntilStoppedAsync(cancellationToken).ConfigureAwait(false);
                }

                return exitCode;
            }
        });
        return command;
    }

    private static void Introduce(CliSession cli)
    {
        cli.Error.WriteLine("A knitting cluster in Zhejiang. All data are SYNTHETIC: made by a fixed generator, about nobody.");
        cli.Error.WriteLine("An identity server and seven participants start, each node with its own home, keys and certificate, over mutual TLS.");
    }

    private static void Describe(CliSession cli, TrialDefinition trial)
    {
        var rows = DemoData.Firms.ToDictionary(firm => firm.Id, firm => (Rows: firm.RowCount, firm.Terms));
        var sheet = new Sheet(
            ["participant", "kind", "synthetic rows", "engine", "terms"],
            [.. trial.Participants.Select(participant => (IReadOnlyList<string>)
            [
                $"{participant.Member.Id} ({participant.Member.DisplayName})",
                Words.Of(participant.Member.Kind),
                rows.TryGetValue(participant.Member.Id, out var firm) ? firm.Rows.ToString("N0", System.Globalization.CultureInfo.InvariantCulture) : "",
                participant.Datasets.Count > 0 ? participant.Datasets[0].Engine : "",
                firm.Terms ?? "asks, provides nothing here",
            ])])
        {
            RightAligned = new HashSet<int> { 2 },
        };
        CliSession.Console(cli.Error).Write(sheet.ToTable());
    }
}
