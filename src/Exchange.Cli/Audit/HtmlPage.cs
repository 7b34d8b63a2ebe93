using System.Globalization;
using System.Net;
using System.Text;

namespace Exchange.Cli.Audit;

/// <summary>
/// A page in one file: no scripts, nothing fetched from anywhere, and every text of others escaped. It is well-formed XML too, so
/// that a machine can check it.
/// </summary>
internal sealed class HtmlPage
{
    private const int BarsMax = 60;
    private const int LabelWidth = 240;
    private const int BarWidth = 400;
    private const int RowHeight = 22;

    private const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; color: #1b1f24; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
        h1 { font-size: 1.7rem; margin-bottom: 0; } h2 { font-size: 1.2rem; margin-top: 2.2rem; break-after: avoid; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; } th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #d5dae0; }
        th { border-bottom: 2px solid #8a94a0; } td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; } tr { break-inside: avoid; }
        .good, .bad { padding: .6rem 1rem; border-left: .4rem solid; margin: 1rem 0; } .good { border-color: #2e7d4f; background: #eef7f1; } .bad { border-color: #b3261e; background: #fbeeed; }
        svg { max-width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: #1b1f24; } svg rect { fill: #3b6ea8; } .none { color: #5c6670; } p { overflow-wrap: anywhere; } .chart { font-weight: 600; margin: 1rem 0 .2rem; break-after: avoid; } svg, .good, .bad { break-inside: avoid; }
        @media print { body { margin: 0; max-width: none; font-size: 11px; } table { font-size: 10px; } svg rect, .good, .bad { print-color-adjust: exact; } thead { display: table-header-group; } @page { margin: 18mm; } }
        """;

    private readonly StringBuilder _body = new();

    /// <summary>A heading of the page.</summary>
    public void Title(string text) => Element("h1", text);

    /// <summary>A heading of a part.</summary>
    public void Heading(string text) => Element("h2", text);

    /// <summary>A paragraph.</summary>
    public void Paragraph(string text) => Element("p", text);

    /// <summary>A sentence that must be seen.</summary>
    public void Notice(bool isGood, string text) => _body.Append(CultureInfo.InvariantCulture, $"<p class=\"{(isGood ? "good" : "bad")}\">{Escape(text)}</p>\n");

    /// <summary>Rows under headings; numbers stand at the right.</summary>
    public void Table(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows)
    {
        List<IReadOnlyList<object?>> all = [.. rows];
        if (all.Count == 0)
        {
            _body.Append("<p class=\"none\">None.</p>\n");
            return;
        }

        _body.Append("<table><thead><tr>");
        for (var i = 0; i < columns.Count; i++)
        {
            _body.Append(CultureInfo.InvariantCulture, $"<th{ClassOf(all[0][i])}>{Escape(columns[i])}</th>");
        }

        _body.Append("</tr></thead><tbody>\n");
        foreach (var row in all)
        {
            _body.Append("<tr>");
            foreach (var cell in row)
            {
                _body.Append(CultureInfo.InvariantCulture, $"<td{ClassOf(cell)}>{Escape(string.Format(CultureInfo.InvariantCulture, "{0}", cell))}</td>");
            }

            _body.Append("</tr>\n");
        }

        _body.Append("</tbody></table>\n");
    }

    /// <summary>Horizontal bars, the first <see cref="BarsMax"/>; the table beside it has them all.</summary>
    public void Bars(string title, IReadOnlyList<(string Label, double Value)> bars)
    {
        if (bars.Count == 0)
        {
            return;
        }

        var shown = bars.Take(BarsMax).ToList();
        var most = Math.Max(shown.Max(bar => bar.Value), double.Epsilon);
        var height = shown.Count * RowHeight;
        _body.Append(CultureInfo.InvariantCulture, $"<p class=\"chart\">{Escape(title)}</p>\n<svg viewBox=\"0 0 {LabelWidth + BarWidth + 80} {height}\" width=\"{LabelWidth + BarWidth + 80}\" height=\"{height}\" role=\"img\" aria-label=\"{Escape(title)}\"><title>{Escape(title)}</title>\n");
        for (var i = 0; i < shown.Count; i++)
        {
            var y = i * RowHeight;
            var width = shown[i].Value / most * BarWidth;
            _body.Append(CultureInfo.InvariantCulture, $"<text x=\"{LabelWidth - 8}\" y=\"{y + 15}\" text-anchor=\"end\">{Escape(Cut(shown[i].Label))}</text>");
            _body.Append(CultureInfo.InvariantCulture, $"<rect x=\"{LabelWidth}\" y=\"{y + 3}\" width=\"{width:0.##}\" height=\"{RowHeight - 6}\"/>");
            _body.Append(CultureInfo.InvariantCulture, $"<text x=\"{LabelWidth + width + 6:0.##}\" y=\"{y + 15}\">{shown[i].Value:0.####}</text>\n");
        }

        _body.Append("</svg>\n");
    }

    /// <summary>The page.</summary>
    public string ToHtml(string title) => $"""
        <!DOCTYPE html>
        <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
        <head>
        <meta charset="utf-8"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <title>{Escape(title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        {_body}</body>
        </html>
        """ + "\n";

    private void Element(string name, string text) => _body.Append(CultureInfo.InvariantCulture, $"<{name}>{Escape(text)}</{name}>\n");

    private static string ClassOf(object? cell) => cell is int or long or double ? " class=\"number\"" : "";

    private static string Cut(string label) => label.Length <= 34 ? label : label[..33] + "…";

    // Control characters have no place in XML, escaped or not.
    private static string Escape(string text) => WebUtility.HtmlEncode(string.Concat(text.Select(character => char.IsControl(character) || char.IsSurrogate(character) ? '\uFFFD' : character)));
}
