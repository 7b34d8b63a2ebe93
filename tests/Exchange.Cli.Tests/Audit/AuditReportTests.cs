using System.Text.Json.Nodes;
using System.Xml.Linq;
using Exchange.Cli.Audit;
using Exchange.Client.Audit;
using Exchange.Transparency;

namespace Exchange.Cli.Tests.Audit;

/// <summary>The page of a report, about entries that somebody made to be misread.</summary>
public sealed class AuditReportTests
{
    private const string Evil = "\"><script>alert('x')</script>&<img src=x onerror=y>\u0001\ud83d";
    private static readonly DateTimeOffset Now = new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Texts_of_others_stay_texts_and_the_page_is_well_formed()
    {
        var page = XDocument.Parse(Page(Leaf("query.refused", Evil[..^1]), Leaf("query.answered", "research")).Replace("<!DOCTYPE html>", "", StringComparison.Ordinal));

        XNamespace html = "http://www.w3.org/1999/xhtml";
        Assert.Empty(page.Descendants(html + "script"));
        Assert.Empty(page.Descendants(html + "img"));
        Assert.Contains(page.Descendants(html + "td"), cell => cell.Value.Contains("<script>alert('x')</script>", StringComparison.Ordinal));
        Assert.DoesNotContain(page.Descendants().Attributes(), attribute => attribute.Name.LocalName is "src" or "href" or "onerror" or "onload");
        Assert.Contains(page.Descendants(html + "meta").Attributes("content"), attribute => attribute.Value.StartsWith("default-src 'none'", StringComparison.Ordinal));
    }

    [Fact]
    public void Entries_outside_the_period_are_left_out_and_its_ends_are_in_it()
    {
        var usage = new Usage([Leaf("query.answered", "a", "2026-03-01T00:00:00.000000Z"), Leaf("query.answered", "b", "2026-02-28T23:59:59.999999Z")], new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero), Now);
        Assert.Equal(["a"], usage.Uses.Select(use => use.Purpose));
    }

    [Fact]
    public void A_failed_check_is_said_first_and_with_its_leaf()
    {
        var log = new AuditedLog("mill");
        log.Find(AuditCheck.Consistency, 7, "The log does not begin with what was seen.");
        var page = AuditReport.ToHtml(new Usage([], Now.AddDays(-30), Now), new AuditOutcome([log], 0), new string('0', 64), Now);

        Assert.Contains("1 checks failed", page, StringComparison.Ordinal);
        Assert.Contains("<td class=\"number\">7</td><td>consistency</td>", page, StringComparison.Ordinal);
    }

    private static string Page(params LogLeaf[] leaves)
    {
        var log = new AuditedLog("mill");
        log.LeafList.AddRange(leaves);
        return AuditReport.ToHtml(new Usage(leaves, Now.AddDays(-90), Now), new AuditOutcome([log], 0), new string('0', 64), Now);
    }

    private static LogLeaf Leaf(string what, string purpose, string time = "2026-03-02T00:00:00.000000Z")
    {
        var bytes = CanonicalJson.Serialize(new JsonObject
        {
            ["v"] = 1,
            ["event"] = what,
            ["participant"] = "mill",
            ["time"] = time,
            ["caller"] = purpose,
            ["purpose"] = purpose,
            ["product"] = "readings/1",
            ["reason"] = purpose,
            ["cells"] = 3,
        });
        Assert.Null(LogLeaf.TryRead("mill", 0, bytes, out var leaf));
        return leaf!;
    }
}
