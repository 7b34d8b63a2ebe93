using System.Globalization;
using Exchange.Cli.Terminal;
using Exchange.Client;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Queries;

/// <summary>
/// <c>--error 5%</c>: the charge that brings the standard error of every figure down to a part of it. How large the figures are nobody may know
/// for nothing, so the question is asked roughly first, at a tenth of the usual charge; noise falls with the square root of the charge, so the
/// rough answer tells what the wanted one costs. Each of both charges is said before it is spent, and <c>--rho</c> is the most they may be
/// together. Figures that are lost in the noise of the rough answer are left out, for nothing can be said of them, and so are quantiles, which no
/// charge brings closer than a bin.
/// </summary>
internal static class WantedError
{
    private const double RoughPart = 0.1;
    private const double FigureErrorsLeast = 3;
    private const int DigitsSaid = 3;

    /// <summary>Reads the percentage.</summary>
    public static double Read(string text) =>
        text.EndsWith('%') && double.TryParse(text[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 100
            ? percent / 100
            : throw Reasons.Usage.Because("--error takes a percentage above 0 and up to 100.", "Write for example --error 5%.");

    /// <summary>Says what the rough look costs and what both charges may be together. Asks nothing and spends nothing.</summary>
    /// <returns>The charge of the rough look, and the most that may be spent at an owner in all.</returns>
    /// <exception cref="ExchangeException">Where no owner answers with noise, or the look alone costs too much.</exception>
    public static async Task<(double Rough, double Most)> SayAsync(CliSession cli, ExchangeClient client, RunQueryRequest request, double error, CancellationToken cancellationToken)
    {
        var explained = await client.Queries.ExplainAsync(
            new ExplainQueryRequest { Sql = request.Sql, Purpose = request.Purpose, Participants = { request.Participants }, Release = ReleaseClass.Noisy }, cancellationToken).ConfigureAwait(false);
        var budgets = explained.Owners.Where(owner => owner.Refusal is null && owner.Budget is { Accounts.Count: > 0 }).Select(owner => owner.Budget).ToList();
        if (budgets.Count == 0)
        {
            throw Reasons.Usage.Because("--error is for owners that answer with noise, and none would be asked.", "Leave it out, or ask for agreements on `noisy` offers.");
        }

        var rough = budgets.Min(budget => budget.UsualCharge) * RoughPart;
        var left = budgets.Min(budget => budget.Accounts.Max(account => account.RhoLeft));
        var most = request.Rho > 0 ? Math.Min(request.Rho, left) : left;
        cli.Error.WriteLine(FormattableString.Invariant(
            $"what a standard error of {error:0.###%} costs depends on the size of the figures: a rough look costs {rough:R} zCDP at each of {budgets.Count} owners, then the charge is said before it is spent; both together at most {most:R}"));
        return rough <= most ? (rough, most) : throw Reasons.BudgetExhausted.Because(
            FormattableString.Invariant($"A rough look costs {rough:R} zCDP, and {most:R} may be spent."), "Allow more with --rho, or choose a charge without --error.");
    }

    /// <summary>Looks roughly and sets the charge of the request, which is said.</summary>
    /// <exception cref="ExchangeException"><c>BUDGET_EXHAUSTED</c> where the wanted precision costs more than may be spent; the rough look is spent then.</exception>
    public static async Task ChooseAsync(CliSession cli, ExchangeClient client, RunQueryRequest request, double error, CancellationToken cancellationToken)
    {
        var (rough, most) = await SayAsync(cli, client, request, error, cancellationToken).ConfigureAwait(false);
        request.Release = ReleaseClass.Noisy;
        request.Rho = rough;
        var answer = (await client.Queries.RunAsync(request, cancellationToken).ConfigureAwait(false)).Response;
        if (answer.Error is not null)
        {
            // Asked again it is refused again, in the form of an answer.
            return;
        }

        var parts = answer.Rows.SelectMany(row => row.ErrorBounds.Where(bound => !bound.OfGrid).Select(bound => (Figure: FigureOf(row.Values[bound.Column]), Error: bound.StdError))).ToList();
        var told = parts.Where(part => part.Figure > FigureErrorsLeast * part.Error).ToList();
        if (told.Count == 0)
        {
            throw Reasons.BudgetExhausted.Because(
                FormattableString.Invariant($"Asked roughly, for {rough:R} zCDP, every figure is lost in its noise or, as a quantile, never closer than a bin."), "Ask about larger groups, or choose a charge with --rho.");
        }

        var needed = RoundedUp(rough * Math.Pow(told.Max(part => part.Error / part.Figure) / error, 2));
        if (needed <= rough)
        {
            cli.Error.WriteLine(FormattableString.Invariant($"the rough look is as precise as that in {told.Count} of {parts.Count} figures; nothing more is spent"));
            return;
        }

        var costs = FormattableString.Invariant($"a standard error of {error:0.###%} in {told.Count} of {parts.Count} figures costs another {needed:R} zCDP");
        request.Rho = rough + needed <= most ? needed : throw Reasons.BudgetExhausted.Because(
            FormattableString.Invariant($"The rough look cost {rough:R} zCDP, {costs}, and both together may be {most:R}."), "Allow more with --rho, or a larger error.");
        cli.Error.WriteLine(costs);
    }

    /// <summary>To the digits that are said, so that what is said is what is charged.</summary>
    internal static double RoundedUp(double charge)
    {
        var unit = Math.Pow(10, Math.Floor(Math.Log10(charge)) - DigitsSaid + 1);
        return double.Parse((Math.Ceiling(charge / unit) * unit).ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    private static double FigureOf(Protocol.Query.V1.Value value) => Math.Abs(value.KindCase switch
    {
        Protocol.Query.V1.Value.KindOneofCase.IntValue => value.IntValue,
        Protocol.Query.V1.Value.KindOneofCase.DoubleValue => value.DoubleValue,
        Protocol.Query.V1.Value.KindOneofCase.DecimalValue => double.Parse(value.DecimalValue, CultureInfo.InvariantCulture),
        _ => 0,
    });
}
