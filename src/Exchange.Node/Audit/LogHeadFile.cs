using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Transparency.Trees;

namespace Exchange.Node.Audit;

/// <summary>
/// Remembers the last head that was signed, in a file beside the database: two lines that are written in turn, each with a
/// checksum, so that a torn write leaves the one before. Written after the head is durable in the database and before anybody is
/// told of it. It survives the death of the process at once; a loss of power may leave it some heads behind, never ahead.
/// </summary>
internal sealed class LogHeadFile : IDisposable
{
    private const int LineBytes = 128;
    private readonly FileStream _file;
    private int _next;

    private LogHeadFile(FileStream file, TreeHead? last, int next)
    {
        _file = file;
        Last = last;
        _next = next;
    }

    /// <summary>The larger head that the file held when it was opened; null when there was no file.</summary>
    public TreeHead? Last { get; }

    /// <summary>Opens the file, or makes it.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.LogTampered"/> when it holds no head; <see cref="Reasons.StorageFailed"/>.</exception>
    public static LogHeadFile Open(Home home)
    {
        try
        {
            var exists = File.Exists(home.LogHeadFile);
            if (!exists)
            {
                home.WritePrivate(home.LogHeadFile, Encoding.ASCII.GetBytes(Line(new TreeHead(0, TreeHash.Empty)) + Line(new TreeHead(0, TreeHash.Empty))));
            }

            var file = new FileStream(home.LogHeadFile, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
            return exists ? Read(file) : new LogHeadFile(file, null, 0);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ExchangeException(Reasons.StorageFailed, $"The file {home.LogHeadFile} cannot be opened.", "Check the home folder's permissions.", error);
        }
    }

    /// <summary>The heads that the file of a running node remembers; a line that is being written is left out.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.LogTampered"/> when it holds no head.</exception>
    public static IReadOnlyList<TreeHead> Peek(Home home)
    {
        try
        {
            using var file = new FileStream(home.LogHeadFile, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            IReadOnlyList<TreeHead> heads = [.. Lines(file).OfType<TreeHead>()];
            return heads.Count > 0 ? heads : throw LogFaults.HeadFileUnreadable();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw LogFaults.HeadFileUnreadable();
        }
    }

    /// <summary>Remembers a head.</summary>
    public void Write(TreeHead head)
    {
        _file.Position = _next * LineBytes;
        _file.Write(Encoding.ASCII.GetBytes(Line(head)));
        _next = 1 - _next;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Flush(flushToDisk: true);
        _file.Dispose();
    }

    private static LogHeadFile Read(FileStream file)
    {
        var heads = Lines(file);
        if (heads is [null, null])
        {
            file.Dispose();
            throw LogFaults.HeadFileUnreadable();
        }

        var newest = heads[0] is { } first && (heads[1] is not { } second || first.Size >= second.Size) ? 0 : 1;
        return new LogHeadFile(file, heads[newest], 1 - newest);
    }

    private static TreeHead?[] Lines(FileStream file)
    {
        var bytes = new byte[2 * LineBytes];
        var length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        var text = Encoding.Latin1.GetString(bytes.AsSpan(0, length));
        return [.. Enumerable.Range(0, 2).Select(line => Parse(text[Math.Min(length, line * LineBytes)..Math.Min(length, (line + 1) * LineBytes)]))];
    }

    private static TreeHead? Parse(string line)
    {
        var parts = line.TrimEnd().Split(' ');
        return parts.Length == 3 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            && TreeHash.TryParse(parts[1], out var root) && line == Line(new TreeHead(size, root))
            ? new TreeHead(size, root)
            : null;
    }

    private static string Line(TreeHead head)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{head.Size} {head.Root} ");
        return (text + Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)))[..16]).PadRight(LineBytes - 1) + "\n";
    }
}
