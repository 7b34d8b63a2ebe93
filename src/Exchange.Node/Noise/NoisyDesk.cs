using System.Security.Cryptography;
using Exchange.Engines;
using Exchange.Node.Catalog;
using Exchange.Node.Hosting;
using Exchange.Node.Storage;
using Exchange.Privacy.Noise;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Products;
using Google.Protobuf;

namespace Exchange.Node.Noise;

/// <summary>A question to a <c>noisy</c> offer.</summary>
/// <param name="Query">As its asker signed it.</param>
/// <param name="Consumer">Who asks.</param>
/// <param name="AgreementId">Under which agreement.</param>
/// <param name="Terms">The terms in force.</param>
/// <param name="Product">The product.</param>
/// <param name="Source">The newest version of the dataset.</param>
internal sealed record NoisyQuestion(JointQuery Query, string Consumer, string AgreementId, OfferTerms Terms, Product Product, DatasetSource Source);

/// <summary>
/// Answers questions with noise, in this order: 1 bring the question into its normal form and approve it; 2 plan the noise; 3 give
/// the stored answer if the same was asked before of the same rows, by whomever; 4 charge the budget, durably; 5 run; 6 add noise; 7 store.
/// </summary>
/// <remarks>
/// Guarantee: all answers about the rows of one epoch together are ρ-zCDP with the ρ of the budget, except with the δ that thresholds cost, for
/// datasets that differ in one privacy unit. It assumes that a unit has one id, that the engine adds up as told, and that the random
/// generator is good; it says nothing of answers in other release classes. A stored answer is the same release again and costs nothing
/// (post-processing). See the README of this folder.
/// </remarks>
internal sealed class NoisyDesk(PrivacyLedger ledger, NoisePool pool, EngineSet engines, DatasetStore datasets, StateStore state, NodeLimits limits)
{
    // The same question must not be charged twice because it comes twice at once.
    private readonly SemaphoreSlim[] _asking = [.. Enumerable.Range(0, 256).Select(_ => new SemaphoreSlim(1))];

