using Exchange.Client;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Exchange.Tests.Support;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Federation.Tests.Queries;

/// <summary>
/// Three firms with 60 readings each, one row a worker, and a laboratory with finalized agreements. In every firm region north has
/// 40 workers, south 15 and east 5, so that a threshold of 10 hides one cell of each.
/// </summary>
public sealed class JointExchange : IAsyncLifetime
{
    public const string Purpose = ExchangeSteps.Purpose;

    private const string Product = """
        product: readings/1
        title: Readings
        unit: worker_id
        columns:
          region:    {type: string, role: dimension, domain: [north, south, east], required: true}
          kwh:       {type: int, role: measure, bounds: [0, 500], step: 20, required: true}
          worker_id: {type: string, role: identifier}
        """;

    private const string Offer = """
        offer: open
        product: readings/1
        purposes: [research]
        release: checked
        aggregation: each
        disclosure: {min_units: 10}
        approval: automatic
        expires: 2099-12-31
        """;

    private readonly TimeProvider _time;
    private TestExchange? _exchange;

    public JointExchange()
        : this(TimeProvider.System)
    {
    }

    internal JointExchange(TimeProvider time) => _time = time;

    internal TestExchange Exchange => _exchange ?? throw new InvalidOperationException("Not started.");

    internal static string[] Firms { get; } = ["alpha", "beta", "gamma"];

    internal TestNode Lab => Exchange["lab"];

    public async ValueTask InitializeAsync()
    {
        _exchange = await TestExchange.StartAsync(_time, Firms);
        await _exchange.AddAsync("lab", ParticipantKind.Institute, "CN-ZJ", new NodeHostOptions { Limits = new NodeLimits { ConcurrentQueriesPerCallerMax = 2 } });
        await Exchange.PublishProductAsync(Firms[0], Product);
        foreach (var firm in Firms)
        {
            await Exchange.PublishDatasetAsync(firm, "readings/1", Csv(), Offer);
        }

        await AgreeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_exchange is not null)
        {
            await _exchange.DisposeAsync();
        }
    }

    /// <summary>Requests agreements of every firm; each approves at once.</summary>
    internal Task AgreeAsync() => Exchange.AgreeAsync("lab", "readings/1");

    internal ExchangeClient ClientOf(string id) => Exchange.ClientOf(id);

    /// <summary>Asks as the laboratory; the answer is verified.</summary>
    internal async Task<RunQueryResponse> AskAsync(string sql, Action<RunQueryRequest>? change = null)
    {
        using var lab = ClientOf("lab");
        var request = new RunQueryRequest { Sql = sql, Purpose = Purpose };
        change?.Invoke(request);
        return (await lab.Queries.RunAsync(request, Cancellation)).Response;
    }

    /// <summary>The laboratory's agreement with a firm.</summary>
    internal async Task<string> AgreementWithAsync(string firm)
    {
        using var lab = ClientOf("lab");
        var agreements = await lab.Agreements.ListAsync(Cancellation);
        return agreements.Where(agreement => agreement.State == AgreementState.Finalized)
            .Select(agreement => AgreementTerms.Parser.ParseFrom(agreement.ConsumerSigned.Payload))
            .First(terms => terms.Provider == firm).Id;
    }

    /// <summary>Sends a hand-made request to a firm with the laboratory's certificate and token, past the laboratory's own checks.</summary>
    internal async Task<RunFragmentResponse> SendAsync(string firm, RunFragmentRequest request)
    {
        var invoker = await Lab.Host.Services.GetRequiredService<PeerClients>().ForAsync(firm, Cancellation);
        return await new FragmentService.FragmentServiceClient(invoker).RunFragmentAsync(request, cancellationToken: Cancellation);
    }

    /// <summary>A query of the laboratory that any firm would answer, to be spoilt.</summary>
    internal JointQuery Query(Action<JointQuery>? change = null)
    {
        var query = new JointQuery
        {
            QueryId = Identifiers.NewId(),
            Asker = "lab",
            Purpose = Purpose,
            CreateTime = Timestamp.FromDateTimeOffset(_time.GetUtcNow()),
            Release = Protocol.Catalog.V1.ReleaseClass.Checked,
            Fragment = new Fragment
            {
                Product = "readings/1",
                ProductHash = Google.Protobuf.ByteString.CopyFrom(Lab.Host.Services.GetRequiredService<RegisterCache>().Current.Products["readings/1"].Hash),
                GroupBy = { new Expression { Column = "region" } },
                Aggregates = { new Aggregate { Kind = AggregateKind.CountRows } },
            },
        };
        change?.Invoke(query);
        return query;
    }

    /// <summary>Signs as the laboratory, or with another key.</summary>
    internal SignedBytes Sign(JointQuery query, SigningKey? key = null) =>
        SignedMessage.Sign(SignedMessage.Query, query, key ?? Lab.Host.Services.GetRequiredService<NodeIdentity>().SigningKey);

    private static string Csv() => "region,kwh,worker_id\n" + string.Join('\n', Enumerable.Range(0, 60).Select(row =>
        $"{(row < 40 ? "north" : row < 55 ? "south" : "east")},{row},w{row}")) + "\n";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;
}
