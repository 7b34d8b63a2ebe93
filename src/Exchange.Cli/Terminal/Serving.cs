namespace Exchange.Cli.Terminal;

/// <summary>Stays up until the person stops it: for a server, being stopped is success.</summary>
internal static class Serving
{
    /// <summary>Returns when the server ends or the token is cancelled.</summary>
    public static async Task UntilStoppedAsync(Func<CancellationToken, Task> wait, CancellationToken cancellationToken)
    {
        try
        {
            await wait(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    /// <summary>Returns when the token is cancelled.</summary>
    public static Task UntilStoppedAsync(CancellationToken cancellationToken) =>
        UntilStoppedAsync(token => Task.Delay(Timeout.Infinite, token), cancellationToken);
}
