using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Client;
using Exchange.Client.Audit;
using Exchange.Protocol.Errors;

namespace Exchange.Cli.Audit;

/// <summary>
/// <c>audit watch</c>: follows every log until it is stopped. Each alarm is a line, and stands once as long as it lasts. Ends with 5
/// when a check failed meanwhile, with 4 when a log is out of reach at the end, else with 0.
/// </summary>
internal static class AuditWatch
{
    private const int IntervalSecondsDefault = 20;

    // With what reading a log may take, an alarm comes within a minute.
    private const int IntervalSecondsMax = 30;

    // Receipts of earlier answers were looked for in the first round.
    private const int AnswersPerRound = 200;

    public static Command Create(CliSession cli)
    {
        var interval = new Option<int>("--interval") { Description = $"Seconds between two rounds, 1 to {IntervalSecondsMax}.", HelpName = "SECONDS", DefaultValueFactory = _ => IntervalSecondsDefault };
        var participants = AuditArguments.Participants();
        var command = new Command("watch", "Follow all logs and raise an alarm within a minute on anything missing or inconsistent. Ctrl-C ends it.") { interval, participants };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(interval) is < 1 or > IntervalSecondsMax)
            {
                throw Reasons.Usage.Because($"The interval must be 1 to {IntervalSecondsMax} seconds.", "Leave it out for the usual one.");
            }

            using var client = cli.ConnectNode();
            using var watch = new Watch(cli, client, parsed.GetValue(participants)!);
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(parsed.GetValue(interval)), cli.Time);
            try
            {
                do
                {
                    await watch.RoundAsync(cancellationToken).ConfigureAwait(false);
                }
                while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // Ctrl-C is how it ends.
            }

            return watch.ExitCode;
        });
        return command;
    }

    /// <summary>What is known between rounds.</summary>
    private sealed class Watch(CliSession cli, ExchangeClient client, string[] participants) : IDisposable
    {
        private readonly HashSet<AuditFinding> _alarmed = [];
        private HashSet<string> _away = [];
        private AuditSession? _session;

        public int ExitCode => _alarmed.Count > 0 ? AuditArguments.Failed : _away.Count > 0 ? AuditArguments.Unreachable : 0;

        /// <summary>One look at everything. The own node out of reach is an alarm like any other, and the watch goes on.</summary>
        public async Task RoundAsync(CancellationToken cancellationToken)
        {
            try
            {
                var isFirst = _session is null;
                await RenewAsync(cancellationToken).ConfigureAwait(false);
                await _session!.ReadAsync(cancellationToken).ConfigureAwait(false);
                var receipts = await client.Audit.HeldReceiptsAsync(isFirst ? AuditClient.AnswersMax : AnswersPerRound, cancellationToken).ConfigureAwait(false);
                var outcome = await _session.CheckAsync(receipts, cli.Time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
                var proofs = _session.Remember();
                Tell(outcome, isFirst, proofs);
            }
            catch (ExchangeException error) when (error.Reason.Kind == ErrorKind.Unreachable)
            {
                Away([error.Message]);
            }
        }

        public void Dispose() => _session?.Dispose();

        // A newer register has other keys, addresses and members.
        private async Task RenewAsync(CancellationToken cancellationToken)
        {
            if (_session is null || await client.Audit.RegisterVersionAsync(cancellationToken).ConfigureAwait(false) != _session.Register.Version)
            {
                var newest = await client.Audit.OpenAsync(participants, remembering: true, cancellationToken).ConfigureAwait(false);
                _session?.Dispose();
                _session = newest;
            }
        }

        private void Tell(AuditOutcome outcome, bool isFirst, IReadOnlyList<string> proofs)
        {
            if (isFirst)
            {
                Line("watching", "", null, string.Create(CultureInfo.InvariantCulture, $"{outcome.Logs.Count} logs with {outcome.Logs.Sum(log => log.Head?.Size ?? 0)} leaves."));
            }

            foreach (var finding in outcome.Findings.Where(_alarmed.Add))
            {
                Line("alarm", finding.Participant, finding.Seq, finding.Message + (proofs.Count > 0 ? " A proof is stored in the home's folder audit/proofs." : ""));
            }

            Away(outcome.Unchecked);
        }

        private void Away(IReadOnlyList<string> sentences)
        {
            foreach (var sentence in sentences.Where(sentence => !_away.Contains(sentence)))
            {
                Line("alarm", "", null, sentence);
            }

            foreach (var sentence in _away.Except(sentences).ToList())
            {
                Line("over", "", null, sentence);
            }

            _away = [.. sentences];
        }

        private void Line(string what, string participant, long? seq, string message)
        {
            var time = cli.Time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            cli.Output.WriteLine(cli.Format == OutputFormat.Json
                ? new JsonObject { ["time"] = time, ["event"] = what, ["participant"] = participant, ["seq"] = seq, ["message"] = message }.ToJsonString(JsonText.Options)
                : Sheet.Printable($"{time} {what}: {(participant.Length > 0 ? participant + ": " : "")}{message}"));
            cli.Output.Flush();
        }
    }
}
