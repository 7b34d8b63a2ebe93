using System.CommandLine;
using Exchange.Cli.Hosting;
using Exchange.Cli.Terminal;
using Exchange.Client.Files;

namespace Exchange.Cli.Trials;

/// <summary><c>trial FILE</c>: a whole exchange on this machine, for people with their own files.</summary>
internal static class TrialCommand
{
    public static Command Create(CliSession cli)
    {
        var file = new Argument<string>("FILE") { Description = "The trial file (YAML)." };
        var once = new Option<bool>("--once") { Description = "End after the file's questions instead of staying up." };
        var engine = new Option<string?>("--engine") { Description = "Put every dataset on this engine.", HelpName = "duckdb|sqlite" };
        engine.AcceptOnlyFromAmong("duckdb", "sqlite");
        var command = new Command("trial", "Bring up the participants of a file with their data and run its questions.") { file, once, engine };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var trial = TrialFile.Read(parsed.GetRequiredValue(file));
            var progress = new LateProgress(cli);
            var exchange = await LocalExchange.StartAsync(
                TemporaryFolder.Create("exchange-trial"), [.. trial.Participants.Select(participant => participant.Member)], deleteFolder: true, cli.Time, progress, cancellationToken)
                .ConfigureAwait(false);
            await using (exchange.ConfigureAwait(false))
            {
                await new TrialSetup(cli, trial, exchange, parsed.GetValue(engine), progress).RunAsync(cancellationToken).ConfigureAwait(false);
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
}
