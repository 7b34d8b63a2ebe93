using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;

namespace Exchange.Client.Audit;

/// <summary>A log at its node's public address, over TLS under the exchange's certificate authority.</summary>
internal sealed class WebLog : ILogSource, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly HttpClient _client;
    private readonly string _participant;

    /// <summary>Prepares the connection; nothing is sent yet.</summary>
    public WebLog(string participant, Uri address, X509Certificate2 own, X509Certificate2 ca, TimeProvider time)
    {
        _participant = participant;
        _client = new HttpClient(MutualTls.HandlerFor(own, ca, Identifiers.TlsNameOf(participant), time))
        {
            BaseAddress = new Uri(address, "/log/"),
            Timeout = Patience,
        };
    }

    /// <inheritdoc/>
    public async Task<byte[]?> ReadAsync(string path, int bytesMax, CancellationToken cancellationToken)
    {
        try
        {
            using var reply = await _client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            if (reply.StatusCode == HttpStatusCode.Forbidden)
            {
                throw Reasons.Unreachable.Because($"The node of {_participant} does not let this reader see its entries.", "Ask the operator whether this participant is an auditor; nodes learn of it within seconds.");
            }

            if (reply.StatusCode != HttpStatusCode.OK || reply.Content.Headers.ContentLength is not { } length || length > bytesMax)
            {
                return null;
            }

            // The handler gives no more than the length that was announced.
            return await reply.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or AuthenticationException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ExchangeException(Reasons.Unreachable, $"The public pages of {_participant} cannot be read.", "Look at its node, or leave it out with --participant.", error);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
