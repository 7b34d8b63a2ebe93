namespace Exchange.Client.Files;

/// <summary>Sources of datasets as people write them: a file, or <c>sqlite:FILE#TABLE</c>.</summary>
public static class SourceText
{
    private const string Sqlite = "sqlite:";

    /// <summary>Makes the path in a source absolute: the node that reads it may run in another folder.</summary>
    /// <param name="text">As written.</param>
    /// <param name="folder">Where a relative path begins.</param>
    public static string Resolve(string text, string folder) => text.StartsWith(Sqlite, StringComparison.Ordinal)
        ? Sqlite + Path.GetFullPath(text[Sqlite.Length..], folder)
        : Path.GetFullPath(text, folder);

    /// <summary>As above, of a value in a file.</summary>
    internal static string Resolve(YamlValue value) => Resolve(value.Text(), value.Folder);
}
