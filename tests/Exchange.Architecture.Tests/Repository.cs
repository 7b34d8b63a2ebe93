namespace Exchange.Architecture.Tests;

internal static class Repository
{
    /// <summary>The folder of the solution, found upwards from the test's own output.</summary>
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder) =>
        File.Exists(Path.Combine(folder, "Exchange.sln")) ? folder : Find(Path.GetDirectoryName(folder.TrimEnd('/')) ?? throw new DirectoryNotFoundException("Exchange.sln"));
}
