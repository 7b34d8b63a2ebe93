using Exchange.Protocol.Identity.V1;
using Grpc.Core;

namespace Exchange.Node.Hosting;

/// <summary>Who is calling, established from certificate and token together before any service runs.</summary>
/// <param name="Participant">The caller as the register (for an owner: of itself) has it now.</param>
/// <param name="IsOwner">The caller showed this node's own certificate.</param>
/// <param name="DuringIdentityOutage">Let in with an expired token under the outage rule; log the decision as <c>IDENTITY_OUTAGE</c>.</param>
internal sealed record CallerIdentity(Participant Participant, bool IsOwner, bool DuringIdentityOutage)
{
    private static readonly object Key = new();

    /// <summary>Id of the calling participant.</summary>
    public string ParticipantId => Participant.Id;

    /// <summary>The caller of this call; set by the authentication interceptor, so every service has one.</summary>
    public static CallerIdentity Of(ServerCallContext context) => (CallerIdentity)context.UserState[Key];

    /// <summary>Makes it known to the service that runs next.</summary>
    public void AttachTo(ServerCallContext context) => context.UserState[Key] = this;
}
