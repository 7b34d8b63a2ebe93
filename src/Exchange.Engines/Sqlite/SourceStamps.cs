using Exchange.Protocol.Errors;
using Exchange.Query.Execution;

namespace Exchange.Engines.Sqlite;

/// <summary>What an attached file looks like. Committed changes of a WAL database may still be in its <c>-wal</c> file, which counts too.</summary>
internal static class SourceStamps
{
    /// <summary>The stamp of the file as it is.</summary>
    public static SourceStamp Of(string file, long rowCount)
    {
        var main = new FileInfo(file);
        var log = new FileInfo(file + "-wal");

        // Merely opening a WAL database makes an empty one.
        var logged = log.Exists && log.Length > 0;
        return new SourceStamp(
            main.Length + (logged ? log.Length : 0),
            Math.Max(main.LastWriteTimeUtc.Ticks, logged ? log.LastWriteTimeUtc.Ticks : 0),
            rowCount);
    }

    /// <summary>
    /// Refuses a file that is not what was published. Called within the read transaction: what its snapshot shows is then no newer
    /// than what is looked at here.
    /// </summary>
    public static void EnsureUnchanged(string file, SourceStamp stamp)
    {
        if (!File.Exists(file) || Of(file, stamp.RowCount) != stamp)
        {
            throw Changed();
        }
    }

    /// <summary>The refusal.</summary>
    public static ExchangeException Changed() => Reasons.DatasetChanged.Because(
        "The attached table changed since it was published.", "Its owner publishes it again with `dataset append` or `dataset publish`.");
}
