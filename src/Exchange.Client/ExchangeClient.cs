using Exchange.Client.Agreements;
using Exchange.Client.Audit;
using Exchange.Client.Budgets;
using Exchange.Client.Catalog;
using Exchange.Client.Connections;
using Exchange.Client.Queries;
using Exchange.Client.Verification;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Client;

/// <summary>
/// A participant's way to its own running node: publish, consent, ask. Every answer is verified before it is returned.
/// Safe for concurrent calls. Failures are <see cref="Exchange.Protocol.Errors.ExchangeException"/>; a cancelled call throws
/// <see cref="OperationCanceledException"/>.
/// </summary>
public sealed class ExchangeClient : IDisposable
{
    // A log may have many millions of entries.
    private static readonly TimeSpan CheckTimeMax = TimeSpan.FromMinutes(10);

    private readonly HomeChannel _channel;
    private readonly NodeService.NodeServiceClient _node;

    private ExchangeClient(HomeChannel channel)
    {
        _channel = channel;
        _node = new NodeService.NodeServiceClient(channel.Channel);
        var register = new RegisterReader(_node, channel, File.ReadAllBytes(channel.Home.OperatorKeyFile));
        Queries = new QueryClient(channel, register);
        Datasets = new DatasetClient(channel);
        Offers = new OfferClient(channel);
        Tables = new TableClient(channel);
        Budgets = new BudgetClient(channel);
        Agreements = new AgreementClient(channel, _node);
        Audit = new AuditClient(channel, _node);
    }

    /// <summary>Id of the participant whose home it is.</summary>
    public string ParticipantId => _channel.Settings.Participant;

    /// <summary>Joint questions.</summary>
    public QueryClient Queries { get; }

    /// <summary>This participant's datasets.</summary>
    public DatasetClient Datasets { get; }

    /// <summary>Products, offers and the catalogue.</summary>
    public OfferClient Offers { get; }

    /// <summary>Safe tables of this owner's datasets.</summary>
    public TableClient Tables { get; }

    /// <summary>Privacy budgets on either side.</summary>
    public BudgetClient Budgets { get; }

    /// <summary>Agreements on either side.</summary>
    public AgreementClient Agreements { get; }

    /// <summary>The access logs of the exchange, as far as this participant may read them.</summary>
    public AuditClient Audit { get; }

    /// <summary>Prepares a connection to the node that serves the home; the first call connects.</summary>
    /// <param name="homePath">The participant's home folder. Its certificate makes the caller the owner.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException">
    /// <c>HOME_MISSING</c>, <c>HOME_MISMATCH</c>, or <c>NODE_NOT_RUNNING</c> with the command that starts the node.
    /// </exception>
    public static ExchangeClient Connect(string homePath, TimeProvider? time = null) => new(HomeChannel.Open(
        homePath, HomeKind.Participant, settings => Identifiers.TlsNameOf(settings.Participant), "node serve", time ?? TimeProvider.System));

    /// <summary>Looks at everything that could be wrong with the node, and hashes its whole access log anew.</summary>
    public Task<CheckNodeResponse> CheckAsync(CancellationToken cancellationToken) =>
        _channel.CallAsync(options => _node.CheckNodeAsync(new CheckNodeRequest(), options), cancellationToken, CheckTimeMax);

    /// <summary>Makes a new key for the node's access log.</summary>
    public Task<RotateLogKeyResponse> RotateLogKeyAsync(CancellationToken cancellationToken) =>
        _channel.CallAsync(options => _node.RotateLogKeyAsync(new RotateLogKeyRequest(), options), cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();
}
