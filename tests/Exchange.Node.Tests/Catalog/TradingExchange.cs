using System.Text.Json.Nodes;
using Dapper;
using Exchange.Node.Agreements;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Node.Storage;
using Exchange.Node.Tests.Agreements;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Owner.V1;
using Exchange.Tests.Support;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using V1 = Exchange.Protocol.Owner.V1;

namespace Exchange.Node.Tests.Catalog;

/// <summary>An exchange with an owner (a mill), a consumer (a lab) and a rival firm, and the product readings/1.</summary>
public class TradingExchange : IAsyncLifetime
{
    private readonly TimeProvider _time;
    private TestExchange? _exchange;

    public TradingExchange()
        : this(TimeProvider.System)
    {
    }

    internal TradingExchange(TimeProvider time) => _time = time;

    /// <summary>How what the mill and the lab say to each other about agreements goes wrong.</summary>
    internal FaultSwitch Line { get; } = new();

    internal TestExchange Exchange => _exchange ?? throw new InvalidOperationException("Not started.");

    internal TestNode Mill => Exchange["mill"];

    internal TestNode Lab => Exchange["lab"];

    internal TestNode Rival => Exchange["rival"];

    internal DateTimeOffset Now => _time.GetUtcNow();

    public async ValueTask InitializeAsync()
    {
        _exchange = await TestExchange.StartAsync(_time);
        var options = new NodeHostOptions
        {
            NodesOnThisMachine = 2,
            Doubles = services => services.AddSingleton<IAgreementPeers>(provider =>
                new FaultyPeers(ActivatorUtilities.CreateInstance<AgreementPeers>(provider), Line)),
        };
        await _exchange.AddAsync("mill", options: options);
        await _exchange.AddAsync("rival");
        await _exchange.AddAsync("lab", ParticipantKind.Institute, "US-NY", options);
        await _exchange.RefreshAsync();
        await Offers(Mill).PublishProductAsync(new Protocol.Owner.V1.PublishProductRequest { Product = Samples.PublishedDefinition() });
        await _exchange.RefreshAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_exchange is not null)
        {
            await _exchange.DisposeAsync();
        }

        GC.SuppressFinalize(this);
    }

    internal static OfferService.OfferServiceClient Offers(TestNode node) => new(node.Owner);

    internal static DatasetService.DatasetServiceClient Datasets(TestNode node) => new(node.Owner);

    internal static V1.AgreementDeskService.AgreementDeskServiceClient Desk(TestNode node) => new(node.Owner);

    internal static T Inside<T>(TestNode node)
        where T : notnull => node.Host.Services.GetRequiredService<T>();

    /// <summary>Calls <paramref name="to"/> as the node of <paramref name="from"/> does: with its certificate and a token.</summary>
    internal static Task<CallInvoker> PeerAsync(TestNode from, TestNode to) =>
        Inside<PeerClients>(from).ForAsync(to.Id, TestContext.Current.CancellationToken);

    /// <summary>Sets an offer of the mill that no other test touches: its name is also its only purpose.</summary>
    internal async Task<Offer> OfferAsync(string name, Action<OfferTerms>? change = null)
    {
        var terms = Samples.Terms(terms =>
        {
            terms.Name = name;
            terms.Purposes.Clear();
            terms.Purposes.Add(name);
            terms.ExpireTime = Timestamp.FromDateTimeOffset(Now.AddDays(10));
            change?.Invoke(terms);
        });
        return (await Offers(Mill).SetOfferAsync(new SetOfferRequest { Terms = terms }, cancellationToken: TestContext.Current.CancellationToken)).Offer;
    }

    /// <summary>The lab asks the mill for an agreement on the offer of that name.</summary>
    internal async Task<AgreementRequestOutcome> RequestAsync(string purpose, Action<RequestAgreementsRequest>? change = null)
    {
        var request = new RequestAgreementsRequest { Product = "readings/1", Purpose = purpose, Participants = { "mill" } };
        change?.Invoke(request);
        var response = await Desk(Lab).RequestAgreementsAsync(request, cancellationToken: TestContext.Current.CancellationToken);
        return Assert.Single(response.Outcomes);
    }

    /// <summary>Sets an offer, asks for it, and gives the terms that both sides then hold.</summary>
    internal async Task<(Agreement Agreement, AgreementTerms Terms)> AgreeAsync(string name, Action<OfferTerms>? change = null)
    {
        await OfferAsync(name, change);
        var agreement = (await RequestAsync(name)).Agreement;
        return (agreement, AgreementTerms.Parser.ParseFrom(agreement.ConsumerSigned.Payload));
    }

    internal async Task<Agreement> HeldByAsync(TestNode node, string agreementId) =>
        (await Desk(node).GetAgreementAsync(new V1.GetAgreementRequest { AgreementId = agreementId }, cancellationToken: TestContext.Current.CancellationToken)).Agreement;

    /// <summary>The agreements a question of that node for that purpose would use.</summary>
    internal List<AgreementRecord> InForceAt(TestNode node, string purpose) =>
        [.. Inside<AgreementStore>(node).ForUse("readings/1", purpose).Where(agreement => agreement.At(Now) == AgreementLifecycle.Finalized)];

    /// <summary>What a node's access log says about an agreement, in order.</summary>
    internal static List<string> LeavesAbout(TestNode node, string agreementId) => Inside<StateStore>(node)
        .Read(connection => connection.Query<byte[]>("SELECT leaf FROM log ORDER BY seq").ToList())
        .Select(leaf => JsonNode.Parse(leaf)!)
        .Where(leaf => (string?)leaf["agreement"] == agreementId)
        .Select(leaf => (string)leaf["event"]!).ToList();

    /// <summary>The caller as the mill's interceptor would make it.</summary>
    internal CallerIdentity Caller(string id) => new(Inside<RegisterCache>(Mill).Current.Find(id)!, false, false);

    internal static async Task<ErrorReason> ReasonOfAsync(Task call)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => call);
        return RpcErrors.FromRpcException(error, "node").Reason;
    }
}
