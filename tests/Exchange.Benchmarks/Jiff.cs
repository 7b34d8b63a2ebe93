using System.Diagnostics;
using System.Globalization;

namespace Exchange.Benchmarks;

/// <summary>Three parties of jiff-mpc 1.0.0 and their server in one process of node (<c>jiff-sum.js</c>).</summary>
internal sealed class Jiff : IDisposable
{
    /// <summary>Names the folder that <c>npm install jiff-mpc@1.0.0</c> was run in.</summary>
    public const string FolderVariable = "EXCHANGE_JIFF";

    private readonly Process _node;

    private Jiff(Process node)
    {
        _node = node;
    }

    /// <summary>Null where node or the package is not there.</summary>
    public static async Task<Jiff?> TryStartAsync(int values, CancellationToken cancellationToken)
    {
        var folder = Environment.GetEnvironmentVariable(FolderVariable);
        if (folder is null || !Directory.Exists(Path.Combine(folder, "node_modules", "jiff-mpc")))
        {
            return null;
        }

        var start = new ProcessStartInfo("node", [Path.Combine(AppContext.BaseDirectory, "jiff-sum.js"), values.ToString(CultureInfo.InvariantCulture)])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        Process node;
        try
        {
            node = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }

        var jiff = new Jiff(node);
        // It greets the server before it says so.
        while (await jiff.LineAsync(cancellationToken).ConfigureAwait(false) != "ready")
        {
        }

        return jiff;
    }

    /// <summary>One sum; in milliseconds, from sharing to the opened sums.</summary>
    public async Task<double> SumAsync(CancellationToken cancellationToken)
    {
        await _node.StandardInput.WriteLineAsync("sum".AsMemory(), cancellationToken).ConfigureAwait(false);
        await _node.StandardInput.FlushAsync(cancellationToken).ConfigureAwait(false);
        return double.Parse(await LineAsync(cancellationToken).ConfigureAwait(false), CultureInfo.InvariantCulture);
    }

    public void Dispose()
    {
        if (!_node.HasExited)
        {
            _node.Kill();
        }

        _node.Dispose();
    }

    private async Task<string> LineAsync(CancellationToken cancellationToken) =>
        await _node.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false)
        ?? throw new InvalidOperationException("node ended; what it wrote on standard error says why.");
}
