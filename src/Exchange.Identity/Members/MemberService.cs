using System.Security.Cryptography;
using Exchange.Identity.Enrolment;
using Exchange.Identity.Hosting;
using Exchange.Identity.Storage;
using Exchange.Identity.Tokens;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using V1 = Exchange.Protocol.Identity.V1;

namespace Exchange.Identity.Members;

/// <summary>The operator's desk: every call needs the identity server's own certificate.</summary>
internal sealed class MemberService(
    IdentityDatabase database, CallerCertificates callers, AuthorityDocument authority, TokenKeyRing tokenKeys, TimeProvider time, ILogger<MemberService> log)
    : V1.MemberService.MemberServiceBase
{
    /// <summary>Most participants on one page.</summary>
    public const int PageSizeMax = 1000;

    /// <inheritdoc/>
    public override Task<AddParticipantResponse> AddParticipant(AddParticipantRequest request, ServerCallContext context)
    {
        callers.RequireOperator(context);
        var participant = MemberRules.Check(request.Participant);
        var code = new EnrolmentCode(participant.Id, RandomNumberGenerator.GetBytes(EnrolmentCode.PartBytes), authority.CaHash, authority.OperatorKeyHash);
        var expires = time.GetUtcNow() + CodeTable.Lifetime;
        database.Write(work =>
        {
            var existing = ParticipantTable.Find(work, participant.Id);
            if (existing is not null && existing.Status != ParticipantStatus.Invited)
            {
                throw Reasons.ParticipantExists.Because("A participant of that id has joined already or is suspended.", "Choose another id, or reinstate the participant if it was suspended.");
            }

            if (existing is null && ParticipantTable.Count(work) >= ParticipantTable.ParticipantsMax)
            {
                throw Reasons.RegisterFull.Because($"The register holds {ParticipantTable.ParticipantsMax} participants already.", "Run a second exchange for the others.");
            }

            ParticipantTable.Save(work, participant);
            CodeTable.Replace(work, participant.Id, code.Secret, expires);
            return work.GrowRegister();
        });
        Log.ParticipantAdded(log, participant.Id);
        return Task.FromResult(new AddParticipantResponse { Code = code.ToString(), ExpireTime = Timestamp.FromDateTimeOffset(expires) });
    }

    /// <inheritdoc/>
    public override Task<ListParticipantsResponse> ListParticipants(ListParticipantsRequest request, ServerCallContext context)
    {
        callers.RequireOperator(context);
        if (request.PageSize is < 0 or > PageSizeMax || (request.PageToken.Length > 0 && !Identifiers.IsSlug(request.PageToken)))
        {
            throw Reasons.InvalidRequest.Because("The page size or page token is out of range.", $"Use a page size of 1 to {PageSizeMax} and the token of an earlier page.");
        }

        var size = request.PageSize == 0 ? PageSizeMax : request.PageSize;
        var found = database.Read(work => ParticipantTable.List(work, request.PageToken, size + 1));
        return Task.FromResult(new ListParticipantsResponse
        {
            Participants = { found.Take(size) },
            NextPageToken = found.Count > size ? found[size - 1].Id : "",
        });
    }

    /// <inheritdoc/>
    public override Task<SuspendParticipantResponse> SuspendParticipant(SuspendParticipantRequest request, ServerCallContext context)
    {
        callers.RequireOperator(context);
        var version = ChangeStatus(request.ParticipantId, _ => ParticipantStatus.Suspended);
        Log.ParticipantSuspended(log, request.ParticipantId);
        return Task.FromResult(new SuspendParticipantResponse { RegisterVersion = version });
    }

    /// <inheritdoc/>
    public override Task<ReinstateParticipantResponse> ReinstateParticipant(ReinstateParticipantRequest request, ServerCallContext context)
    {
        callers.RequireOperator(context);

        // A participant that was suspended before it joined has no keys and is invited again.
        var version = ChangeStatus(request.ParticipantId, participant => participant.Keys.Count > 0 ? ParticipantStatus.Active : ParticipantStatus.Invited);
        Log.ParticipantReinstated(log, request.ParticipantId);
        return Task.FromResult(new ReinstateParticipantResponse { RegisterVersion = version });
    }

    /// <inheritdoc/>
    public override Task<RotateTokenKeyResponse> RotateTokenKey(RotateTokenKeyRequest request, ServerCallContext context)
    {
        callers.RequireOperator(context);
        var keyId = tokenKeys.Rotate();
        Log.TokenKeyRotated(log, keyId);
        return Task.FromResult(new RotateTokenKeyResponse { KeyId = keyId });
    }

    private long ChangeStatus(string id, Func<Participant, ParticipantStatus> next) => database.Write(work =>
    {
        var participant = ParticipantTable.Find(work, id)
            ?? throw Reasons.ParticipantUnknown.Because("There is no participant of that id.", "See `exchange participant list`.");
        var status = next(participant);
        if (participant.Status == status)
        {
            return work.RegisterVersion();
        }

        ParticipantTable.SetStatus(work, id, status);
        return work.GrowRegister();
    });
}
