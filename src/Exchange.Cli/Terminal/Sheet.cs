using Spectre.Console;

namespace Exchange.Cli.Terminal;

/// <summary>Rows of text with headings; headings all empty means none is shown.</summary>
/// <param name="Columns">Member names, such as <c>dataset_version</c>.</param>
/// <param name="Rows">One text per column.</param>
internal sealed record Sheet(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>Columns whose texts stand at the right: numbers.</summary>
    public IReadOnlySet<int> RightAligned { get; init; } = new HashSet<int>();

    /// <summary>The columns are names that others chose and are shown exactly; else they are member names, shown as words.</summary>
    public bool ExactHeadings { get; init; }

    /// <summary>A member's name as a heading for people.</summary>
    public static string Heading(string name) => name.Replace('_', ' ');

    /// <summary>The table as people see it. Texts of others are shown as they are: nothing in them is markup.</summary>
    public Table ToTable()
    {
        var table = new Table { Border = TableBorder.Rounded, ShowHeaders = Columns.Any(column => column.Length > 0) };
        for (var i = 0; i < Columns.Count; i++)
        {
            table.AddColumn(new TableColumn(new Text(ExactHeadings ? Printable(Columns[i]) : Heading(Columns[i]))) { Alignment = RightAligned.Contains(i) ? Justify.Right : Justify.Left });
        }

        foreach (var row in Rows)
        {
            table.AddRow(row.Select(cell => new Text(Printable(cell))));
        }

        return table;
    }

    /// <summary>A text of somebody else, without the control characters that must not reach the terminal.</summary>
    public static string Printable(string text) =>
        text.Any(character => char.IsControl(character) && character != '\n') ? string.Concat(text.Select(character => char.IsControl(character) && character != '\n' ? '\uFFFD' : character)) : text;
}
