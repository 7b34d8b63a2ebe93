namespace Exchange.Cli.Terminal;

/// <summary>Writes CSV (RFC 4180, lines ended with a line feed).</summary>
internal static class CsvOutput
{
    private static readonly char[] NeedsQuotes = [',', '"', '\n', '\r'];

    /// <summary>Writes a header line and the rows.</summary>
    public static void Write(TextWriter output, Sheet sheet)
    {
        if (sheet.Columns.Any(column => column.Length > 0))
        {
            WriteLine(output, sheet.Columns);
        }

        foreach (var row in sheet.Rows)
        {
            WriteLine(output, row);
        }
    }

    private static void WriteLine(TextWriter output, IReadOnlyList<string> cells) => output.Write(string.Join(',', cells.Select(Quote)) + "\n");

    private static string Quote(string cell) => cell.IndexOfAny(NeedsQuotes) < 0 ? cell : $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
