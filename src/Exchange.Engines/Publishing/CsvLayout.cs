using System.Text;
using Exchange.Protocol.Errors;

namespace Exchange.Engines.Publishing;

/// <summary>How a text file is written: encoding, delimiter, names of its columns.</summary>
internal sealed record CsvLayout(string File, Encoding Encoding, char Delimiter, IReadOnlyList<string> Header)
{
    /// <summary>Most columns of a file.</summary>
    public const int ColumnsMax = 4_096;

    private static readonly char[] Delimiters = [',', ';', '\t'];

    /// <summary>Whether DuckDB can read the file as it is.</summary>
    public bool IsUtf8 => Encoding.CodePage == Encoding.UTF8.CodePage;

    /// <summary>Finds out, by the delimiter whose header has the most columns of the product.</summary>
    public static CsvLayout Detect(string file, string encoding, IReadOnlyCollection<string> wanted)
    {
        var decoder = EncodingOf(encoding);
        var layouts = Delimiters.Select(delimiter => new CsvLayout(file, decoder, delimiter, ReadHeader(file, decoder, delimiter))).ToList();
        return layouts.MaxBy(layout => (layout.Header.Count(wanted.Contains), layout.Header.Count))!;
    }

    /// <summary>A reader at the header of the file.</summary>
    public StreamReader OpenText() => Open(File, Encoding);

    private static Encoding EncodingOf(string name)
    {
        if (name.Length == 0 || name.Equals("utf-8", StringComparison.OrdinalIgnoreCase) || name.Equals("utf8", StringComparison.OrdinalIgnoreCase))
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
        }

        if (!name.Equals("GB18030", StringComparison.OrdinalIgnoreCase))
        {
            throw Reasons.InvalidRequest.Because("The encoding is not one that can be read.", "Use UTF-8 or GB18030.");
        }

        return CodePagesEncodingProvider.Instance.GetEncoding("GB18030", EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback)!;
    }

    private static IReadOnlyList<string> ReadHeader(string file, Encoding encoding, char delimiter)
    {
        var fields = new List<string>();
        using var text = Open(file, encoding);
        if (!new CsvReader(text, delimiter).Read(fields))
        {
            throw Reasons.SourceEmpty.Because("The source file is empty.", "Give it a header line with the names of the columns, and rows.");
        }

        if (fields.Count > ColumnsMax)
        {
            throw CsvReader.Malformed($"The file has more than {ColumnsMax} columns.");
        }

        return fields;
    }

    private static StreamReader Open(string file, Encoding encoding) =>
        new(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 256 * 1024, FileOptions.SequentialScan), encoding, detectEncodingFromByteOrderMarks: true);
}