    /// <summary>The answer, in the columns asked for.</summary>
    /// <exception cref="ExchangeException">Refusals of the policy; <see cref="Reasons.BudgetExhausted"/>; <see cref="Reasons.BoundsMissing"/>.</exception>
    public async Task<FragmentAnswer> AnswerAsync(NoisyQuestion question, CancellationToken cancellationToken)
    {
        // 1
        NearestQuery.Approve(question.Query.Fragment, question.Product, question.Terms, limits.Fragments);
        var form = NormalForm.Of(question.Query.Fragment);
        var approved = FragmentPolicy.Approve(form.Fragment, question.Product, question.Terms, limits.Fragments);
        // 2
        var plan = NoisyPlan.Of(approved, question.Terms.Budget, question.Query.Rho, ledger.OrderKey);
        var asking = _asking[HashOf(form, question, [])[0]];
        await asking.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return Asked(await AnswerAsync(question, form, plan, cancellationToken).ConfigureAwait(false), form, question.Query.Fragment);
        }
        finally
        {
            asking.Release();
        }
    }

    private async Task<FragmentAnswer> AnswerAsync(NoisyQuestion question, NormalForm form, NoisyPlan plan, CancellationToken cancellationToken)
    {
        var (source, budget) = (question.Source, question.Terms.Budget);
        var dataset = datasets.Get(question.Product.Id);
        var epochs = DataEpochs.Of(dataset, source, budget.Per);
        var firstPublished = DataEpochs.AdmittedAt(dataset, source.Parts[0]);
        var charge = new Charge(question.Product.Id, question.Consumer, question.AgreementId, plan.Rho, plan.Delta);
        // 3 and 4
        var (stored, reservation) = await state.WriteAsync<(FragmentAnswer?, BudgetReservation?)>(connection =>
        {
            var withRoom = ledger.PartsWithRoom(connection, charge, epochs, firstPublished, budget);
            var known = PrivacyLedger.FindAnswer(connection, HashOf(form, question, source.Parts), plan.Rho) ?? PrivacyLedger.FindAnswer(connection, HashOf(form, question, withRoom), plan.Rho);
            return known is not null ? (known, null) : (null, ledger.Reserve(connection, charge, epochs, firstPublished, budget, question.Query.QueryId));
        }, cancellationToken).ConfigureAwait(false);
        if (stored is not null)
        {
            stored.Noise.RepeatedAnswer = true;
            stored.Noise.RhoLeft = state.Read(connection => LeftOf(connection, charge, epochs, firstPublished, budget)).Value;
            return stored;
        }

        // 5
        var looked = source with { Parts = reservation!.Parts };
        var raw = await engines[source.Engine].RunAsync(plan.Scan, looked, cancellationToken).ConfigureAwait(false);
        // 6
        var answer = NoisyRelease.Of(plan, form.Fragment, question.Product, raw, pool).Answer;
        answer.DatasetVersion = source.Version;
        answer.Noise.PartsLeftOut = reservation.LeftOut;
        // 7
        await ledger.StoreAsync(HashOf(form, question, reservation.Parts), question.Product.Id, plan.Rho, answer).ConfigureAwait(false);
        answer.Noise.RhoLeft = reservation.Left.Value;
        return answer;
    }

    /// <summary>What a consumer could still spend on the epoch with the most room.</summary>
    internal static Rho LeftOf(Microsoft.Data.Sqlite.SqliteConnection connection, Charge charge, IReadOnlyList<DataEpoch> epochs, DateTimeOffset firstPublished, PrivacyBudget budget) =>
        epochs.Select(epoch => new Rho(Math.Min(
            (Rho.Limit(budget.AgreementRho) - PrivacyLedger.Spent(connection, charge.Product, charge.Consumer, epoch, firstPublished).Spent).Units,
            (Rho.Limit(budget.Rho) - PrivacyLedger.Spent(connection, charge.Product, null, epoch, firstPublished).Spent).Units))).Max();

    // What the answer depends on: the question, the rows, and how contributions are bounded.
    private static byte[] HashOf(NormalForm form, NoisyQuestion question, IReadOnlyList<string> parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(form.Fragment.ToByteArray());
        var budget = question.Terms.Budget;
        hash.AppendData(new PrivacyBudget { GroupsPerUnit = budget.GroupsPerUnit, RowsPerGroup = budget.RowsPerGroup, Delta = budget.Delta }.ToByteArray());
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', parts.Append(question.Source.Stamp?.ToString() ?? ""))));
        return hash.GetHashAndReset();
    }

    /// <summary>The columns in the order asked for, moments about the asker's shift.</summary>
    private static FragmentAnswer Asked(FragmentAnswer answer, NormalForm form, Fragment asked)
    {
        var response = new FragmentAnswer { CellCount = answer.CellCount, DatasetVersion = answer.DatasetVersion, Noise = answer.Noise.Clone() };
        response.Noise.Columns.Clear();
        response.Keys.AddRange(form.Keys.Select(place => answer.Keys[place]));
        for (var index = 0; index < asked.Aggregates.Count; index++)
        {
            var place = form.Aggregates[index];
            response.States.Add(About(asked.Aggregates[index], answer.States[place]));
            response.Noise.Columns.Add(answer.Noise.Columns[place]);
        }

        return response;
    }

    private static StateColumn About(Aggregate aggregate, StateColumn column)
    {
        if (aggregate.Kind != AggregateKind.Moments)
        {
            return column;
        }

        var (about, shift) = (column.Clone(), aggregate.ShiftX);
        for (var index = 0; index < column.Counts.Count; index++)
        {
            double n = column.Counts[index];
            about.X[index] = column.X[index] - (shift * n);
            about.Xx[index] = column.Xx[index] - (2 * shift * column.X[index]) + (shift * shift * n);
        }

        return about;
    }
}
