using Exchange.Node.Hosting;
using Exchange.Protocol.Query.V1;
using Grpc.Core;

namespace Exchange.Node.Sessions;

/// <summary>Where an asker's node leads this owner through secure sums.</summary>
internal sealed class SessionEndpoint(SessionDesk desk, PartitionDesk partitions, NodeLimits limits, TimeProvider time) : SessionService.SessionServiceBase
{
    /// <inheritdoc/>
    public override Task<DescribeTableResponse> DescribeTable(DescribeTableRequest request, ServerCallContext context) =>
        partitions.DecideAsync(request, CallerIdentity.Of(context), context.CancellationToken);

    /// <inheritdoc/>
    public override async Task<OpenSessionResponse> OpenSession(OpenSessionRequest request, ServerCallContext context)
    {
        using var deadline = new CancellationTokenSource(limits.DeadlineMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, deadline.Token);
        return await desk.OpenAsync(request, CallerIdentity.Of(context), either.Token).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public override Task<RenewSessionResponse> RenewSession(RenewSessionRequest request, ServerCallContext context) =>
        desk.RenewAsync(request, CallerIdentity.Of(context), context.CancellationToken);

    /// <inheritdoc/>
    public override Task<ShareSessionResponse> ShareSession(ShareSessionRequest request, ServerCallContext context) =>
        desk.ShareAsync(request, CallerIdentity.Of(context), context.CancellationToken);

    /// <inheritdoc/>
    public override Task<InputSessionResponse> InputSession(InputSessionRequest request, ServerCallContext context) =>
        desk.InputAsync(request, CallerIdentity.Of(context), context.CancellationToken);

    /// <inheritdoc/>
    public override Task<ConfirmSessionResponse> ConfirmSession(ConfirmSessionRequest request, ServerCallContext context) =>
        desk.ConfirmAsync(request, CallerIdentity.Of(context), context.CancellationToken);

    /// <inheritdoc/>
    public override Task<UnmaskSessionResponse> UnmaskSession(UnmaskSessionRequest request, ServerCallContext context) =>
        desk.UnmaskAsync(request, CallerIdentity.Of(context), context.CancellationToken);

    /// <inheritdoc/>
    public override Task<AbandonSessionResponse> AbandonSession(AbandonSessionRequest request, ServerCallContext context)
    {
        desk.Abandon(request.CohortId, CallerIdentity.Of(context));
        return Task.FromResult(new AbandonSessionResponse());
    }
}
