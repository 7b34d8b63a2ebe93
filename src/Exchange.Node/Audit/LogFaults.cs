using System.Globalization;
using Exchange.Protocol.Errors;
using Exchange.Transparency.Trees;

namespace Exchange.Node.Audit;

/// <summary>Why a node does not serve on the access log it finds: signing on would give its signature to two different pasts.</summary>
internal static class LogFaults
{
    private const string Restore =
        "Put the newest state.db of this home back in its place; keep the present one for the auditors. If the newest is lost, the participant must join anew under another id, for this log cannot go on.";

    /// <summary>The log ends before a head that was signed.</summary>
    public static ExchangeException RolledBack(long size, TreeHead signed) => Reasons.LogTampered.Because(
        string.Create(CultureInfo.InvariantCulture, $"The access log has {size} entries, but a checkpoint over {signed.Size} was signed: the database is an earlier state of itself."), Restore);

    /// <summary>The log's beginning is not what was signed.</summary>
    public static ExchangeException Rewritten(TreeHead signed) => Reasons.LogTampered.Because(
        string.Create(CultureInfo.InvariantCulture, $"The first {signed.Size} entries of the access log are not those over which a checkpoint was signed."), Restore);

    /// <summary>Leaves, tiles or head are missing or do not belong together.</summary>
    public static ExchangeException Damaged(string what) => Reasons.LogTampered.Because("The access log does not hold together: " + what, Restore);

    /// <summary>The file that remembers the last head has no readable line.</summary>
    public static ExchangeException HeadFileUnreadable() => Reasons.LogTampered.Because(
        "The file log-head.txt of the home, which remembers the last signed checkpoint, cannot be read.", "Put the newest copy of it back in its place, or tell the auditors before you remove it.");
}
