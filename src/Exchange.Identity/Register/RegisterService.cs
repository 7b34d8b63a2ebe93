using Exchange.Identity.Hosting;
using Exchange.Identity.Members;
using Exchange.Identity.Storage;
using Exchange.Protocol.Identity.V1;
using Grpc.Core;
using V1 = Exchange.Protocol.Identity.V1;

namespace Exchange.Identity.Register;

/// <summary>The register for its members: every call needs an active participant's certificate.</summary>
internal sealed class RegisterService(IdentityDatabase database, SignedRegister register, ProductDesk products, CallerCertificates callers)
    : V1.RegisterService.RegisterServiceBase
{
    /// <inheritdoc/>
    public override Task<GetRegisterResponse> GetRegister(GetRegisterRequest request, ServerCallContext context)
    {
        callers.RequireParticipant(context);
        var current = register.Current();
        return Task.FromResult(new GetRegisterResponse { Register = current.Version == request.KnownVersion ? null : current.Signed });
    }

    /// <inheritdoc/>
    public override Task<PublishProductResponse> PublishProduct(PublishProductRequest request, ServerCallContext context)
    {
        var caller = callers.RequireParticipant(context);
        return Task.FromResult(new PublishProductResponse { RegisterVersion = products.Publish(caller, request.Product) });
    }

    /// <inheritdoc/>
    public override Task<UpdateEndpointResponse> UpdateEndpoint(UpdateEndpointRequest request, ServerCallContext context)
    {
        var caller = callers.RequireParticipant(context);
        var endpoint = Endpoints.CheckRunning(request.Endpoint);
        var publicEndpoint = request.PublicEndpoint.Length == 0 ? "" : Endpoints.CheckRunning(request.PublicEndpoint);
        var version = database.Write(work =>
        {
            if (caller.Endpoint == endpoint && caller.PublicEndpoint == publicEndpoint)
            {
                return work.RegisterVersion();
            }

            ParticipantTable.SetEndpoints(work, caller.Id, endpoint, publicEndpoint);
            return work.GrowRegister();
        });
        return Task.FromResult(new UpdateEndpointResponse { RegisterVersion = version });
    }
}
