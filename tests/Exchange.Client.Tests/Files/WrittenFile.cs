using Exchange.Protocol.Naming;

namespace Exchange.Client.Tests.Files;

/// <summary>A folder with files of a test, removed afterwards.</summary>
internal sealed class WrittenFile : IDisposable
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), "exchange-files-" + Identifiers.NewId());

    public WrittenFile(string name, string text)
    {
        Directory.CreateDirectory(_folder);
        FilePath = Add(name, text);
    }

    /// <summary>The first file.</summary>
    public string FilePath { get; }

    /// <summary>The folder.</summary>
    public string Folder => _folder;

    /// <summary>Writes another one beside it.</summary>
    public string Add(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
