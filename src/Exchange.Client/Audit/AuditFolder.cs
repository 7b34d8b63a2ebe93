using System.Text;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Signing.V1;
using Exchange.Transparency.Tiles;
using Google.Protobuf;

namespace Exchange.Client.Audit;

/// <summary>
/// An audit as files: <c>register.bin</c> (SignedBytes around the register) and <c>operator.pub</c>; for each log, under
/// <c>logs/PARTICIPANT/</c>, its pages as it serves them (c2sp.org/tlog-tiles), and <c>keys</c>, its keys out of the register as
/// c2sp.org/signed-note writes them, one a line; and <c>receipts/</c>, proofs of single leaves (c2sp.org/tlog-proof).
/// </summary>
public static class AuditFolder
{
    internal const string RegisterName = "register.bin";
    internal const string OperatorKeyName = "operator.pub";
    private const int TileBytesMax = 17 << 20;
    private const int RegisterBytesMax = 32 << 20;

    /// <summary>Folder of one log.</summary>
    internal static string OfLog(string folder, string participant) => Path.Combine(folder, "logs", participant);

    /// <summary>Files of single receipts.</summary>
    public static IEnumerable<string> ReceiptsOf(string folder) => Directory.Exists(Path.Combine(folder, "receipts")) ? Directory.EnumerateFiles(Path.Combine(folder, "receipts")).Order(StringComparer.Ordinal) : [];

    /// <summary>The signed register.</summary>
    internal static SignedBytes ReadRegister(string folder)
    {
        try
        {
            var file = new FileInfo(Path.Combine(folder, RegisterName));
            return file.Length <= RegisterBytesMax ? SignedBytes.Parser.ParseFrom(File.ReadAllBytes(file.FullName)) : new SignedBytes();
        }
        catch (InvalidProtocolBufferException)
        {
            return new SignedBytes();
        }
    }

    /// <summary>Writes a folder that is not there yet, or is empty.</summary>
    /// <exception cref="ExchangeException"><c>FILE_EXISTS</c>; <c>UNREACHABLE</c>.</exception>
    internal static async Task WriteAsync(
        string folder, ExchangeLogs logs, SignedBytes register, byte[] operatorKey, IReadOnlyCollection<HeldReceipt> receipts, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw Reasons.FileExists.Because($"The folder {folder} is not empty.", "Name another one.");
        }

        await SaveAsync(folder, RegisterName, register.ToByteArray(), cancellationToken).ConfigureAwait(false);
        await SaveAsync(folder, OperatorKeyName, operatorKey, cancellationToken).ConfigureAwait(false);
        foreach (var log in logs.Logs.Values.Where(log => log.Head is not null))
        {
            await WriteLogAsync(OfLog(folder, log.Participant), log, logs, cancellationToken).ConfigureAwait(false);
        }

        foreach (var log in logs.Logs.Keys)
        {
            await WriteWitnessedAsync(folder, log, logs, cancellationToken).ConfigureAwait(false);
        }

        foreach (var receipt in receipts)
        {
            await SaveAsync(folder, FormattableString.Invariant($"receipts/{receipt.Owner}-{receipt.Proof.Index}.txt"), Encoding.UTF8.GetBytes(receipt.ToText()), cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task WriteLogAsync(string folder, AuditedLog log, ExchangeLogs logs, CancellationToken cancellationToken)
    {
        var size = log.Head!.Value.Size;
        var source = logs.SourceOf(log.Participant)!;
        var participant = logs.Register.Snapshot.Participants.Single(participant => participant.Id == log.Participant);
        await SaveAsync(folder, "checkpoint", log.Checkpoint!, cancellationToken).ConfigureAwait(false);
        await SaveAsync(folder, "keys", Encoding.UTF8.GetBytes(string.Concat(ExchangeLogs.KeysOf(participant).Select(key => key + "\n"))), cancellationToken).ConfigureAwait(false);
        foreach (var tile in log.HasEntries ? Tile.OfTree(size).Concat(Tile.EntriesOfTree(size)) : Tile.OfTree(size))
        {
            // What is missing stays missing in the folder, where verifying it finds it.
            if (await source.ReadAsync(tile.Path, TileBytesMax, cancellationToken).ConfigureAwait(false) is { } page)
            {
                await SaveAsync(folder, tile.Path, page, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    // What this participant's node saw as a witness of the others.
    private static async Task WriteWitnessedAsync(string folder, string witness, ExchangeLogs logs, CancellationToken cancellationToken)
    {
        foreach (var log in logs.Logs.Values.Where(log => log.Head is not null && log.Participant != witness))
        {
            var page = "witness/" + log.Participant;
            if (logs.Logs[witness].Unreachable is null && logs.SourceOf(witness) is { } source
                && await source.ReadAsync(page, Transparency.Notes.Checkpoint.NoteBytesMax, cancellationToken).ConfigureAwait(false) is { } head
                && LogReader.SizeOf(head) <= log.Head!.Value.Size)
            {
                await SaveAsync(OfLog(folder, witness), page, head, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static Task SaveAsync(string folder, string name, byte[] content, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        return File.WriteAllBytesAsync(file, content, cancellationToken);
    }
}
