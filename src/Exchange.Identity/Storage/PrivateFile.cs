namespace Exchange.Identity.Storage;

/// <summary>Files that only their owner may read, for databases that would else be made with the process's mask.</summary>
internal static class PrivateFile
{
    /// <summary>Makes an empty file of mode 0600 unless one is there. SQLite gives its side files the mode of the database.</summary>
    public static void Ensure(string file)
    {
        using var stream = new FileStream(file, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }
}
