using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Authentication;
using Exchange.Node.Hosting;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Witnesses;

namespace Exchange.Node.Witnesses;

/// <summary>Calls other nodes' witnesses. Their words are untrusted and short; a witness out of reach is null.</summary>
internal sealed class WitnessCalls(NodeIdentity identity, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, (string Endpoint, object Certificate, HttpClient Client)> _clients = new();

    /// <summary>Submits a checkpoint.</summary>
    /// <returns>The status, with the cosignature lines or the size that the witness knows; null when it cannot be reached.</returns>
    public Task<WitnessReply?> AddAsync(Participant witness, AddCheckpoint request, CancellationToken cancellationToken) => SendAsync(witness, async client =>
    {
        using var content = new ByteArrayContent(request.ToBytes());
        using var reply = await client.PostAsync("/witness/add-checkpoint", content, cancellationToken).ConfigureAwait(false);
        var text = await reply.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        long? size = reply.StatusCode == HttpStatusCode.Conflict && long.TryParse(text.TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out var known) ? known : null;
        return new WitnessReply((int)reply.StatusCode, text, size);
    }, cancellationToken);

    /// <summary>The head of this node's log that the witness cosigned last; null when it has none or cannot be reached.</summary>
    public Task<byte[]?> NewestAsync(Participant witness, CancellationToken cancellationToken) => SendAsync(witness, async client =>
    {
        using var reply = await client.GetAsync("/witness/" + identity.ParticipantId, cancellationToken).ConfigureAwait(false);
        return reply.StatusCode == HttpStatusCode.OK ? await reply.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false) : null;
    }, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, _, client) in _clients.Values)
        {
            client.Dispose();
        }
    }

    private async Task<T?> SendAsync<T>(Participant witness, Func<HttpClient, Task<T?>> send, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            return await send(ClientFor(witness)).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or AuthenticationException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    private HttpClient ClientFor(Participant witness)
    {
        var certificate = identity.Certificate;
        if (_clients.TryGetValue(witness.Id, out var held) && held.Endpoint == witness.Endpoint && ReferenceEquals(held.Certificate, certificate))
        {
            return held.Client;
        }

        var client = new HttpClient(MutualTls.HandlerFor(certificate, identity.Ca, Identifiers.TlsNameOf(witness.Id), time))
        {
            BaseAddress = new Uri(witness.Endpoint),
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = Patience,
            MaxResponseContentBufferSize = 2 * Checkpoint.NoteBytesMax,
        };

        // The one before is left to finish its calls.
        _clients[witness.Id] = (witness.Endpoint, certificate, client);
        return client;
    }
}

/// <summary>What a witness answered.</summary>
/// <param name="Status">The protocol's status code.</param>
/// <param name="Text">Cosignature lines, or why not.</param>
/// <param name="KnownSize">With a conflict: the size it cosigned last.</param>
internal sealed record WitnessReply(int Status, string Text, long? KnownSize);
