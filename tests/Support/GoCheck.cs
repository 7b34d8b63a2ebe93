using System.Diagnostics;

namespace Exchange.Tests.Support;

/// <summary>Runs the small Go program beside it, which checks with golang.org/x/mod what this repository checks with its own code.</summary>
internal static class GoCheck
{
    private const string Packages = "/usr/share/gocode";

    /// <summary>Sends it lines and returns as many.</summary>
    public static async Task<string[]> RunAsync(IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        RequireGo();
        var program = Path.Combine(AppContext.BaseDirectory, "notecheck");
        await RunAsync("go", ["build", "-o", program, Path.Combine(AppContext.BaseDirectory, "Go", "notecheck.go")], [], cancellationToken);
        return await RunAsync(program, [], lines, cancellationToken);
    }

    // Continuous integration installs Go and sets EXCHANGE_REQUIRE_ALL; elsewhere the test says that it did not run.
    private static void RequireGo()
    {
        const string Missing = "Skipped: Go and golang.org/x/mod are not installed (Debian: golang-go golang-golang-x-mod-dev).";
        var found = Directory.Exists(Packages + "/src/golang.org/x/mod/sumdb/tlog")
            && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "go")));
        if (!found && Environment.GetEnvironmentVariable("EXCHANGE_REQUIRE_ALL") == "1")
        {
            Assert.Fail(Missing);
        }

        Assert.SkipUnless(found, Missing);
    }

    private static async Task<string[]> RunAsync(string program, string[] arguments, IEnumerable<string> lines, CancellationToken cancellationToken)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["GO111MODULE"] = "off", ["GOPATH"] = Packages, ["GOFLAGS"] = "" },
        })!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        foreach (var line in lines)
        {
            await process.StandardInput.WriteLineAsync(line.AsMemory(), cancellationToken);
        }

        process.StandardInput.Close();
        var text = await output;
        await process.WaitForExitAsync(cancellationToken);
        Assert.Equal(0, process.ExitCode);
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
