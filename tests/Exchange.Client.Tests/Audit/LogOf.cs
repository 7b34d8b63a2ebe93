using System.Globalization;
using System.Text.Json.Nodes;
using Exchange.Client.Audit;
using Exchange.Transparency;

namespace Exchange.Client.Tests.Audit;

/// <summary>A log of an owner out of a few words per entry, one minute after another.</summary>
internal static class LogOf
{
    public static AuditedLog Owner(params (string Event, object Members)[] entries)
    {
        var log = new AuditedLog("mill");
        var time = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        foreach (var (what, members) in entries)
        {
            var leaf = System.Text.Json.JsonSerializer.SerializeToNode(members)!.AsObject();
            leaf["v"] = 1;
            leaf["event"] = what;
            leaf["participant"] = "mill";
            leaf["time"] ??= time.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
            time = time.AddMinutes(1);
            Assert.Null(LogLeaf.TryRead("mill", log.Leaves.Count, CanonicalJson.Serialize(leaf), out var read));
            log.LeafList.Add(read!);
        }

        return log;
    }

    public static IEnumerable<(AuditCheck, long?)> FoundIn(AuditedLog log) => log.Findings.Select(finding => (finding.Check, finding.Seq));
}
