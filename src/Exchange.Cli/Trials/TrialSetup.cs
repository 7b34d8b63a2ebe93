using Exchange.Cli.Datasets;
using Exchange.Cli.Hosting;
using Exchange.Cli.Terminal;
using Exchange.Cli.Views;
using Exchange.Client.Files;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Cli.Trials;

/// <summary>Publishes everything a trial names and concludes the agreements its questions need.</summary>
internal sealed class TrialSetup(CliSession cli, TrialDefinition trial, LocalExchange exchange, string? engine, IProgress<string> progress)
{
    private static readonly int AtOnce = Math.Max(2, Environment.ProcessorCount);

    /// <summary>Products, then datasets with their offers, then agreements.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await PublishProductsAsync(cancellationToken).ConfigureAwait(false);
        await PublishDatasetsAsync(cancellationToken).ConfigureAwait(false);
        await RequestAgreementsAsync(cancellationToken).ConfigureAwait(false);
    }

    // The publisher is the first participant that has the product as a dataset; a product nobody has is nobody's to publish.
    private async Task PublishProductsAsync(CancellationToken cancellationToken)
    {
        progress.Report("publishing products…");
        foreach (var product in trial.Products)
        {
            var id = $"{product.Name}/{product.Major}";
            var publisher = trial.Participants.FirstOrDefault(participant => participant.Datasets.Any(dataset => dataset.Product == id));
            if (publisher is null)
            {
                cli.Error.WriteLine($"The product {id} is left out: no participant has a dataset for it.");
                continue;
            }

            await exchange[publisher.Member.Id].Offers.PublishProductAsync(product, cancellationToken).ConfigureAwait(false);
        }

        await exchange.RefreshRegistersAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task PublishDatasetsAsync(CancellationToken cancellationToken)
    {
        var datasets = trial.Participants.SelectMany(participant => participant.Datasets.Select(dataset => (participant.Member.Id, dataset))).ToList();
        var published = 0;
        var bounds = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(datasets, bounds, async (item, stop) =>
        {
            await PublishAsync(item.Id, item.dataset, stop).ConfigureAwait(false);
            progress.Report($"published {Interlocked.Increment(ref published)} of {datasets.Count} datasets");
        }).ConfigureAwait(false);
    }

    private async Task PublishAsync(string participant, TrialDataset dataset, CancellationToken cancellationToken)
    {
        var request = new PublishDatasetRequest
        {
            Product = dataset.Product,
            Source = dataset.Source,
            Engine = engine ?? dataset.Engine,
            Encoding = dataset.Encoding == "UTF-8" ? "" : dataset.Encoding,
            Mode = PublishMode.Replace,
        };
        PublishReport report;
        try
        {
            report = await exchange[participant].Datasets.PublishAsync(request, null, cancellationToken).ConfigureAwait(false);
        }
        catch (ExchangeException failure)
        {
            throw failure.Reason.Because($"{participant}: {failure.Message}", failure.Action);
        }

        if (report.Version is null)
        {
            lock (cli)
            {
                CliSession.Console(cli.Error).Write(ReportView.ViolationsOf(report).ToTable());
            }

            var refusal = Publishing.Refusal(dataset.Product);
            throw refusal.Reason.Because($"{participant}: {refusal.Message}", "Mend the rows in the source.");
        }

        if (dataset.Offer is not null)
        {
            await exchange[participant].Offers.SetAsync(dataset.Offer, cancellationToken).ConfigureAwait(false);
        }
    }

    // A question names its product by the table's name; a name that only looks like it costs one needless agreement.
    private async Task RequestAgreementsAsync(CancellationToken cancellationToken)
    {
        progress.Report("requesting agreements…");
        var wanted = trial.Queries
            .SelectMany(query => trial.Products.Where(product => query.Sql.Contains(product.Name, StringComparison.OrdinalIgnoreCase))
                .Select(product => (query.As, query.Purpose, Product: $"{product.Name}/{product.Major}")))
            .Distinct();
        foreach (var (asker, purpose, product) in wanted)
        {
            try
            {
                var outcomes = await TrialAgreements.RequestAsync(exchange[asker].Agreements, product, purpose, cancellationToken).ConfigureAwait(false);
                foreach (var outcome in outcomes.Where(outcome => outcome.Refusal is not null))
                {
                    cli.Error.WriteLine($"{outcome.ParticipantId} gives {asker} no agreement on {product}: {outcome.Refusal.Reason}: {outcome.Refusal.Message}");
                }
            }
            catch (ExchangeException failure) when (failure.Reason.Kind is ErrorKind.Refused or ErrorKind.BadInput)
            {
                // Then the question itself is refused, with its reason, in its place.
                cli.Error.WriteLine($"{asker} gets no agreement on {product}: {failure.Reason.Name}: {failure.Message}");
            }
        }
    }
}
