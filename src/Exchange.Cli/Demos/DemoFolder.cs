using Exchange.Cli.Hosting;
using Exchange.Protocol.Errors;

namespace Exchange.Cli.Demos;

/// <summary>
/// The folder of one demonstration. A named folder is kept at the end, and emptied at the start only if a demonstration made it;
/// a temporary one is removed.
/// </summary>
internal sealed class DemoFolder : IDisposable
{
    private const string MarkName = "exchange-demo.txt";
    private const string MarkText = "Made by `exchange demo`, which may replace everything in this folder.\n";
    private readonly bool _temporary;
    private readonly FileStream _mark;

    private DemoFolder(string path, bool temporary, FileStream mark)
    {
        Path = path;
        _temporary = temporary;
        _mark = mark;
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Product, offers, data and the trial file.</summary>
    public string FilesFolder => System.IO.Path.Combine(Path, "files");

    /// <summary>The homes.</summary>
    public string ExchangeFolder => System.IO.Path.Combine(Path, "exchange");

    /// <summary>Makes the folder ready.</summary>
    /// <param name="path">The folder, or null for a temporary one.</param>
    /// <exception cref="ExchangeException"><c>FOLDER_NOT_DEMO</c> when something else is in it; <c>HOME_IN_USE</c> when another demonstration runs there.</exception>
    public static DemoFolder Open(string? path)
    {
        var folder = path is null ? TemporaryFolder.Create("exchange-demo") : System.IO.Path.GetFullPath(path);
        Directory.CreateDirectory(folder);
        var markFile = System.IO.Path.Combine(folder, MarkName);
        if (!File.Exists(markFile) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw Reasons.FolderNotDemo.Because($"The folder {folder} holds something that is not a demonstration.", "Name an empty folder, or a new one.");
        }

        // The mark is held open as long as the demonstration runs, so that no other one replaces its files.
        var opened = new DemoFolder(folder, path is null, Hold(markFile, folder));
        foreach (var part in new[] { opened.FilesFolder, opened.ExchangeFolder })
        {
            if (Directory.Exists(part))
            {
                Directory.Delete(part, recursive: true);
            }

            Directory.CreateDirectory(part, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return opened;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _mark.Dispose();
        if (_temporary)
        {
            Directory.Delete(Path, recursive: true);
        }
    }

    private static FileStream Hold(string markFile, string folder)
    {
        try
        {
            var mark = new FileStream(markFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            mark.SetLength(0);
            mark.Write(System.Text.Encoding.UTF8.GetBytes(MarkText));
            mark.Flush();
            return mark;
        }
        catch (IOException error)
        {
            throw new ExchangeException(Reasons.HomeInUse, $"Another demonstration runs in {folder}.", "Stop it, or name another folder.", error);
        }
    }
}
