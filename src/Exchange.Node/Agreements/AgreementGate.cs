using Exchange.Node.Catalog;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Agreements;

/// <summary>
/// Lets a fragment in under an agreement, or refuses it. Everything is looked up anew for every fragment, so a revoke, an end
/// or a stricter offer acts on the very next one.
/// </summary>
internal sealed class AgreementGate(AgreementStore agreements, OfferStore offers, RegisterCache register, NodeIdentity identity)
{
    /// <summary>The terms in force for an answer now.</summary>
    /// <param name="agreementId">The agreement the caller names.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="productId">What is asked about.</param>
    /// <param name="purpose">For what.</param>
    /// <param name="now">The moment of the decision.</param>
    /// <exception cref="ExchangeException">
    /// <see cref="Reasons.AgreementUnknown"/> (also for somebody else's agreement), <see cref="Reasons.AgreementNotFinalized"/>,
    /// <see cref="Reasons.AgreementRevoked"/>, <see cref="Reasons.AgreementRejected"/>, <see cref="Reasons.AgreementExpired"/>,
    /// <see cref="Reasons.AgreementOtherProduct"/>, <see cref="Reasons.AgreementOtherPurpose"/>, <see cref="Reasons.PurposeNotAccredited"/>,
    /// <see cref="Reasons.OfferNarrowed"/>.
    /// </exception>
    public OfferTerms Admit(string agreementId, CallerIdentity caller, string productId, string purpose, DateTimeOffset now) =>
        Admit(agreements.Find(agreementId), caller, productId, purpose, now);

    /// <summary>As <see cref="Admit(string, CallerIdentity, string, string, DateTimeOffset)"/>, of a fragment that runs: the caller as the register has it now.</summary>
    public void AdmitStill(string agreementId, CallerIdentity caller, string productId, string purpose, DateTimeOffset now) =>
        Admit(agreements.Find(agreementId), StillHere(caller), productId, purpose, now);

    /// <summary>
    /// Looks once more, in the transaction that logs the answer: what was decided about agreement, offer or caller since must not be
    /// answered over.
    /// </summary>
    /// <param name="connection">The transaction.</param>
    /// <param name="admitted">The terms under which the answer was made.</param>
    /// <param name="agreementId">As in <see cref="Admit(string, CallerIdentity, string, string, DateTimeOffset)"/>.</param>
    /// <param name="caller">As there.</param>
    /// <param name="productId">As there.</param>
    /// <param name="purpose">As there.</param>
    /// <param name="now">As there.</param>
    /// <exception cref="ExchangeException">As there; <see cref="Reasons.OfferNarrowed"/> also when the terms are others now.</exception>
    public void AdmitAgain(
        SqliteConnection connection, OfferTerms admitted, string agreementId, CallerIdentity caller, string productId, string purpose, DateTimeOffset now)
    {
        if (!Admit(AgreementStore.LoadAgain(connection, agreementId), StillHere(caller), productId, purpose, now).Equals(admitted))
        {
            throw Reasons.OfferNarrowed.Because("The owner changed the terms while the query ran.", "Ask again: the answer will be under the terms of now.");
        }
    }

    // Who was let in may have been suspended, or lost an accreditation, since.
    private CallerIdentity StillHere(CallerIdentity caller) => caller.IsOwner || register.Current.Find(caller.ParticipantId) is not { } listed ? caller
        : listed.Status == ParticipantStatus.Active ? caller with { Participant = listed }
        : throw Reasons.ParticipantSuspended.Because("The operator has suspended the caller.", "Ask the operator.");

    private OfferTerms Admit(AgreementRecord? agreement, CallerIdentity caller, string productId, string purpose, DateTimeOffset now)
    {
        if (agreement is null || agreement.Terms.Consumer != caller.ParticipantId || agreement.Terms.Provider != identity.ParticipantId)
        {
            throw AgreementIndex.Unknown();
        }

        CheckInForce(agreement, now);
        CheckUse(agreement, caller, productId, purpose);
        return InForce(agreement, caller, purpose);
    }

    private static void CheckInForce(AgreementRecord agreement, DateTimeOffset now)
    {
        var standing = agreement.At(now);
        if (standing != AgreementLifecycle.Finalized)
        {
            throw AgreementLifecycle.Refusal(standing);
        }
    }

    private static void CheckUse(AgreementRecord agreement, CallerIdentity caller, string productId, string purpose)
    {
        if (agreement.Product != productId)
        {
            throw Reasons.AgreementOtherProduct.Because("The agreement is for another product.", "Ask under an agreement for this product, or request one.");
        }

        if (agreement.Terms.Purpose != purpose)
        {
            throw Reasons.AgreementOtherPurpose.Because("The agreement is for another purpose.", "Ask for the agreed purpose, or request an agreement for this one.");
        }

        if (!OfferMatching.IsAccredited(caller.Participant, purpose))
        {
            throw Reasons.PurposeNotAccredited.Because("The caller is no longer accredited for this purpose.", "Ask the operator to renew the accreditation.");
        }
    }

    // Today's offer is compared with the agreed one also after its last moment: no longer offering must not loosen what holds.
    private OfferTerms InForce(AgreementRecord agreement, CallerIdentity caller, string purpose)
    {
        var agreed = agreement.Terms.Offer;
        var current = offers.Current(agreed.Terms.Name);
        if (current is null || current.Version == agreed.Version)
        {
            return agreed.Terms;
        }

        if (!OfferMatching.Matches(current.Terms.Consumers, caller.Participant) || !current.Terms.Purposes.Contains(purpose))
        {
            throw Reasons.OfferNarrowed.Because(
                "The owner has narrowed the offer since: it no longer covers this caller or purpose.", "Ask the owner, or request an agreement on another offer.");
        }

        var product = register.Current.Products.GetValueOrDefault(agreement.Product)
            ?? throw Reasons.ProductUnknown.Because("The product is not in the register.", "Try again once the node has fetched the register.");
        return OfferRules.StricterOf(agreed.Terms, current.Terms, product);
    }
}
