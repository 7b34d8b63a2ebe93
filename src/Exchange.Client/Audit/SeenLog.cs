using Exchange.Protocol.Errors;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Trees;

namespace Exchange.Client.Audit;

/// <summary>A log as this reader saw it last: the signed head, and the hash of every leaf, so that the leaf that is changed later can be named.</summary>
/// <param name="Head">Size and root.</param>
/// <param name="Checkpoint">The note.</param>
/// <param name="Hashes">Hashes of the leaves, 32 bytes each; may be shorter than the log when the file was damaged.</param>
internal sealed record SeenLog(TreeHead Head, byte[] Checkpoint, byte[] Hashes)
{
    private const string HashesName = "leaf-hashes";
    private const string CheckpointName = "checkpoint";

    /// <summary>The first leaf that is another now; null when those that are remembered are all the same.</summary>
    public long? FirstOther(LeafHashes now)
    {
        var count = Math.Min(Hashes.Length / TreeHash.Length, now.Size);
        for (var seq = 0L; seq < count; seq++)
        {
            if (new TreeHash(Hashes.AsSpan((int)(seq * TreeHash.Length), TreeHash.Length)) != now[seq])
            {
                return seq;
            }
        }

        return null;
    }

    /// <summary>What the folder remembers; null for nothing.</summary>
    /// <exception cref="ExchangeException"><c>VERIFICATION_FAILED</c> when what it remembers cannot be read: to go on without it would forget.</exception>
    public static SeenLog? Load(string folder)
    {
        var file = Path.Combine(folder, CheckpointName);
        if (!File.Exists(file))
        {
            return null;
        }

        var note = File.ReadAllBytes(file);
        _ = SignedNote.Open(note, [], out var opened);
        if (opened is null || !Transparency.Notes.Checkpoint.TryParse(opened.Text, out var checkpoint))
        {
            throw Reasons.VerificationFailed.Because($"The checkpoint seen last, in {file}, cannot be read.", "Restore the file, or remove its folder to begin anew without memory of that log.");
        }

        var hashes = Path.Combine(folder, HashesName);
        return new SeenLog(checkpoint!.Head, note, File.Exists(hashes) ? File.ReadAllBytes(hashes) : []);
    }

    /// <summary>Remembers a log that held.</summary>
    public static void Save(string folder, AuditedLog log)
    {
        if (log.Head is not { } head)
        {
            return;
        }

        Directory.CreateDirectory(folder);
        var hashes = new byte[head.Size * TreeHash.Length];
        for (var seq = 0L; seq < head.Size; seq++)
        {
            log.Hashes[seq].CopyTo(hashes.AsSpan((int)(seq * TreeHash.Length)));
        }

        // The hashes first: a head without its hashes still tells that something changed, hashes without their head tell nothing.
        Replace(Path.Combine(folder, HashesName), hashes);
        Replace(Path.Combine(folder, CheckpointName), log.Checkpoint!);
    }

    private static void Replace(string file, byte[] content)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        using (var stream = new FileStream(file + ".new", options))
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
        }

        File.Move(file + ".new", file, overwrite: true);
    }
}
