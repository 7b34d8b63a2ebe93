using System.Globalization;
using Exchange.Client;
using Exchange.Client.Files;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Exchange.Tests.Support;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Federation.Tests.Sessions;

/// <summary>
/// Firms with readings of their own and a laboratory that may ask for secure sums of them. Firm number k has 40 + k workers in the north and 20 + k in
/// the south; in the east only the first three firms have 15 workers, in the west only the first two, and at sea every firm has 4, which its own rule hides. Everybody is 30.
/// </summary>
public sealed class SecureExchange : IAsyncLifetime
{
    internal const string Purpose = ExchangeSteps.Purpose;

    private const string Product = """
        product: readings/1
        title: Readings
        unit: worker_id
        columns:
          region:    {type: string, role: dimension, domain: [north, south, east, west, sea], required: true}
          site:      {type: string, role: dimension, required: true}
          age:       {type: int, role: dimension, range: [0, 120], required: true}
          kwh:       {type: int, role: measure, bounds: [0, 500], required: true}
          heat:      {type: double, role: measure, bounds: [-20, 60], zero: harmless}
          price:     {type: "decimal(12,2)", role: measure, bounds: [0, 1000], required: true}
          worker_id: {type: string, role: identifier}
        """;

    internal const string Offer = """
        offer: sums
        product: readings/1
        purposes: [research]
        release: checked
        aggregation: secure
        disclosure: {min_units: 10, min_nodes: 3}
        approval: automatic
        expires: 2099-12-31
        """;

    /// <summary>The same over safe tables.</summary>
    internal const string TableOffer = """
        offer: sums
        product: readings/1
        purposes: [research]
        release: table
        aggregation: secure
        disclosure: {min_units: 10, min_nodes: 3}
        approval: automatic
        expires: 2099-12-31
        """;

    private readonly TimeProvider _time;
    private readonly Dictionary<string, IReadOnlyList<Reading>> _readings = [];
    private readonly Dictionary<string, RoundFaults> _faults;
    private readonly string _offer;
    private TestExchange? _exchange;

    public SecureExchange()
        : this(4)
    {
    }

    internal SecureExchange(int firms, string offer = Offer, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        Firms = [.. Enumerable.Range(0, firms).Select(NameOf)];
        _faults = Firms.ToDictionary(firm => firm, _ => new RoundFaults());
        _offer = offer;
    }

    public IReadOnlyList<string> Firms { get; }

    internal TestExchange Exchange => _exchange ?? throw new InvalidOperationException("Not started.");

    internal TestNode Lab => Exchange["lab"];

    /// <summary>What the last firm's node does wrong in its rounds.</summary>
    internal RoundFaults Faults => FaultsOf(Firms[^1]);

