using System.Text.Json.Nodes;
using Exchange.Client.Files;
using Exchange.Protocol.Agreement.V1;

namespace Exchange.Cli.Views;

/// <summary>An agreement as JSON.</summary>
internal static class AgreementView
{
    /// <summary>Columns of lists.</summary>
    public static readonly string[] Columns = ["id", "provider", "consumer", "product", "purpose", "release", "state", "reason", "until", "note"];

    public static JsonObject ToJson(Agreement agreement)
    {
        var terms = AgreementTerms.Parser.ParseFrom(agreement.ConsumerSigned.Payload);
        return new JsonObject
        {
            ["id"] = terms.Id,
            ["provider"] = terms.Provider,
            ["consumer"] = terms.Consumer,
            ["product"] = terms.Offer.Terms.Product,
            ["purpose"] = terms.Purpose,
            ["release"] = Words.Of(terms.Offer.Terms.Release),
            ["state"] = Words.Of(agreement.State).ToUpperInvariant(),
            ["reason"] = agreement.TerminationReason == TerminationReason.Unspecified ? null : Words.Of(agreement.TerminationReason).ToUpperInvariant(),
            ["note"] = agreement.Note.Length > 0 ? agreement.Note : null,
            ["renews"] = terms.Renews.Length > 0 ? terms.Renews : null,
            ["from"] = MomentText.Of(terms.StartTime),
            ["until"] = MomentText.Of(terms.EndTime),
            ["updated"] = MomentText.Of(agreement.UpdateTime),
            ["offer"] = OfferView.ToJson(terms.Offer),
            ["counter"] = agreement.State == AgreementState.Offered ? CounterOf(agreement) : null,
        };
    }

    /// <summary>The terms that are to be decided on or were: those of the counter-offer while that waits for an answer.</summary>
    public static AgreementTerms TermsOf(Agreement agreement) =>
        AgreementTerms.Parser.ParseFrom((agreement.State == AgreementState.Offered ? agreement.Countered : agreement.ConsumerSigned).Payload);

    private static JsonObject CounterOf(Agreement agreement)
    {
        var terms = TermsOf(agreement);
        return new JsonObject
        {
            ["round"] = agreement.Round,
            ["from"] = MomentText.Of(terms.StartTime),
            ["until"] = MomentText.Of(terms.EndTime),
            ["offer"] = OfferView.ToJson(terms.Offer),
        };
    }
}
