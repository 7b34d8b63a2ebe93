using System.Globalization;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Protocol.Previews;

/// <summary>What a consumer could learn under an owner's terms, in plain sentences, for people who decide on them. Pure.</summary>
public static class TermsPreview
{
    /// <summary>Of an offer: who may ask, for what, until when, and what they could learn.</summary>
    /// <param name="terms">The terms, with every omitted clause filled in, as a node keeps them.</param>
    /// <param name="product">The product that the terms are for.</param>
    public static IReadOnlyList<string> Of(OfferTerms terms, ProductDefinition product) =>
    [
        $"{Whom(terms.Consumers)} may ask for {Listed(terms.Purposes, "or")}, until {Moment(terms.ExpireTime)}.",
        terms.Approval == Approval.Automatic ? "A request on these terms is approved at once." : "A person of the owner decides each request.",
        .. Learnt(terms, product),
    ];

    /// <summary>Of an agreement, or of a counter-offer: between whom, for what, from when until when, and what the consumer could learn.</summary>
    /// <inheritdoc cref="Of(OfferTerms, ProductDefinition)"/>
    public static IReadOnlyList<string> Of(AgreementTerms terms, ProductDefinition product) =>
    [
        $"{terms.Consumer} may ask {terms.Provider} for {terms.Purpose}, from {Moment(terms.StartTime)} until {Moment(terms.EndTime)}.",
        .. terms.Renews.Length > 0 ? [$"It continues the agreement {terms.Renews}, which stays in force until its own end."] : Array.Empty<string>(),
        .. Learnt(terms.Offer.Terms, product),
    ];

    // Each release class has a preview of its own, for each lets other things out.
    private static IEnumerable<string> Learnt(OfferTerms terms, ProductDefinition product) =>
    [
        .. terms.Release switch
        {
            ReleaseClass.Checked => CheckedPreview.Of(terms, product),
            ReleaseClass.Table => TablePreview.Of(terms, product),
            ReleaseClass.Noisy => NoisyPreview.Of(terms, product),
            _ => ["The terms name no release class, so nothing leaves."],
        },
        .. terms.Aggregation == Aggregation.Secure
            ?
            [
                $"It sees only sums over at least {terms.Disclosure?.MinNodes ?? 0} participants, never this owner's own figures.",
                .. terms.Release switch
                {
                    ReleaseClass.Noisy => ["The other owners in a sum learn nothing of this owner's figures; each adds its share of the noise."],
                    ReleaseClass.Table =>
                    [
                        "It and the other owners in a sum learn which blocks this owner's safe table has, and which of them changed since an earlier sum, and no figure of any.",
                        $"Sums are told only of parts of the tables that at least {terms.Disclosure?.MinNodes ?? 0} participants have rows in; the asker's own do not count.",
                        "How much of such a sum is one participant's is not checked: where one has nearly all, the sum is nearly its own figure.",
                    ],
                    _ => new[] { "The other owners in a sum learn in which of its rows this owner has something, and no figure." },
                },
            ]
            : new[] { "It sees this owner's own figures, not only those merged with other owners'." },
        terms.QueriesPerDay > 0 ? $"It may ask at most {terms.QueriesPerDay} questions in 24 hours." : "The number of its questions is not limited.",
    ];

    /// <summary>Names with commas and a word before the last one.</summary>
    internal static string Listed(IEnumerable<string> names, string word = "and")
    {
        List<string> all = [.. names];
        return all.Count < 2 ? string.Concat(all) : $"{string.Join(", ", all.Take(all.Count - 1))} {word} {all[^1]}";
    }

    private static string Whom(Consumers? consumers)
    {
        if (consumers is null || (consumers.Kinds.Count == 0 && consumers.Regions.Count == 0 && consumers.Participants.Count == 0))
        {
            return "Every participant";
        }

        string[] conditions =
        [
            consumers.Kinds.Count > 0 ? " of the kind " + Listed(consumers.Kinds.Select(kind => kind.ToString().ToLowerInvariant()), "or") : "",
            consumers.Regions.Count > 0 ? " in the region " + Listed(consumers.Regions, "or") : "",
            consumers.Participants.Count > 0 ? " that is " + Listed(consumers.Participants, "or") : "",
        ];
        return "A participant" + string.Concat(conditions);
    }

    private static string Moment(Timestamp? moment) =>
        moment is null ? "an open end" : moment.ToDateTimeOffset().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
