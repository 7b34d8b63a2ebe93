namespace Exchange.Engines.Publishing.RowHashes;

/// <summary>Where a node keeps the hashes of rows, and their key: one file per publication, for as long as its version is on record.</summary>
/// <param name="folder">The folder, made when first needed.</param>
internal sealed class RowHashFolder(string folder)
{
    private const string Extension = ".hashes";

    /// <summary>Starts the file of a publication.</summary>
    public RowHashWriter Create(string name) => new(RowHashKey.Of(Path.Combine(folder, "rows.key")), FileOf(name));

    /// <summary>The hashes of publications.</summary>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public RowHashSet Read(IEnumerable<string> names, CancellationToken cancellationToken) => RowHashSet.Read(names.Select(FileOf), cancellationToken);

    /// <summary>Deletes the file of a publication that came to nothing.</summary>
    public void Delete(string name) => File.Delete(FileOf(name));

    /// <summary>Deletes every file but those.</summary>
    public void DropAllBut(IReadOnlySet<string> names)
    {
        if (Directory.Exists(folder))
        {
            foreach (var file in Directory.EnumerateFiles(folder, "*" + Extension).Where(file => !names.Contains(Path.GetFileNameWithoutExtension(file))))
            {
                File.Delete(file);
            }
        }
    }

    private string FileOf(string name) => Path.Combine(folder, name + Extension);
}
