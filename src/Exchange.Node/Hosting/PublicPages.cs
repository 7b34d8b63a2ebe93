using Exchange.Node.Audit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Node.Hosting;

/// <summary>What stands at the public listener: the access log's pages, and nothing that peers call.</summary>
internal static class PublicPages
{
    /// <summary>Takes every request of the public listener, before any service for peers is looked for.</summary>
    public static void UsePublicPages(this WebApplication application)
    {
        var address = application.Services.GetRequiredService<NodeAddress>().Public;
        application.MapWhen(
            context => context.Connection.LocalPort == address.BoundPort,
            branch => branch.Run(context => context.RequestServices.GetRequiredService<LogPages>().ServeAsync(context)));
    }
}
