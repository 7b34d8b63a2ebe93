namespace Exchange.Client.Audit;

/// <summary>A log in a folder, laid out as its pages are.</summary>
internal sealed class FolderLog(string folder) : ILogSource
{
    /// <inheritdoc/>
    public async Task<byte[]?> ReadAsync(string path, int bytesMax, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Path.Combine(folder, path));
        return file.Exists && file.Length <= bytesMax ? await File.ReadAllBytesAsync(file.FullName, cancellationToken).ConfigureAwait(false) : null;
    }
}
