using Exchange.Client.Connections;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;

namespace Exchange.Client.Operator;

/// <summary>The operator's way to the running identity server, with the certificate of its home. Safe for concurrent calls.</summary>
public sealed class OperatorClient : IDisposable
{
    private readonly HomeChannel _channel;
    private readonly MemberService.MemberServiceClient _service;

    private OperatorClient(HomeChannel channel)
    {
        _channel = channel;
        _service = new MemberService.MemberServiceClient(channel.Channel);
    }

    /// <summary>Prepares a connection to the identity server that serves the home; the first call connects.</summary>
    /// <param name="homePath">The identity server's home folder.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>HOME_MISSING</c>, <c>HOME_MISMATCH</c> or <c>NODE_NOT_RUNNING</c>.</exception>
    public static OperatorClient Connect(string homePath, TimeProvider? time = null) => new(HomeChannel.Open(
        homePath, HomeKind.Identity, _ => Identifiers.IdentityTlsName, "identity serve", time ?? TimeProvider.System));

    /// <summary>Adds a participant, or makes a new code for one that has not joined. The code holds a secret: hand it to that participant alone.</summary>
    public Task<AddParticipantResponse> AddAsync(Participant participant, CancellationToken cancellationToken) =>
        _channel.CallAsync(options => _service.AddParticipantAsync(new AddParticipantRequest { Participant = participant }, options), cancellationToken);

    /// <summary>Every participant, ordered by id.</summary>
    public Task<IReadOnlyList<Participant>> ListAsync(CancellationToken cancellationToken) => Pages.AllAsync<Participant>(async token =>
    {
        var page = await _channel.CallAsync(options => _service.ListParticipantsAsync(new ListParticipantsRequest { PageToken = token }, options), cancellationToken).ConfigureAwait(false);
        return (page.Participants, page.NextPageToken);
    });

    /// <summary>Shuts a participant out everywhere within 30 seconds. Returns the register version that says so.</summary>
    public async Task<long> SuspendAsync(string participantId, CancellationToken cancellationToken) => (await _channel.CallAsync(
        options => _service.SuspendParticipantAsync(new SuspendParticipantRequest { ParticipantId = participantId }, options), cancellationToken).ConfigureAwait(false)).RegisterVersion;

    /// <summary>Lets a suspended participant in again. Returns the register version that says so.</summary>
    public async Task<long> ReinstateAsync(string participantId, CancellationToken cancellationToken) => (await _channel.CallAsync(
        options => _service.ReinstateParticipantAsync(new ReinstateParticipantRequest { ParticipantId = participantId }, options), cancellationToken).ConfigureAwait(false)).RegisterVersion;

    /// <summary>Makes a new token signing key; tokens of the old one stay valid. Returns its key id.</summary>
    public async Task<string> RotateTokenKeyAsync(CancellationToken cancellationToken) =>
        (await _channel.CallAsync(options => _service.RotateTokenKeyAsync(new RotateTokenKeyRequest(), options), cancellationToken).ConfigureAwait(false)).KeyId;

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();
}
