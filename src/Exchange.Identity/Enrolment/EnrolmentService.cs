using System.Security.Cryptography.X509Certificates;
using Exchange.Identity.Authority;
using Exchange.Identity.Hosting;
using Exchange.Identity.Members;
using Exchange.Identity.Register;
using Exchange.Identity.Storage;
using Exchange.Identity.Tokens;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Signing;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using V1 = Exchange.Protocol.Identity.V1;

namespace Exchange.Identity.Enrolment;

/// <summary>Turns a one-time code into a membership, and an old certificate into a new one.</summary>
internal sealed class EnrolmentService(
    IdentityDatabase database,
    CertificateAuthority certificateAuthority,
    AuthorityDocument authority,
    TokenClients clients,
    SignedRegister register,
    CallerCertificates callers,
    TimeProvider time,
    ILogger<EnrolmentService> log)
    : V1.EnrolmentService.EnrolmentServiceBase
{
    /// <summary>How long the log key before counts on: peers learn of the new one within seconds, and answers are under way.</summary>
    private static readonly TimeSpan LogKeyOverlap = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Joins a participant. The OAuth client is written first and the membership, with the code's end, in one transaction
    /// after it: a crash between the two leaves a client without an active participant, who gets no token, and a code that still works.
    /// </summary>
    public override async Task<EnrolResponse> Enrol(EnrolRequest request, ServerCallContext context)
    {
        var endpoint = Endpoints.CheckJoining(request.Endpoint);
        RequireCode(request);
        RequireProofs(request);
        var publicKey = CertificateRequests.ReadPublicKey(request.CertificateRequest.Span);

        await clients.SaveAsync(request.ParticipantId, publicKey, context.CancellationToken);
        database.Write(work => Join(work, request, endpoint));
        using var certificate = certificateAuthority.IssueForParticipant(request.ParticipantId, publicKey);
        Log.ParticipantJoined(log, request.ParticipantId);
        return new EnrolResponse
        {
            Certificate = ByteString.CopyFrom(certificate.RawData),
            CaCertificate = ByteString.CopyFrom(authority.Ca),
            OperatorPublicKey = ByteString.CopyFrom(authority.OperatorKey),
            Register = register.Current().Signed,
        };
    }

    /// <inheritdoc/>
    public override Task<RenewCertificateResponse> RenewCertificate(RenewCertificateRequest request, ServerCallContext context)
    {
        var caller = callers.RequireParticipant(context);
        var publicKey = CertificateRequests.ReadPublicKey(request.CertificateRequest.Span);
        if (callers.HasKey(context, publicKey))
        {
            throw Reasons.CertificateRequestInvalid.Because("The certificate request is for the key of the old certificate.", "Make a new key for each renewal.");
        }

        using var certificate = certificateAuthority.IssueForParticipant(caller.Id, publicKey);
        Log.CertificateRenewed(log, caller.Id);
        return Task.FromResult(new RenewCertificateResponse { Certificate = ByteString.CopyFrom(certificate.RawData) });
    }

    /// <inheritdoc/>
    public override Task<RotateLogKeyResponse> RotateLogKey(RotateLogKeyRequest request, ServerCallContext context)
    {
        var caller = callers.RequireParticipant(context);
        var signed = SignedMessage.ToBeSigned(SignedMessage.LogKey, request.LogPublicKey.Span);
        var version = database.Write(work =>
        {
            var current = ParticipantTable.Find(work, caller.Id)!.Keys.Last(key => key.Use == KeyUse.Log && key.ToTime is null);
            if (current.PublicKey.Equals(request.LogPublicKey))
            {
                return work.RegisterVersion();
            }

            if (!SigningKey.Verify(request.LogPublicKey.Span, signed, request.LogProof.Span) || !SigningKey.Verify(current.PublicKey.Span, signed, request.PreviousProof.Span))
            {
                throw Reasons.CertificateRequestInvalid.Because("The new log key is not signed by itself and by the log key in use.", "Rotate with `exchange node rotate-key`, which signs it.");
            }

            var now = time.GetUtcNow();
            AddKey(work, caller.Id, KeyUse.Log, request.LogPublicKey, now);
            ParticipantTable.EndKey(work, current.KeyId, now + LogKeyOverlap);
            return work.GrowRegister();
        });
        return Task.FromResult(new RotateLogKeyResponse { RegisterVersion = version });
    }

    private void RequireCode(EnrolRequest request) => database.Read(work =>
    {
        CheckCode(work, request);
        return true;
    });

    /// <summary>A wrong secret and a wrong participant are the same refusal: it does not tell who is a member.</summary>
    private void CheckCode(DatabaseWork work, EnrolRequest request)
    {
        var code = Identifiers.IsSlug(request.ParticipantId) && request.Secret.Length == EnrolmentCode.PartBytes
            ? CodeTable.Find(work, request.ParticipantId, request.Secret.Span)
            : null;
        if (code is null)
        {
            throw Reasons.EnrolmentCodeInvalid.Because("The identity server did not make this enrolment code, or replaced it.", "Ask the operator for a new code.");
        }

        if (code.IsUsed)
        {
            throw Reasons.EnrolmentCodeUsed.Because("This enrolment code was redeemed already.", "If it was not you, tell the operator at once.");
        }

        if (code.Expires <= time.GetUtcNow())
        {
            throw Reasons.EnrolmentCodeExpired.Because("This enrolment code has expired.", "Ask the operator for a new code.");
        }

        if (ParticipantTable.Find(work, request.ParticipantId)?.Status != ParticipantStatus.Invited)
        {
            throw Reasons.ParticipantSuspended.Because("The participant is suspended.", "Talk to the operator.");
        }
    }

    private static void RequireProofs(EnrolRequest request)
    {
        var signed = SignedMessage.ToBeSigned(SignedMessage.Enrolment, request.CertificateRequest.Span);
        if (request.CertificateRequest.Length > CertificateRequests.BytesMax
            || request.SigningPublicKey.Equals(request.LogPublicKey)
            || !SigningKey.Verify(request.SigningPublicKey.Span, signed, request.SigningProof.Span)
            || !SigningKey.Verify(request.LogPublicKey.Span, signed, request.LogProof.Span))
        {
            throw Reasons.CertificateRequestInvalid.Because(
                "The signing key and the log key are not two Ed25519 keys that both signed the certificate request.", "Join with `exchange join`, which makes the keys.");
        }
    }

    /// <summary>The code is checked again inside the transaction: of two at once with one code, one joins.</summary>
    private long Join(DatabaseWork work, EnrolRequest request, string endpoint)
    {
        CheckCode(work, request);
        var now = time.GetUtcNow();
        AddKey(work, request.ParticipantId, KeyUse.Signing, request.SigningPublicKey, now);
        AddKey(work, request.ParticipantId, KeyUse.Log, request.LogPublicKey, now);
        ParticipantTable.SetStatus(work, request.ParticipantId, ParticipantStatus.Active);
        ParticipantTable.SetEndpoints(work, request.ParticipantId, endpoint, "");
        CodeTable.MarkUsed(work, request.Secret.Span, now);
        return work.GrowRegister();
    }

    private static void AddKey(DatabaseWork work, string participantId, KeyUse use, ByteString publicKey, DateTimeOffset now)
    {
        var keyId = SigningKey.KeyIdOf(publicKey.Span);
        if (ParticipantTable.KeyExists(work, keyId))
        {
            throw Reasons.CertificateRequestInvalid.Because("A key of this request is in the register already.", "Make new keys; `exchange join` does.");
        }

        ParticipantTable.AddKey(work, participantId, new ParticipantKey { KeyId = keyId, Use = use, PublicKey = publicKey, FromTime = Timestamp.FromDateTimeOffset(now) });
    }
}
