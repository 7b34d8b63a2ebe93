using Microsoft.Extensions.Logging;

namespace Exchange.Node.Hosting;

/// <summary>
/// Writes the log to standard error, one line per message. The framework's console logger keeps a thread for each host, which
/// a process with a hundred nodes cannot afford.
/// </summary>
internal sealed class StandardErrorLogger(string category, LogLevel least) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        // A stack trace is for who asked for a chatty log; others get the kind of failure.
        var detail = exception is null ? "" : least <= LogLevel.Information ? Environment.NewLine + exception : $" ({exception.GetType().Name})";
        Console.Error.WriteLine($"{logLevel.ToString().ToLowerInvariant()}: {category}[{eventId.Id}] {formatter(state, exception)}{detail}");
    }

    /// <summary>Makes them.</summary>
    internal sealed class Provider(LogLevel least) : ILoggerProvider
    {
        /// <inheritdoc/>
        public ILogger CreateLogger(string categoryName) => new StandardErrorLogger(categoryName, least);

        /// <inheritdoc/>
        public void Dispose()
        {
        }
    }
}
