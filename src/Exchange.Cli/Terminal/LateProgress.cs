namespace Exchange.Cli.Terminal;

/// <summary>Progress on standard error, only for work that takes over a second: short work stays silent.</summary>
internal sealed class LateProgress(CliSession cli) : IProgress<string>
{
    private static readonly TimeSpan SilentFor = TimeSpan.FromSeconds(1);
    private readonly long _start = cli.Time.GetTimestamp();
    private readonly Lock _lock = new();

    /// <inheritdoc/>
    public void Report(string value)
    {
        if (cli.Time.GetElapsedTime(_start) > SilentFor)
        {
            Write(value);
        }
    }

    /// <summary>Awaits work and says what is being waited for once it takes over a second.</summary>
    public async Task<T> WaitAsync<T>(Task<T> work, string what)
    {
        using var done = new CancellationTokenSource();
        if (await Task.WhenAny(work, Task.Delay(SilentFor, cli.Time, done.Token)).ConfigureAwait(false) != work)
        {
            Write(what);
        }

        await done.CancelAsync().ConfigureAwait(false);
        return await work.ConfigureAwait(false);
    }

    private void Write(string value)
    {
        lock (_lock)
        {
            cli.Error.WriteLine(value);
        }
    }
}
