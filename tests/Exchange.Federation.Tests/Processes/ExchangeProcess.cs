using System.Diagnostics;
using System.Text;

namespace Exchange.Federation.Tests.Processes;

/// <summary>The program as an operating-system process of its own.</summary>
internal sealed class ExchangeProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _errors = new();
    private readonly Lock _gate = new();
    private readonly List<(string Text, TaskCompletionSource Seen)> _awaited = [];
    private readonly Task<string> _output;
    private int _disposed;

    private ExchangeProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => OnErrorLine(line.Data);
        process.BeginErrorReadLine();
        _output = process.StandardOutput.ReadToEndAsync();
    }

    /// <summary>What it wrote to standard error so far.</summary>
    public string Errors
    {
        get
        {
            lock (_gate)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>The operating system's number of it.</summary>
    public int Id => _process.Id;

    public static ExchangeProcess Start(IEnumerable<string> arguments, string folder)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "exchange"), arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        return new ExchangeProcess(Process.Start(start)!);
    }

    /// <summary>Returns once a line of standard error holds the text; fails when the process ends first.</summary>
    public async Task WaitForErrorLineAsync(string text, CancellationToken cancellationToken)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_errors.ToString().Contains(text, StringComparison.Ordinal))
            {
                return;
            }

            _awaited.Add((text, seen));
        }

        var ended = _process.WaitForExitAsync(cancellationToken);
        if (await Task.WhenAny(seen.Task, ended) == ended)
        {
            await ended;
            Assert.Fail($"The process ended before it wrote '{text}':\n{Errors}");
        }
    }

    /// <summary>Everything it wrote to standard output, once it has ended.</summary>
    public Task<string> OutputAsync(CancellationToken cancellationToken) => _output.WaitAsync(cancellationToken);

    /// <summary>Its exit code, once it has ended.</summary>
    public async Task<int> ExitCodeAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Ends it as a crash would; a second time does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void OnErrorLine(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            _errors.AppendLine(line);
            foreach (var (text, seen) in _awaited)
            {
                if (line.Contains(text, StringComparison.Ordinal))
                {
                    seen.TrySetResult();
                }
            }
        }
    }
}
