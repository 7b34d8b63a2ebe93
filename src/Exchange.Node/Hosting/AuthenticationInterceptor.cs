using System.Security.Cryptography.X509Certificates;
using Exchange.Node.Peers;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Hosting;

/// <summary>
/// Establishes who calls, before any service runs.
/// 1. The node's own certificate: its owner, who needs no token and alone may call the owner services.
/// 2. Health and reflection: any certificate of the exchange, which the handshake has checked.
/// 3. Everything else: the certificate of a participant that the register lists as active, and an access token bound to it.
/// </summary>
internal sealed class AuthenticationInterceptor(NodeIdentity identity, RegisterCache register, TokenValidator tokens, TimeProvider time, ILogger<AuthenticationInterceptor> log)
    : Interceptor
{
    private const string BearerPrefix = "Bearer ";

    /// <inheritdoc/>
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        await AuthenticateAsync(context).ConfigureAwait(false);
        return await continuation(request, context).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await AuthenticateAsync(context).ConfigureAwait(false);
        return await continuation(requestStream, context).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await AuthenticateAsync(context).ConfigureAwait(false);
        await continuation(request, responseStream, context).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override async Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        await AuthenticateAsync(context).ConfigureAwait(false);
        await continuation(requestStream, responseStream, context).ConfigureAwait(false);
    }

    private async ValueTask AuthenticateAsync(ServerCallContext context)
    {
        var shown = context.GetHttpContext().Connection.ClientCertificate
            ?? throw Reasons.CertificateMissing.Because("The caller showed no certificate.", "Call over mutual TLS with a certificate of this exchange.");
        var certificate = CallerCertificate.Of(shown);
        if (time.GetUtcNow() > certificate.ExpireTime)
        {
            throw Reasons.CertificateRefused.Because("The caller's certificate has run out.", "Renew it and connect again.");
        }

        if (identity.IsOwn(shown))
        {
            new CallerIdentity(Self(), IsOwner: true, DuringIdentityOutage: false).AttachTo(context);
        }
        else if (IsOfPackage(context, "exchange.owner."))
        {
            throw Reasons.OwnerOnly.Because("Only this node's owner may call that.", "Call it with the node's own certificate.");
        }
        else if (!IsOpenToAnyCertificate(context))
        {
            (await IdentifyAsync(certificate, context).ConfigureAwait(false)).AttachTo(context);
        }
    }

    // The owner is let in whatever the register says: it has to work before the first fetch and while suspended.
    private Participant Self() => register.Current.Find(identity.ParticipantId) ?? new Participant { Id = identity.ParticipantId };

    private static bool IsOpenToAnyCertificate(ServerCallContext context) => IsOfPackage(context, "grpc.health.v1.") || IsOfPackage(context, "grpc.reflection.");

    // By the method that will run: the path that led to it is the caller's spelling, which routing matches without regard to case.
    private static bool IsOfPackage(ServerCallContext context, string package) =>
        context.GetHttpContext().GetEndpoint()?.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.ServiceName.StartsWith(package, StringComparison.Ordinal) == true;

    private async ValueTask<CallerIdentity> IdentifyAsync(CallerCertificate certificate, ServerCallContext context)
    {
        var participantId = certificate.ParticipantId
            ?? throw Reasons.CertificateRefused.Because("The caller's certificate names no participant.", "Call with a participant's certificate.");
        var participant = await FindAsync(participantId, context.CancellationToken).ConfigureAwait(false);
        var outage = await tokens.AdmitAsync(TokenOf(context), participantId, certificate.Thumbprint, context.CancellationToken).ConfigureAwait(false);
        if (outage)
        {
            log.AdmittedInOutage(participantId, context.Method);
        }

        return new CallerIdentity(participant, IsOwner: false, outage);
    }

    private async ValueTask<Participant> FindAsync(string participantId, CancellationToken cancellationToken)
    {
        var found = register.Current.Find(participantId);
        if (found is null or { Status: ParticipantStatus.Invited })
        {
            // It may have joined since the last poll.
            await register.RefreshOnDemandAsync(cancellationToken).ConfigureAwait(false);
            found = register.Current.Find(participantId);
        }

        return found?.Status switch
        {
            ParticipantStatus.Active => found,
            ParticipantStatus.Suspended => throw Reasons.ParticipantSuspended.Because("The operator has suspended the caller.", "Ask the operator."),
            _ => throw Reasons.ParticipantUnknown.Because("The register does not list the caller as a participant.", "Join the exchange first; this node looks at the register every 10 seconds."),
        };
    }

    private static string TokenOf(ServerCallContext context)
    {
        // Of the request itself: the call's own metadata would copy every header to look at one.
        string? header = context.GetHttpContext().Request.Headers.Authorization;
        return header is not null && header.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase)
            ? header[BearerPrefix.Length..].Trim()
            : throw Reasons.TokenMissing.Because("The call came without an access token.", "Send one from the identity server in the authorization header.");
    }
}
