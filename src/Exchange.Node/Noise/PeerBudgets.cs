using Exchange.Node.Peers;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;

namespace Exchange.Node.Noise;

/// <summary>Asks other owners' nodes what this participant can still spend.</summary>
internal sealed class PeerBudgets(PeerClients peers, TimeProvider time)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>Asks one; never throws for the node's sake.</summary>
    public async Task<HeldBudget> AskAsync(string provider, string agreementId, CancellationToken cancellationToken)
    {
        var held = new HeldBudget { Provider = provider, AgreementId = agreementId };
        try
        {
            held.Budget = await PeerCall.RunAsync($"node of {provider}", Deadline, time, async token =>
            {
                var client = new Protocol.Query.V1.BudgetService.BudgetServiceClient(await peers.ForAsync(provider, token).ConfigureAwait(false));
                return await client.GetBudgetAsync(new GetBudgetRequest { AgreementId = agreementId }, cancellationToken: token).ConfigureAwait(false);
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (ExchangeException error)
        {
            held.Refusal = new Refusal { Reason = error.Reason.Name, Message = error.Message, Action = error.Action };
        }

        return held;
    }
}
