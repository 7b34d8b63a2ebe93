namespace Exchange.Engines.Publishing;

/// <summary>A row of a source as text.</summary>
/// <param name="Line">Where it is, for people: see <see cref="Violation.FirstLines"/>.</param>
/// <param name="Fields">One per stored column, valid until the next row is read; null when the line has another number of fields than the header.</param>
internal readonly record struct SourceRow(long Line, IReadOnlyList<string?>? Fields);

/// <summary>Reads a text file row by row, where its lines matter; slower than the engine's own reader.</summary>
internal static class SourceRows
{
    /// <summary>The rows of a text file.</summary>
    public static IEnumerable<SourceRow> OfText(CsvLayout layout, ColumnMatch match)
    {
        using var text = layout.OpenText();
        var reader = new CsvReader(text, layout.Delimiter);
        var record = new List<string>();
        reader.Read(record);
        var fields = new string?[match.Positions.Count];
        while (reader.Read(record))
        {
            if (record.Count != layout.Header.Count)
            {
                yield return new SourceRow(reader.Line, null);
                continue;
            }

            for (var index = 0; index < fields.Length; index++)
            {
                fields[index] = record[match.Positions[index]];
            }

            yield return new SourceRow(reader.Line, fields);
        }
    }
}
