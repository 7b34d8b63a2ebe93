using Exchange.Node.Hosting;
using Exchange.Protocol.Query.V1;
using Grpc.Core;

namespace Exchange.Node.Queries;

/// <summary>Where peers ask this owner.</summary>
internal sealed class FragmentEndpoint(FragmentDesk desk, NodeLimits limits, TimeProvider time) : FragmentService.FragmentServiceBase
{
    /// <inheritdoc/>
    public override async Task<RunFragmentResponse> RunFragment(RunFragmentRequest request, ServerCallContext context)
    {
        var caller = CallerIdentity.Of(context);
        using var deadline = new CancellationTokenSource(limits.DeadlineMax, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, deadline.Token);
        return await desk.DecideAsync(request, caller, either.Token).ConfigureAwait(false);
    }
}
