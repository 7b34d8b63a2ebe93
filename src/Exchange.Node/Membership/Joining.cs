using System.Security.Cryptography.X509Certificates;
using Exchange.Node.Peers;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Tls;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Exchange.Node.Membership;

/// <summary>
/// Makes a home that belongs to an exchange.
/// The settings file is written last and is what makes the folder a home, so a join that fails or is killed on the way
/// leaves nothing that counts and can be tried again in the same folder. Keys are on disk before the code is redeemed:
/// a full disk shows before the code is used up.
/// </summary>
public static class Joining
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Redeems the code and returns the finished home.</summary>
    /// <exception cref="ExchangeException">
    /// The code is malformed, forged, expired or used; the server is not of the exchange that the code names; the folder holds a home already.
    /// </exception>
    public static async Task<Home> JoinAsync(JoinRequest request, TimeProvider time, CancellationToken cancellationToken)
    {
        var code = EnrolmentCode.Parse(request.Code);
        var settings = SettingsFor(request, code);
        var home = Home.Create(request.HomePath);
        using var taken = home.Lock();
        var identity = new Uri(settings.Identity);
        var authority = await ExchangeAuthority.FetchAsync(identity, code, cancellationToken).ConfigureAwait(false);
        using var ca = X509CertificateLoader.LoadCertificate(authority.Ca);
        using var order = new CertificateOrder(code.ParticipantId);
        using var signingKey = SigningKey.Create();
        using var logKey = SigningKey.Create();
        WriteKeys(home, authority, ca, signingKey, logKey);

        var enrolment = EnrolmentFor(code, settings, order, signingKey, logKey);
        var response = await EnrolAsync(identity, ca, enrolment, time, cancellationToken).ConfigureAwait(false);
        using var certificate = order.Fulfil(response.Certificate.ToByteArray(), ca, time.GetUtcNow());
        _ = RegisterView.Verify(response.Register, authority.OperatorKey);
        home.SaveCertificate(certificate);
        home.WritePrivate(home.RegisterFile, response.Register.ToByteArray());
        settings.Save(home);
        return home;
    }

    private static HomeSettings SettingsFor(JoinRequest request, EnrolmentCode code)
    {
        if (!Uri.TryCreate(request.IdentityUrl, UriKind.Absolute, out var identity) || identity.Scheme != Uri.UriSchemeHttps)
        {
            throw Reasons.InvalidRequest.Because("The address of the identity server is not of the form https://host:port.", "Give it with --identity as the operator sent it.");
        }

        var settings = new HomeSettings
        {
            Kind = HomeKind.Participant,
            Participant = code.ParticipantId,
            Identity = identity.GetLeftPart(UriPartial.Authority) + "/",
            Endpoint = request.Endpoint.TrimEnd('/'),
            Listen = request.Listen,
        };
        _ = Hosting.NodeAddress.From(settings);
        return settings;
    }

    private static void WriteKeys(Home home, ExchangeAuthority authority, X509Certificate2 ca, SigningKey signingKey, SigningKey logKey)
    {
        home.WritePrivate(home.CaFile, System.Text.Encoding.ASCII.GetBytes(ca.ExportCertificatePem() + "\n"));
        home.WritePrivate(home.OperatorKeyFile, authority.OperatorKey);
        home.WritePrivate(home.SigningKeyFile, signingKey.ExportSeed());
        home.WritePrivate(home.LogKeyFile, logKey.ExportSeed());
    }

    private static EnrolRequest EnrolmentFor(EnrolmentCode code, HomeSettings settings, CertificateOrder order, SigningKey signingKey, SigningKey logKey)
    {
        var proven = SignedMessage.ToBeSigned(SignedMessage.Enrolment, order.Request);
        return new EnrolRequest
        {
            ParticipantId = code.ParticipantId,
            Secret = ByteString.CopyFrom(code.Secret),
            CertificateRequest = ByteString.CopyFrom(order.Request),
            SigningPublicKey = ByteString.CopyFrom(signingKey.PublicKey),
            LogPublicKey = ByteString.CopyFrom(logKey.PublicKey),
            SigningProof = ByteString.CopyFrom(signingKey.Sign(proven)),
            LogProof = ByteString.CopyFrom(logKey.Sign(proven)),
            Endpoint = settings.Endpoint,
        };
    }

    private static async Task<EnrolResponse> EnrolAsync(
        Uri identity, X509Certificate2 ca, EnrolRequest enrolment, TimeProvider time, CancellationToken cancellationToken)
    {
        using var channel = GrpcChannel.ForAddress(identity, new GrpcChannelOptions
        {
            HttpHandler = MutualTls.HandlerFor(own: null, ca, Identifiers.IdentityTlsName, time),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = SignedMessage.RegisterBytesMax + 4096,
        });
        try
        {
            return await new EnrolmentService.EnrolmentServiceClient(channel)
                .EnrolAsync(enrolment, deadline: Deadlines.After(Patience), cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException error)
        {
            throw RpcErrors.FromRpcException(error, "identity server");
        }
    }
}
