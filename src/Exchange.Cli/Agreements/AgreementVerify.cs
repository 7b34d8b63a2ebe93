using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Client.Agreements;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;

namespace Exchange.Cli.Agreements;

/// <summary><c>agreement verify FILE</c>: checks a signed agreement offline. Needs no node, and with the operator's key no home.</summary>
internal static class AgreementVerify
{
    public static Command Create(CliSession cli)
    {
        var file = new Argument<string>("FILE") { Description = "A file that `agreement show ID --output FILE` wrote." };
        var operatorKey = new Option<string?>("--operator-key")
        {
            Description = "The operator's public key or its fingerprint, 64 hexadecimal digits; the home's when left out.",
            HelpName = "HEX",
        };
        var command = new Command("verify", "Check an agreement file offline: who signed which terms.") { file, operatorKey };
        command.SetAction(parsed =>
        {
            var (key, source) = OperatorKey(cli, parsed.GetValue(operatorKey));
            var verified = AgreementFileVerifier.Verify(AgreementFile.Read(parsed.GetRequiredValue(file)), key);
            Write(cli, verified, source);
            return 0;
        });
        return command;
    }

    private static (byte[]? Key, string Source) OperatorKey(CliSession cli, string? given)
    {
        if (given is not null)
        {
            return given.Length == 2 * AgreementFileVerifier.OperatorKeyBytes && given.All(char.IsAsciiHexDigit)
                ? (Convert.FromHexString(given), "given")
                : throw Reasons.Usage.Because("What stands behind --operator-key is no key.", "Give the 64 hexadecimal digits of the operator's key or of its fingerprint.");
        }

        return cli.HomeIfNamed is { } home ? (File.ReadAllBytes(Home.Open(home).OperatorKeyFile), "home") : (null, "file");
    }

    private static void Write(CliSession cli, VerifiedAgreement verified, string source)
    {
        List<string> shown = [.. verified.Shown, OperatorSentence(verified, source)];
        if (cli.Format == OutputFormat.Json)
        {
            cli.WriteJson(new JsonObject
            {
                ["verified"] = true,
                ["agreement"] = verified.Terms.Id,
                ["provider"] = verified.Terms.Provider,
                ["consumer"] = verified.Terms.Consumer,
                ["product"] = verified.Terms.Offer.Terms.Product,
                ["purpose"] = verified.Terms.Purpose,
                ["from"] = MomentText.Of(verified.Terms.StartTime),
                ["until"] = MomentText.Of(verified.Terms.EndTime),
                ["renews"] = verified.Terms.Renews.Length > 0 ? verified.Terms.Renews : null,
                ["offer"] = OfferView.ToJson(verified.Terms.Offer),
                ["consumer_key"] = verified.ConsumerKeyId,
                ["provider_key"] = verified.ProviderKeyId,
                ["register_version"] = verified.RegisterVersion,
                ["register_issued"] = verified.RegisterIssued.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
                ["operator_fingerprint"] = verified.OperatorFingerprint,
                ["operator_key_from"] = source,
                ["operator_key_compared"] = verified.IsOperatorKnown,
                ["shown"] = JsonText.Array(shown),
                ["not_shown"] = JsonText.Array(verified.NotShown),
            });
            return;
        }

        cli.WriteSentences([.. shown, .. verified.NotShown]);
    }

    private static string OperatorSentence(VerifiedAgreement verified, string source) => source switch
    {
        "given" => $"The register is signed with the operator's key that was given (fingerprint {verified.OperatorFingerprint}).",
        "home" => $"The register is signed with the operator's key that the home knows (fingerprint {verified.OperatorFingerprint}).",
        _ => $"The register is signed with the key that stands in the file itself, fingerprint {verified.OperatorFingerprint}: compare it with the one the operator "
            + "names, or name it with --operator-key. A forger would have put in a key of its own.",
    };
}
