using Exchange.Protocol.Naming;

namespace Exchange.Cli.Hosting;

/// <summary>Folders that nobody else has.</summary>
internal static class TemporaryFolder
{
    /// <summary>Makes a folder with mode 0700 and a random name.</summary>
    public static string Create(string prefix)
    {
        var path = Path.Combine(Path.GetTempPath(), $"{prefix}-{Identifiers.NewId()[..10]}");
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
