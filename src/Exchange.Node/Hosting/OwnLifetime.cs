using Microsoft.Extensions.Hosting;

namespace Exchange.Node.Hosting;

/// <summary>A node's life is its <see cref="NodeHost"/>'s: it takes no part in the process's signals, which are the program's.</summary>
internal sealed class OwnLifetime : IHostLifetime
{
    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
