namespace Exchange.Federation.Tests;

/// <summary>Files of the project that tests use as a user would.</summary>
internal static class RepositoryFiles
{
    private static readonly string Root = Find(AppContext.BaseDirectory);

    /// <summary>Absolute path of a file or folder of the project.</summary>
    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    private static string Find(string folder) => File.Exists(System.IO.Path.Combine(folder, "Exchange.sln"))
        ? folder
        : Find(System.IO.Path.GetDirectoryName(folder.TrimEnd('/')) ?? throw new DirectoryNotFoundException("Exchange.sln"));
}
