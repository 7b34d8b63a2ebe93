using Exchange.Protocol.Catalog.V1;
using static System.FormattableString;

namespace Exchange.Protocol.Previews;

/// <summary>
/// What each mechanism of a <c>noisy</c> offer guarantees, for which neighbouring data, under which assumptions, and where that is proven; the
/// same sentences before an agreement and before a question. In full in the README of the node's folder Noise.
/// </summary>
public static class NoiseStatements
{
    /// <summary>The sentences, without an end mark.</summary>
    /// <param name="budget">The offer's budget.</param>
    /// <param name="unit">The product's privacy unit; <c>row</c> where each row is one.</param>
    public static IReadOnlyList<string> Of(PrivacyBudget budget, string unit) =>
    [
        $"neighbours are data with and without all rows of one {unit}" + (unit == "row" ? "" : $", which assumes that nobody has two of them; who has rows of k {budget.Per}s is protected by k budgets together"),
        "every figure, also of an empty group, has discrete Gaussian noise: an answer charged ρ is ρ-zCDP, if the owner's random bits are fair (Canonne, Kamath and Steinke 2020)",
        Invariant($"before that a {unit} is cut to {budget.GroupsPerUnit} groups and {budget.RowsPerGroup} rows in each, and values to the product's bounds in whole steps, so that nobody changes a figure by more than the noise is made for (Wilson et al. 2020; Casacuberta et al. 2022); what was cut away no interval tells"),
        "smallest and largest values and quantiles come out of a histogram with such noise in every bin of the product's grid: the rows of a unit in one group are together no longer a vector than those of a count, so it costs as much as one",
        Invariant($"keys that the product does not declare are shown from a noisy number of units on: one that is alone in its groups shows with a probability of at most {budget.Delta / ThresholdsOfBudget:R} a question (Korolova et al. 2009)"),
        "the ledger charges before it looks, so all answers about the same rows together are zCDP with the whole budget, however they are chosen and whoever asks (Whitehouse et al. 2023); an answer given again, an interval and a merge cost nothing",
        "none of this holds of exact answers about the same rows, nor of how long answers take, which is only made hard to read",
    ];

    /// <summary>δ of the thresholds of one question is this part of the budget's.</summary>
    public const int ThresholdsOfBudget = 100;
}
