using Exchange.Node.Peers;
using Exchange.Protocol.Owner.V1;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace Exchange.Node.Hosting;

/// <summary>The owner's questions about the node itself.</summary>
internal sealed class NodeService(NodeIdentity identity, RegisterCache register, NodeCheckup checkup) : Protocol.Owner.V1.NodeService.NodeServiceBase
{
    /// <inheritdoc/>
    public override async Task<CheckNodeResponse> CheckNode(CheckNodeRequest request, ServerCallContext context) => new()
    {
        ParticipantId = identity.ParticipantId,
        Version = NodeCheckup.ProgramVersion,
        CertificateExpireTime = Timestamp.FromDateTime(identity.Certificate.NotAfter.ToUniversalTime()),
        Checks = { await checkup.RunAsync(context.CancellationToken).ConfigureAwait(false) },
    };

    /// <inheritdoc/>
    public override Task<GetRegisterResponse> GetRegister(GetRegisterRequest request, ServerCallContext context) =>
        Task.FromResult(new GetRegisterResponse { Register = register.Current.Signed });
}
