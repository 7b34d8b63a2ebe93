using Exchange.Node.Noise;
using Exchange.Privacy.Noise;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Previews;
using Exchange.Protocol.Query.V1;
using static System.FormattableString;

namespace Exchange.Node.Queries;

/// <summary>Budgets and charges in words.</summary>
internal static class NoiseWords
{
    /// <summary>What an owner's answer cost.</summary>
    public static string Of(ParticipantCoverage coverage)
    {
        var noise = coverage.Noise;
        var cost = noise.RepeatedAnswer ? "was answered before and cost nothing" : Invariant($"cost {noise.Rho:R} zCDP");
        var left = noise.PartsLeftOut > 0 ? Invariant($"; {noise.PartsLeftOut} parts of its data, whose budget is spent, are left out") : "";
        return Invariant($"{coverage.ParticipantId}: {cost}, {noise.RhoLeft:R} left{left}.");
    }

    /// <summary>What a question would cost, and what would be left of each budget.</summary>
    public static string Of(GetBudgetResponse budget, double rho)
    {
        var charge = rho == 0 ? budget.UsualCharge : rho;
        return Invariant($"this question costs {charge:R} zCDP unless it was answered before; left: ")
            + string.Join(", ", budget.Accounts.Select(account => Invariant($"{account.RhoLeft:R} of {account.RhoLimit:R} for the data of {account.Epoch}")));
    }

    /// <summary>What a consumer should know of the budget before asking.</summary>
    public static IEnumerable<string> Rules(PrivacyBudget budget, string unit)
    {
        var epsilon = ConcentratedPrivacy.EpsilonOf(budget.Rho, budget.Delta);
        yield return Invariant($"budget of {budget.Rho:R} zCDP over all consumers, {budget.AgreementRho:R} for you, for data of one {budget.Per}: ({epsilon:0.00}, {budget.Delta:R})-differential privacy");
        yield return Invariant($"a question costs {budget.AgreementRho / NoisyPlan.UsualQuestions:R} zCDP unless it asks for another charge; asked again, nothing");
        foreach (var statement in NoiseStatements.Of(budget, unit))
        {
            yield return statement;
        }
    }
}
