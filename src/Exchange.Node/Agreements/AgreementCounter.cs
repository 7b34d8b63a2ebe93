using Exchange.Node.Catalog;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Node.Agreements;

/// <summary>Counter-offers: what an owner may answer a request with, and what a consumer takes for an answer to its own. Pure.</summary>
internal static class AgreementCounter
{
    /// <summary>The terms that the owner would sign instead of those asked for.</summary>
    /// <param name="asked">The request.</param>
    /// <param name="offer">The current version of the owner's offer of the wanted name, or null.</param>
    /// <param name="isLive">Whether that offer can be agreed on now.</param>
    /// <param name="consumer">Who asked, as the register has it, or null.</param>
    /// <param name="until">Until when; null for the end asked for, or the offer's where that is earlier.</param>
    /// <param name="now">The moment of the answer; the new period starts then.</param>
    /// <exception cref="ExchangeException">
    /// <see cref="Reasons.NoMatchingOffer"/>, <see cref="Reasons.OfferExpired"/>, <see cref="Reasons.PurposeNotOffered"/>, <see cref="Reasons.AgreementCounterInvalid"/>.
    /// </exception>
    public static AgreementTerms TermsOf(AgreementRecord asked, Offer? offer, bool isLive, Participant? consumer, DateTimeOffset? until, DateTimeOffset now)
    {
        if (offer is null || offer.Terms.Product != asked.Product)
        {
            throw Reasons.NoMatchingOffer.Because("There is no offer of that name for the agreement's product.", "See `exchange offer show`.");
        }

        if (!isLive)
        {
            throw Reasons.OfferExpired.Because("The offer can no longer be agreed on.", "Set it anew with a later end, or name another one with --offer.");
        }

        if (consumer is null || !OfferMatching.Matches(offer.Terms, consumer))
        {
            throw Reasons.NoMatchingOffer.Because("The offer is not for this consumer.", "Name one with --offer whose consumers it matches.");
        }

        if (!offer.Terms.Purposes.Contains(asked.Terms.Purpose))
        {
            throw Reasons.PurposeNotOffered.Because("The offer does not allow the purpose asked for.", $"It allows {string.Join(", ", offer.Terms.Purposes)}.");
        }

        var terms = asked.Terms.Clone();
        terms.Offer = offer;
        terms.StartTime = Timestamp.FromDateTimeOffset(now);
        terms.EndTime = EndOf(asked, offer, until, now);
        return terms.Offer.Equals(asked.Terms.Offer) && terms.EndTime.Equals(asked.Terms.EndTime)
            ? throw Invalid("says what was asked for", "Approve the agreement, or name another offer or an earlier end.")
            : terms;
    }

    /// <summary>Whether two answers come to the same, so that the second one is no new round.</summary>
    public static bool IsSame(AgreementTerms? one, AgreementTerms other) => one is not null && one.Offer.Equals(other.Offer) && one.EndTime.Equals(other.EndTime);

    /// <summary>As consumer: whether the counter-offer is one to what was asked for, and not more than that.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.AgreementInvalid"/>.</exception>
    public static void CheckAnswers(AgreementRecord offered)
    {
        var (asked, counter) = (offered.Terms, offered.Counter!);
        var expected = new AgreementTerms(asked) { Offer = counter.Offer, StartTime = counter.StartTime, EndTime = counter.EndTime };
        var answers = counter.Equals(expected)
            && counter.Offer.Provider == asked.Provider
            && counter.Offer.Terms.Product == asked.Offer.Terms.Product
            && counter.Offer.Terms.Purposes.Contains(asked.Purpose)
            && Moments.TryRead(counter.StartTime) < offered.End
            && offered.End <= Moments.TryRead(asked.EndTime)
            && offered.Agreement.Round is >= 1 and <= AgreementLifecycle.RoundsMax;
        if (!answers)
        {
            throw Reasons.AgreementInvalid.Because("The owner's counter-offer does not fit what was asked for.", "Tell the owner, and request again.");
        }
    }

    private static Timestamp EndOf(AgreementRecord asked, Offer offer, DateTimeOffset? until, DateTimeOffset now)
    {
        var latest = Earlier(asked.Terms.EndTime, offer.Terms.ExpireTime);
        if (until is null)
        {
            return latest;
        }

        if (until <= now)
        {
            throw Invalid("ends in the past", "Give a later date with --until.");
        }

        return until <= latest.ToDateTimeOffset()
            ? Timestamp.FromDateTimeOffset(until.Value)
            : throw Invalid("ends later than what was asked for or than the offer", "Give an earlier date with --until, or leave it out.");
    }

    private static Timestamp Earlier(Timestamp a, Timestamp b) => a.ToDateTimeOffset() <= b.ToDateTimeOffset() ? a : b;

    private static ExchangeException Invalid(string problem, string action) => Reasons.AgreementCounterInvalid.Because($"The counter-offer {problem}.", action);
}
