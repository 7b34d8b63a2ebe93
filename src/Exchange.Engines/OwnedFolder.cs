namespace Exchange.Engines;

/// <summary>Folders and files that only the node's own user may read.</summary>
internal static class OwnedFolder
{
    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes the folder, 0700, if it is not there.</summary>
    public static void Ensure(string folder) => Directory.CreateDirectory(folder, OwnerFolder);

    /// <summary>Makes the file 0600.</summary>
    public static void Protect(string file) => File.SetUnixFileMode(file, OwnerFile);
}
