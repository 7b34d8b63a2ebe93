using System.Globalization;
using Exchange.Cli.Terminal;
using Exchange.Client;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Queries;

/// <summary>
/// <c>--error 5%</c>: the charge that brings the standard error of every figure down to a part of it. The question is asked roughly first, at
/// a tenth of the usual charge; noise falls with the square root of the charge, so the rough answer tells what the wanted one costs. That is said
/// before it is spent. Figures that are lost in the noise of the rough answer are left out, for nothing can be said of them.
/// </summary>
internal static class WantedError
{
    private const double RoughPart = 0.1;
    private const double FigureErrorsLeast = 3;

    /// <summary>Reads the percentage.</summary>
    public static double Read(string text) =>
        text.EndsWith('%') && double.TryParse(text[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var percent) && percent is > 0 and <= 100
            ? percent / 100
            : throw Reasons.Usage.Because("--error takes a percentage above 0 and up to 100.", "Write for example --error 5%.");

    /// <summary>Sets the charge of the request, saying on the way what was spent and what it will cost.</summary>
    public static async Task ChooseAsync(CliSession cli, ExchangeClient client, RunQueryRequest request, double error, CancellationToken cancellationToken)
    {
        var explained = await client.Queries.ExplainAsync(
            new ExplainQueryRequest { Sql = request.Sql, Purpose = request.Purpose, Participants = { request.Participants }, Release = ReleaseClass.Noisy }, cancellationToken).ConfigureAwait(false);
        var usual = explained.Owners.Where(owner => owner.Refusal is null && owner.Budget is not null).Select(owner => owner.Budget.UsualCharge).DefaultIfEmpty(0).Min();
        if (usual == 0)
        {
            throw Reasons.Usage.Because("--error is for owners that answer with noise, and none would be asked.", "Leave it out, or ask for agreements on `noisy` offers.");
        }

        request.Release = ReleaseClass.Noisy;
        var rough = request.Clone();
        rough.Rho = usual * RoughPart;
        var answer = (await client.Queries.RunAsync(rough, cancellationToken).ConfigureAwait(false)).Response;
        var parts = answer.Rows.SelectMany(row => row.ErrorBounds.Select(bound => (Figure: Math.Abs((bound.Low + bound.High) / 2), Error: bound.StdError))).ToList();
        var told = parts.Where(part => part.Figure > FigureErrorsLeast * part.Error).ToList();
        if (told.Count == 0)
        {
            throw Reasons.BudgetExhausted.Because(
                FormattableString.Invariant($"Asked roughly, for {rough.Rho:R} zCDP, every figure is lost in its noise."), "Ask about larger groups, or choose a charge with --rho.");
        }

        request.Rho = rough.Rho * Math.Pow(told.Max(part => part.Error / part.Figure) / error, 2);
        var left = explained.Owners.Where(owner => owner.Budget is not null).SelectMany(owner => owner.Budget.Accounts).Select(account => account.RhoLeft).DefaultIfEmpty(0).Min();
        cli.Error.WriteLine(FormattableString.Invariant(
            $"asked roughly for {rough.Rho:R} zCDP; a standard error of {error:P0} in {told.Count} of {parts.Count} figures costs {request.Rho:0.#####E+0} of {left:R} left at the owner that has least"));
    }
}
