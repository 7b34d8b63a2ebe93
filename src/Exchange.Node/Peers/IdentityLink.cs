using System.Security.Cryptography.X509Certificates;
using Exchange.Node.Hosting;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Tls;
using Grpc.Core;
using Grpc.Net.Client;

namespace Exchange.Node.Peers;

/// <summary>
/// The connection to the identity server with this node's certificate: one for gRPC and for the token endpoint together,
/// made anew when the certificate is renewed. Calls under way finish on the old one, which then closes for want of use.
/// </summary>
internal sealed class IdentityLink(HomeSettings settings, NodeIdentity identity, TimeProvider time)
    : IDisposable
{
    private readonly Lock _gate = new();
    private Connection? _current;

    /// <summary>The connection for the certificate in use.</summary>
    public Connection Current
    {
        get
        {
            var connection = Volatile.Read(ref _current);
            return connection is not null && ReferenceEquals(connection.Certificate, identity.Certificate) ? connection : Reconnect();
        }
    }

    /// <summary>Ends every call and closes the connection.</summary>
    public void Dispose() => _current?.Dispose();

    private Connection Reconnect()
    {
        lock (_gate)
        {
            if (_current is null || !ReferenceEquals(_current.Certificate, identity.Certificate))
            {
                Volatile.Write(ref _current, Connection.Open(new Uri(settings.Identity), identity.Certificate, identity.Ca, time));
            }

            return _current!;
        }
    }

    /// <summary>One connection.</summary>
    /// <param name="Certificate">What it shows.</param>
    /// <param name="Address">Of the identity server.</param>
    /// <param name="Invoker">For gRPC.</param>
    /// <param name="Http">For the token endpoint.</param>
    public sealed record Connection(X509Certificate2 Certificate, Uri Address, CallInvoker Invoker, HttpClient Http)
        : IDisposable
    {
        private const int HttpAnswerBytesMax = 256 * 1024;

        public static Connection Open(Uri address, X509Certificate2 certificate, X509Certificate2 ca, TimeProvider time)
        {
            var handler = MutualTls.HandlerFor(certificate, ca, Identifiers.IdentityTlsName, time);
            var channel = GrpcChannel.ForAddress(address, new GrpcChannelOptions
            {
                HttpClient = DirectClient.Over(handler),
                MaxReceiveMessageSize = SignedMessage.RegisterBytesMax + 4096,
            });
            var http = new HttpClient(handler, disposeHandler: true)
            {
                BaseAddress = address,
                DefaultRequestVersion = System.Net.HttpVersion.Version20,
                DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
                MaxResponseContentBufferSize = HttpAnswerBytesMax,
                Timeout = TimeSpan.FromSeconds(15),
            };
            return new Connection(certificate, address, channel.CreateCallInvoker(), http);
        }

        /// <inheritdoc/>
        public void Dispose() => Http.Dispose();
    }
}