    /// <summary>What the first firm's node does wrong.</summary>
    internal RoundFaults FirstFaults => FaultsOf(Firms[0]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    internal static string NameOf(int number) => $"firm{number:00}";

    internal static async Task<SecureExchange> StartAsync(int firms, string offer = Offer, TimeProvider? time = null)
    {
        var secure = new SecureExchange(firms, offer, time);
        try
        {
            await secure.InitializeAsync();
            return secure;
        }
        catch
        {
            await secure.DisposeAsync();
            throw;
        }
    }

    public async ValueTask InitializeAsync()
    {
        _exchange = await TestExchange.StartAsync(_time);
        foreach (var firm in Firms)
        {
            await Exchange.AddAsync(firm, options: new NodeHostOptions { NodesOnThisMachine = 2, Doubles = FaultsOf(firm).Into });
        }

        // It may send more than any node takes.
        await Exchange.AddAsync("lab", ParticipantKind.Institute, "CN-ZJ", new NodeHostOptions { NodesOnThisMachine = 2, Limits = new NodeLimits { MessageBytesMax = 64 << 20 } });
        await Exchange.RefreshAsync();
        await Exchange.PublishProductAsync(Firms[0], Product);
        await RenewAsync();
        foreach (var firm in Firms)
        {
            await OfferAsync(firm, _offer);
        }

        await AgreeAsync("lab");
    }

    /// <summary>What a firm's node does wrong in its rounds.</summary>
    internal RoundFaults FaultsOf(string firm) => _faults[firm];

    /// <summary>All nodes do right from now on.</summary>
    internal void Heal()
    {
        foreach (var faults in _faults.Values)
        {
            faults.Heal();
        }
    }

    /// <summary>Waits until a firm holds nothing of a sum of the laboratory: its abandoning is not waited for by who asked.</summary>
    internal async Task HoldsNothingOfAsync(ByteString cohortId, IEnumerable<string> firms)
    {
        foreach (var firm in firms)
        {
            var client = await SessionsOfAsync(firm);
            while ((await client.ShareSessionAsync(new ShareSessionRequest { CohortId = cohortId }, cancellationToken: Cancellation)).Refusal.Reason != Reasons.SessionUnknown.Name)
            {
                Cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>Publishes everybody's readings anew: of new data there were no sums, and any roster may ask.</summary>
    internal async Task RenewAsync()
    {
        for (var number = 0; number < Firms.Count; number++)
        {
            await PublishAsync(Firms[number], ReadingsOf(number));
        }
    }

    /// <summary>Requests agreements of these owners, or of every one; each approves at once.</summary>
    internal Task AgreeAsync(string asker, params string[] owners) => Exchange.AgreeAsync(asker, "readings/1", owners);

    internal async Task PublishAsync(string firm, IReadOnlyList<Reading> readings, PublishMode mode = PublishMode.Replace, int rowsPerWorker = 1)
    {
        _readings[firm] = mode == PublishMode.Append ? [.. _readings[firm], .. readings] : readings;
        var lines = readings.Select((one, row) => string.Create(CultureInfo.InvariantCulture, $"{one.Region},{one.Site},30,{one.Kwh},{one.Heat},{one.Price},w{row / rowsPerWorker}"));
        var source = Written($"{firm}.csv", "region,site,age,kwh,heat,price,worker_id\n" + string.Join('\n', lines) + "\n");
        using var client = ClientOf(firm);
        await client.Datasets.PublishAsync(new PublishDatasetRequest { Product = "readings/1", Source = source, Mode = mode }, null, Cancellation);
    }

    internal async Task OfferAsync(string firm, string yaml)
    {
        using var client = ClientOf(firm);
        await client.Offers.SetAsync(OfferFile.Read(Written($"{firm}.yaml", yaml)), Cancellation);
    }

    internal ExchangeClient ClientOf(string id) => Exchange.ClientOf(id);

    /// <summary>Asks as the laboratory; the answer is verified.</summary>
    internal Task<RunQueryResponse> AskAsync(string sql, Action<RunQueryRequest>? change = null) => AskAsync("lab", sql, change);

    internal async Task<RunQueryResponse> AskAsync(string asker, string sql, Action<RunQueryRequest>? change = null)
    {
        using var client = ClientOf(asker);
        var request = new RunQueryRequest { Sql = sql, Purpose = Purpose };
        change?.Invoke(request);
        return (await client.Queries.RunAsync(request, Cancellation)).Response;
    }

    /// <summary>The readings of those firms together.</summary>
    internal IReadOnlyList<Reading> Pooled(IEnumerable<string> firms) => [.. firms.SelectMany(firm => _readings[firm])];

    internal static IReadOnlyList<Reading> ReadingsOf(int number) =>
    [
        .. Some("north", 40 + number, number), .. Some("south", 20 + number, number),
        .. number < 3 ? Some("east", 15, number) : [], .. number < 2 ? Some("west", 15, number) : [], .. Some("sea", 4, number),
    ];

    private static IEnumerable<Reading> Some(string region, int count, int number) => Enumerable.Range(0, count)
        .Select(row => new Reading(region, 100 + row + number, -5 + (0.37 * row) + number, 10.25m + row + number));

    /// <summary>The laboratory's agreement with a firm.</summary>
    internal async Task<string> AgreementWithAsync(string firm)
    {
        using var lab = ClientOf("lab");
        var agreements = await lab.Agreements.ListAsync(Cancellation);
        return agreements.Where(agreement => agreement.State == AgreementState.Finalized)
            .Select(agreement => AgreementTerms.Parser.ParseFrom(agreement.ConsumerSigned.Payload))
            .First(terms => terms.Provider == firm).Id;
    }

    /// <summary>A firm's rounds, called with the laboratory's certificate and token past its own checks.</summary>
    internal async Task<SessionService.SessionServiceClient> SessionsOfAsync(string firm) =>
        new(await Lab.Host.Services.GetRequiredService<PeerClients>().ForAsync(firm, Cancellation));

    /// <summary>A question of the laboratory that any firm would take part in, to be spoilt.</summary>
    internal JointQuery Query(Action<JointQuery>? change = null)
    {
        var query = new JointQuery
        {
            QueryId = Identifiers.NewId(),
            Asker = "lab",
            Purpose = Purpose,
            CreateTime = Timestamp.FromDateTimeOffset(_time.GetUtcNow()),
            Release = ReleaseClass.Checked,
            Fragment = new Fragment
            {
                Product = "readings/1",
                ProductHash = ByteString.CopyFrom(Lab.Host.Services.GetRequiredService<RegisterCache>().Current.Products["readings/1"].Hash),
                GroupBy = { new Expression { Column = "region" } },
                Aggregates = { new Aggregate { Kind = AggregateKind.CountRows } },
            },
            Cohort = new SecureCohort { Participants = { Firms }, MinNodes = 3 },
        };
        change?.Invoke(query);
        return query;
    }

    internal SignedBytes Sign(JointQuery query) => SignedMessage.Sign(SignedMessage.Query, query, Lab.Host.Services.GetRequiredService<NodeIdentity>().SigningKey);

    internal string Written(string name, string text) => Exchange.Written(name, text);

    public async ValueTask DisposeAsync()
    {
        if (_exchange is not null)
        {
            await _exchange.DisposeAsync();
        }
    }
}

/// <summary>One row of a firm.</summary>
internal sealed record Reading(string Region, int Kwh, double Heat, decimal Price, string Site = "a");
