using Microsoft.Extensions.Hosting;

namespace Exchange.Identity.Hosting;

/// <summary>Leaves signals alone: whoever hosts the server, perhaps beside a hundred nodes, decides when it ends.</summary>
internal sealed class QuietLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
