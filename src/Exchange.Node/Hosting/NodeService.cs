using Exchange.Node.Audit;
using Exchange.Node.Peers;
using Exchange.Node.Witnesses;
using Exchange.Protocol.Owner.V1;
using Google.Protobuf.WellKnownTypes;
using Google.Protobuf;
using Grpc.Core;

namespace Exchange.Node.Hosting;

/// <summary>The owner's questions about the node itself.</summary>
internal sealed class NodeService(NodeIdentity identity, RegisterCache register, NodeCheckup checkup, LogKeyRotation rotation, WitnessBook book, Witnessing witnessing) : Protocol.Owner.V1.NodeService.NodeServiceBase
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

    /// <inheritdoc/>
    public override async Task<RotateLogKeyResponse> RotateLogKey(Protocol.Owner.V1.RotateLogKeyRequest request, ServerCallContext context)
    {
        var before = identity.LogKey.KeyId;
        return new RotateLogKeyResponse { KeyId = await rotation.BeginAsync(context.CancellationToken).ConfigureAwait(false), PreviousKeyId = before };
    }

    /// <inheritdoc/>
    public override Task<ListWitnessedHeadsResponse> ListWitnessedHeads(ListWitnessedHeadsRequest request, ServerCallContext context) => Task.FromResult(new ListWitnessedHeadsResponse
    {
        Heads =
        {
            book.All().Select(head => new Protocol.Owner.V1.WitnessedHead
            {
                ParticipantId = head.Participant,
                Size = head.Size,
                Checkpoint = UnsafeByteOperations.UnsafeWrap(head.Checkpoint),
                SeenTime = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(head.Seen)),
            }),
        },
        Misbehaviour =
        {
            book.Proofs().Select(proof => new StoredMisbehaviour
            {
                ParticipantId = proof.Participant,
                Proof = proof.Proof,
                SeenTime = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(proof.Seen)),
            }),
        },
        OwnCheckpoint = witnessing.Newest is { } newest ? UnsafeByteOperations.UnsafeWrap(newest.Checkpoint) : ByteString.Empty,
        WitnessIds = { witnessing.Witnesses().Select(witness => witness.Id) },
    });
}
