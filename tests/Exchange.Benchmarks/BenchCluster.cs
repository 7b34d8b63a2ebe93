using System.Security.Cryptography;
using Exchange.Cli.Hosting;
using Exchange.Cli.Trials;
using Exchange.Client.Files;
using Exchange.Node.Sessions;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Owner.V1;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Benchmarks;

/// <summary>n owners with a part of the readings each, and a laboratory that may ask them all.</summary>
internal sealed class BenchCluster : IAsyncDisposable
{
    private const string Asker = "lab";
    private readonly int _owners;
    private readonly string _folder;

    private BenchCluster(LocalExchange exchange, int owners, string folder)
    {
        Exchange = exchange;
        _owners = owners;
        _folder = folder;
    }

    public LocalExchange Exchange { get; }

    public string AskerHome => Exchange.HomeOf(Asker);

    public IEnumerable<string> OwnerHomes => Enumerable.Range(0, _owners).Select(number => Exchange.HomeOf(NameOf(number)));

    /// <summary>Owners under the terms of <see cref="ReadingsData.OfferYaml"/>.</summary>
    public static Task<BenchCluster> StartAsync(string folder, int owners, IReadOnlyList<string> sources, CancellationToken cancellationToken) =>
        StartAsync(folder, owners, sources, ReadingsData.ProductYaml, ReadingsData.OfferYaml, cancellationToken);

    /// <summary>Owners under other terms; without terms they publish and offer nothing.</summary>
    public static async Task<BenchCluster> StartAsync(
        string folder, int owners, IReadOnlyList<string> sources, string productYaml, string? offerYaml, CancellationToken cancellationToken)
    {
        var homes = Path.Combine(folder, $"homes-{owners}");
        Directory.CreateDirectory(homes);
        var members = Enumerable.Range(0, owners).Select(number => Member(NameOf(number), ParticipantKind.Enterprise)).Append(Member(Asker, ParticipantKind.Institute)).ToList();
        var exchange = await LocalExchange.StartAsync(homes, members, deleteFolder: true, TimeProvider.System, new Progress<string>(), cancellationToken).ConfigureAwait(false);
        var product = ProductFile.Read(Written(folder, "product.yaml", productYaml));
        var cluster = new BenchCluster(exchange, owners, folder);
        await exchange[NameOf(0)].Offers.PublishProductAsync(product, cancellationToken).ConfigureAwait(false);
        await exchange.RefreshRegistersAsync(cancellationToken).ConfigureAwait(false);
        for (var number = 0; number < owners; number++)
        {
            var owner = exchange[NameOf(number)];
            await owner.Datasets.PublishAsync(
                new PublishDatasetRequest { Product = "readings/1", Source = sources[number], Mode = PublishMode.Replace }, null, cancellationToken).ConfigureAwait(false);
            if (offerYaml is not null)
            {
                await cluster.OfferAsync(number, offerYaml, cancellationToken).ConfigureAwait(false);
            }
        }

        if (offerYaml is null)
        {
            return cluster;
        }

        await TrialAgreements.RequestAsync(exchange[Asker].Agreements, "readings/1", "research", cancellationToken).ConfigureAwait(false);
        return cluster;
    }

    /// <summary>Has every owner offer the same data under other rules for another purpose, and agrees on it. Of the last ones, some answer one question a day.</summary>
    public async Task OfferAsync(
        string name, string purpose, Disclosure rules, CancellationToken cancellationToken, Aggregation aggregation = Aggregation.Each, int answeringOnce = 0)
    {
        var terms = OfferFile.Read(Written(_folder, name + ".yaml", ReadingsData.OfferYaml));
        (terms.Name, terms.Disclosure, terms.Aggregation) = (name, rules, aggregation);
        terms.Purposes.Clear();
        terms.Purposes.Add(purpose);
        foreach (var number in Enumerable.Range(0, _owners))
        {
            terms.QueriesPerDay = number >= _owners - answeringOnce ? 1 : 0;
            await Exchange[NameOf(number)].Offers.SetAsync(new SetOfferRequest { Terms = terms, BesideExact = true }, cancellationToken).ConfigureAwait(false);
        }

        await TrialAgreements.RequestAsync(Exchange[Asker].Agreements, "readings/1", purpose, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sets an owner's offer.</summary>
    public Task OfferAsync(int number, string offerYaml, CancellationToken cancellationToken) =>
        Exchange[NameOf(number)].Offers.SetAsync(OfferFile.Read(Written(_folder, "offer.yaml", offerYaml)), cancellationToken);

    /// <summary>The next secure sum over all owners agrees on new keys.</summary>
    public void ForgetAgreedKeys() => Exchange.NodeOf(Asker).Services.GetRequiredService<AgreedCohorts>()
        .Forget(new Cohort(new byte[SHA256.HashSizeInBytes], Enumerable.Range(0, _owners).Select(NameOf), new SumLayout(1, 0), Cohort.ParticipantsMin, Asker));

    /// <summary>Asks, and insists that every owner answered. With the id of an earlier question the owners repeat their stored answers.</summary>
    public Task<RunQueryResponse> AskAsync(string sql, CancellationToken cancellationToken, string queryId = "", string purpose = "research", double rho = 0) =>
        AskAsync(new RunQueryRequest { Sql = sql, Purpose = purpose, Require = -1, QueryId = queryId, Rho = rho }, cancellationToken);

    /// <summary>Asks the last owners, and insists that each of them answered.</summary>
    public Task<RunQueryResponse> AskLastAsync(int owners, string sql, string purpose, CancellationToken cancellationToken) => AskAsync(
        new RunQueryRequest { Sql = sql, Purpose = purpose, Require = -1, Participants = { Enumerable.Range(_owners - owners, owners).Select(NameOf) } }, cancellationToken);

    /// <summary>Asks everybody, and insists that so many answered and no more.</summary>
    public async Task AskExactlyAsync(int answering, string sql, string purpose, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(new RunQueryRequest { Sql = sql, Purpose = purpose, Require = answering }, cancellationToken).ConfigureAwait(false);
        if (answer.Coverage.Count(part => part.Status == CoverageStatus.Answered) != answering)
        {
            throw new InvalidOperationException("Other owners answered than were meant to.");
        }
    }

    private async Task<RunQueryResponse> AskAsync(RunQueryRequest request, CancellationToken cancellationToken)
    {
        var answer = await Exchange[Asker].Queries.RunAsync(request, cancellationToken).ConfigureAwait(false);
        return answer.Response.Error is null ? answer.Response : throw new InvalidOperationException(answer.Response.Error.Message);
    }

    public ValueTask DisposeAsync() => Exchange.DisposeAsync();

    private static string NameOf(int number) => $"owner{number:000}";

    private static Participant Member(string id, ParticipantKind kind) => new() { Id = id, Kind = kind, Region = "CN-ZJ" };

    private static string Written(string folder, string name, string text)
    {
        var file = Path.Combine(folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
