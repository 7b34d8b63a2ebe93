using System.CommandLine;
using Exchange.Cli.Terminal;
using Exchange.Client.Audit;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;

namespace Exchange.Cli.Audit;

/// <summary>Options that several audit verbs have, and what they end with.</summary>
internal static class AuditArguments
{
    private const int OperatorKeyBytes = 32;

    /// <summary>A log that does not hold.</summary>
    public const int Failed = (int)ErrorKind.VerificationFailed;

    /// <summary>A log that could not be read.</summary>
    public const int Unreachable = (int)ErrorKind.Unreachable;

    /// <summary><c>--participant</c>: whose logs.</summary>
    public static Option<string[]> Participants() => new("--participant")
    {
        Description = "Only the log of this participant; may be given several times.",
        HelpName = "ID",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    /// <summary><c>--operator-key</c>, for folders.</summary>
    public static Option<string?> OperatorKey() => new("--operator-key")
    {
        Description = "For a folder: the operator's public key or its fingerprint, 64 hexadecimal digits; the home's when left out.",
        HelpName = "HEX",
    };

    /// <summary>The key an exported folder is checked under; null when nothing is known.</summary>
    public static byte[]? OperatorKeyOf(CliSession cli, string? given)
    {
        if (given is not null)
        {
            return given.Length == 2 * OperatorKeyBytes && given.All(char.IsAsciiHexDigit)
                ? Convert.FromHexString(given)
                : throw Reasons.Usage.Because("What stands behind --operator-key is no key.", "Give the 64 hexadecimal digits of the operator's key or of its fingerprint.");
        }

        return cli.HomeIfNamed is { } home && File.Exists(Home.Open(home).OperatorKeyFile) ? File.ReadAllBytes(Home.Open(home).OperatorKeyFile) : null;
    }

    /// <summary>Says on standard error what of the logs does not hold or could not be read, and what that makes the exit code.</summary>
    public static int Complain(CliSession cli, AuditOutcome outcome)
    {
        foreach (var finding in outcome.Findings)
        {
            cli.Error.WriteLine(Sheet.Printable($"VERIFICATION_FAILED: {finding.Participant}: {finding.Message}"));
        }

        foreach (var sentence in outcome.Unchecked)
        {
            cli.Error.WriteLine(Sheet.Printable($"UNREACHABLE: {sentence}"));
        }

        return ExitCodeOf(outcome);
    }

    /// <summary>Says why a log has no entries to show.</summary>
    public static string HashesOnly(string participant) => $"Of {participant} only hashes were read: entries are for its owner and for auditors.";

    /// <summary>5 for a failed check, 4 for what could not be read, else 0.</summary>
    public static int ExitCodeOf(AuditOutcome outcome) => outcome.Findings.Count > 0 ? Failed : outcome.Unchecked.Count > 0 ? Unreachable : 0;
}
