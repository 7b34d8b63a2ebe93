using Exchange.Cli.Hosting;
using Exchange.Cli.Terminal;
using Exchange.Client.Files;

namespace Exchange.Cli.Trials;

/// <summary>Tells what to type in another terminal while the exchange stays up.</summary>
internal static class StayUp
{
    public static void Tell(CliSession cli, LocalExchange exchange, TrialDefinition trial)
    {
        var example = trial.Queries.Count > 0 ? trial.Queries[0] : null;
        var asker = example?.As ?? trial.Participants[0].Member.Id;
        var owner = trial.Participants.FirstOrDefault(participant => participant.Datasets.Count > 0)?.Member.Id ?? asker;
        cli.Error.WriteLine();
        cli.Error.WriteLine("The exchange stays up. In another terminal:");
        cli.Error.WriteLine($"  {Program()} --home {exchange.HomeOf(asker)} catalog");
        if (example is not null)
        {
            cli.Error.WriteLine($"  {Program()} --home {exchange.HomeOf(asker)} query {Quote(example.Sql.Trim())} --purpose {example.Purpose}");
            cli.Error.WriteLine($"  {Program()} --home {exchange.HomeOf(asker)} query {Quote(example.Sql.Trim())} --purpose {example.Purpose} --explain");
        }

        cli.Error.WriteLine($"  {Program()} --home {exchange.HomeOf(owner)} agreement list");
        cli.Error.WriteLine($"  {Program()} --home {exchange.HomeOf(owner)} doctor");
        cli.Error.WriteLine($"  {Program()} --home {exchange.IdentityHomePath} participant list");
        cli.Error.WriteLine($"The homes are in {exchange.Folder}. Ctrl-C ends it.");
    }

    // The program as this terminal can find it: its own path, or through dotnet when it runs as a library.
    private static string Program()
    {
        var path = Environment.ProcessPath ?? "exchange";
        return Path.GetFileNameWithoutExtension(path) == "dotnet" ? $"dotnet {Path.Combine(AppContext.BaseDirectory, "exchange.dll")}" : path;
    }

    private static string Quote(string text) => $"'{text.ReplaceLineEndings(" ").Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
