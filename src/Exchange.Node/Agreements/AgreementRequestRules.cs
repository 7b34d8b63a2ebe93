using Exchange.Node.Catalog;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;

namespace Exchange.Node.Agreements;

/// <summary>What an owner checks before it decides on a request. Pure; the signature is checked before.</summary>
internal static class AgreementRequestRules
{
    /// <summary>How far the clocks of two nodes may differ.</summary>
    public static readonly TimeSpan ClockSkewMax = TimeSpan.FromSeconds(60);

    /// <summary>How old a request may be when it arrives.</summary>
    public static readonly TimeSpan RequestAgeMax = TimeSpan.FromHours(1);

    /// <summary>Whether the request names this owner, its caller and a sound id.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.AgreementInvalid"/>.</exception>
    public static void CheckParties(AgreementRecord requested, string caller, string owner)
    {
        if (!Identifiers.IsId(requested.Id))
        {
            throw Invalid("has an id that is not of its form");
        }

        if (requested.Terms.Consumer != caller)
        {
            throw Invalid("names another consumer than the caller");
        }

        if (requested.Terms.Provider != owner)
        {
            throw Invalid("names another owner than this node's");
        }
    }

    /// <summary>Whether the owner's current offer covers the request.</summary>
    /// <param name="requested">The request, of this caller to this owner.</param>
    /// <param name="caller">Who asks, as the register has it.</param>
    /// <param name="current">The newest version of the offer that the request names, or null.</param>
    /// <param name="isLive">Whether that offer can be agreed on now.</param>
    /// <param name="now">The moment of the decision.</param>
    /// <exception cref="ExchangeException">The refusal.</exception>
    public static void Check(AgreementRecord requested, Participant caller, Offer? current, bool isLive, DateTimeOffset now)
    {
        if (!caller.Roles.Contains(ParticipantRole.Consumer))
        {
            throw Reasons.NotConsumer.Because("The caller does not have the role consumer.", "Ask the operator to add the participant with that role.");
        }

        // An offer that the caller may not know of is the same to it as none.
        if (current is null || !OfferMatching.Matches(current.Terms, caller))
        {
            throw Reasons.NoMatchingOffer.Because("The owner has no such offer for the caller.", "Search the catalogue with `exchange catalog`.");
        }

        if (!isLive)
        {
            throw Reasons.OfferExpired.Because("The offer can no longer be agreed on.", "Search the catalogue with `exchange catalog` for another one.");
        }

        if (!requested.Terms.Offer.Equals(current))
        {
            throw Reasons.OfferChanged.Because("The offer is not the owner's current one.", "Request again: the current offer will be taken from the catalogue.");
        }

        CheckPurpose(requested.Terms.Purpose, current, caller);
        CheckPeriod(requested, Moments.TryRead(current.Terms.ExpireTime) ?? now, now);
    }

    /// <summary>Whether the agreement that the request says it renews is one in force between the same two for the same use.</summary>
    /// <param name="requested">The request, of this caller to this owner; it names one.</param>
    /// <param name="previous">The agreement of that id, or null.</param>
    /// <param name="now">The moment of the decision.</param>
    /// <exception cref="ExchangeException"><see cref="Reasons.AgreementInvalid"/>, or why the other one is not in force.</exception>
    public static void CheckRenewal(AgreementRecord requested, AgreementRecord? previous, DateTimeOffset now)
    {
        if (previous is null
            || previous.Terms.Consumer != requested.Terms.Consumer
            || previous.Terms.Provider != requested.Terms.Provider
            || previous.Terms.Purpose != requested.Terms.Purpose
            || previous.Product != requested.Product)
        {
            throw Invalid("renews none that there is for this product and purpose");
        }

        if (previous.At(now) is var standing && standing != AgreementLifecycle.Finalized)
        {
            throw AgreementLifecycle.Refusal(standing);
        }
    }

    private static void CheckPurpose(string purpose, Offer current, Participant caller)
    {
        if (!current.Terms.Purposes.Contains(purpose))
        {
            throw Reasons.PurposeNotOffered.Because("The offer does not allow that purpose.", $"It allows {string.Join(", ", current.Terms.Purposes)}.");
        }

        if (!OfferMatching.IsAccredited(caller, purpose))
        {
            throw Reasons.PurposeNotAccredited.Because("The caller is not accredited for that purpose.", "Ask the operator for the accreditation.");
        }
    }

    private static void CheckPeriod(AgreementRecord requested, DateTimeOffset offerEnd, DateTimeOffset now)
    {
        if (requested.Start > now + ClockSkewMax || requested.Start < now - RequestAgeMax)
        {
            throw Invalid("does not start now");
        }

        if (requested.End <= now || requested.End <= requested.Start)
        {
            throw Invalid("ends before it starts or has ended already");
        }

        if (requested.End > offerEnd)
        {
            throw Invalid("ends after the offer does");
        }
    }

    private static ExchangeException Invalid(string problem) =>
        Reasons.AgreementInvalid.Because($"The requested agreement {problem}.", "Check the clock and request it again.");
}
