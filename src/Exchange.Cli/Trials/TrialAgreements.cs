using Exchange.Client.Agreements;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Trials;

/// <summary>
/// Requests agreements until every owner has spoken. A request that an owner does not answer in time is no refusal: it stays as it is and is
/// said again later. All owners of a trial are on one machine, so a busy one may keep any of them waiting, and the questions come at once.
/// </summary>
internal static class TrialAgreements
{
    private const int TriesMax = 20;

    /// <summary>Requests them of all owners of the product, and says again what an owner that decides by itself has not answered.</summary>
    /// <returns>What each said last.</returns>
    public static async Task<IReadOnlyList<AgreementRequestOutcome>> RequestAsync(AgreementClient client, string product, string purpose, CancellationToken cancellationToken)
    {
        var outcomes = (await client.RequestAsync(new RequestAgreementsRequest { Product = product, Purpose = purpose }, cancellationToken).ConfigureAwait(false)).ToDictionary(outcome => outcome.ParticipantId);
        for (var tries = 0; tries < TriesMax; tries++)
        {
            var unheard = outcomes.Values.Where(outcome => outcome.Refusal is { } refusal && (refusal.Reason == Reasons.Unreachable.Name || refusal.Reason == Reasons.DeadlineExceeded.Name))
                .Select(outcome => outcome.ParticipantId).ToList();
            if (unheard.Count > 0)
            {
                var again = new RequestAgreementsRequest { Product = product, Purpose = purpose, Participants = { unheard } };
                foreach (var outcome in await client.RequestAsync(again, cancellationToken).ConfigureAwait(false))
                {
                    outcomes[outcome.ParticipantId] = outcome;
                }
            }
            else if (!outcomes.Values.Any(outcome => IsOwed(outcome.Agreement)) || !(await client.ListAsync(cancellationToken).ConfigureAwait(false)).Any(IsOwed))
            {
                break;
            }
        }

        // Whoever has no offer is not asked but by name.
        return [.. outcomes.Values.Where(outcome => outcome.Refusal?.Reason != Reasons.NoMatchingOffer.Name)];
    }

    // To list agreements is to say again what is owed about them.
    private static bool IsOwed(Agreement? agreement) => agreement is { State: AgreementState.Requested }
        && AgreementTerms.Parser.ParseFrom(agreement.ConsumerSigned.Payload).Offer.Terms.Approval == Approval.Automatic;
}
