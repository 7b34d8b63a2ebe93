using System.CommandLine;
using System.Text.Json.Nodes;
using Exchange.Cli.Terminal;
using Exchange.Protocol.Query.V1;

namespace Exchange.Cli.Budgets;

/// <summary><c>budget</c>: what was spent of privacy budgets, as owner and as consumer.</summary>
internal static class BudgetCommand
{
    public static Command Create(CliSession cli)
    {
        var command = new Command("budget", "Show what was spent of privacy budgets, and what is left, as owner and as consumer.");
        command.SetAction(async (_, cancellationToken) =>
        {
            using var client = cli.ConnectNode();
            var budgets = await client.Budgets.ListAsync(cancellationToken).ConfigureAwait(false);
            var rows = budgets.Granted.Select(account => Row("owner", client.ParticipantId, account))
                .Concat(budgets.Held.SelectMany(held => held.Refusal is { } refusal
                    ? [new JsonObject { ["as"] = "consumer", ["provider"] = held.Provider, ["consumer"] = client.ParticipantId, ["reason"] = refusal.Reason }]
                    : held.Budget.Accounts.Select(account => Row("consumer", held.Provider, account))));
            cli.WriteList(rows, "as", "provider", "consumer", "product", "epoch", "rho_spent", "rho_limit", "rho_left", "epsilon_spent", "epsilon_limit", "delta", "delta_spent", "reason");
            return 0;
        });
        return command;
    }

    private static JsonObject Row(string side, string provider, BudgetAccount account) => new()
    {
        ["as"] = side,
        ["provider"] = provider,
        ["consumer"] = account.Consumer.Length > 0 ? account.Consumer : "all together",
        ["product"] = account.Product,
        ["epoch"] = account.Epoch,
        ["rho_spent"] = account.RhoSpent,
        ["rho_limit"] = account.RhoLimit,
        ["rho_left"] = account.RhoLeft,
        ["epsilon_spent"] = Math.Round(account.EpsilonSpent, 4),
        ["epsilon_limit"] = Math.Round(account.EpsilonLimit, 4),
        ["delta"] = account.Delta,
        ["delta_spent"] = account.DeltaSpent,
    };
}
