using Exchange.Protocol.Errors;

namespace Exchange.Engines.Publishing;

/// <summary>Forms a source has.</summary>
internal enum SourceForm
{
    /// <summary>Text with delimiters.</summary>
    Text,

    /// <summary>Parquet.</summary>
    Parquet,

    /// <summary>A table of an SQLite file.</summary>
    Sqlite,
}

/// <summary>Where the rows to publish are.</summary>
internal sealed record SourceAddress(SourceForm Form, string File, string Table)
{
    private const string SqlitePrefix = "sqlite:";

    /// <summary>Reads the address and makes sure that its file is there and may be read.</summary>
    public static SourceAddress Parse(string source)
    {
        var address = source.StartsWith(SqlitePrefix, StringComparison.OrdinalIgnoreCase) ? ParseSqlite(source[SqlitePrefix.Length..])
            : new SourceAddress(source.EndsWith(".parquet", StringComparison.OrdinalIgnoreCase) ? SourceForm.Parquet : SourceForm.Text, source, "");
        address.EnsureReadable();
        return address;
    }

    /// <summary>The name of the file without its folder, for messages.</summary>
    public string FileName => Path.GetFileName(File);

    private static SourceAddress ParseSqlite(string rest)
    {
        var mark = rest.LastIndexOf('#');
        if (mark <= 0 || mark == rest.Length - 1)
        {
            throw Reasons.InvalidRequest.Because("The SQLite source names no table.", "Write it as sqlite:FILE#TABLE.");
        }

        return new SourceAddress(SourceForm.Sqlite, rest[..mark], rest[(mark + 1)..]);
    }

    private void EnsureReadable()
    {
        if (Directory.Exists(File))
        {
            throw Reasons.SourceMissing.Because($"The source {FileName} is a folder.", "Name one CSV, TSV or Parquet file in it.");
        }

        try
        {
            using var stream = new FileStream(File, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ExchangeException(Reasons.SourceMissing, $"The source file {FileName} is not there.", "Check the path; the node reads it, not the command line.", error);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException)
        {
            throw new ExchangeException(Reasons.SourceMissing, $"The source file {FileName} cannot be read.", "Give the node's user the right to read it.", error);
        }
    }
}
