using Exchange.Client.Connections;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Client.Budgets;

/// <summary>Privacy budgets on both sides. Obtained from <see cref="ExchangeClient.Budgets"/>.</summary>
public sealed class BudgetClient
{
    private readonly HomeChannel _channel;
    private readonly BudgetService.BudgetServiceClient _service;

    internal BudgetClient(HomeChannel channel)
    {
        _channel = channel;
        _service = new BudgetService.BudgetServiceClient(channel.Channel);
    }

    /// <summary>What others spent of this owner's budgets, and what is left of those that others granted.</summary>
    public Task<ListBudgetsResponse> ListAsync(CancellationToken cancellationToken) =>
        _channel.CallAsync(options => _service.ListBudgetsAsync(new ListBudgetsRequest(), options), cancellationToken);
}
