using System.Text.Json.Nodes;
using Exchange.Node.Hosting;
using Exchange.Node.Storage;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Signing;
using Exchange.Transparency;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Tiles;
using Exchange.Transparency.Trees;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Audit;

/// <summary>
/// The owner's append-only log of decisions, a Merkle tree with a signed checkpoint per transaction of the node's state.
/// A leaf is written in the transaction of the decision it records, and so are the tiles it fills and the checkpoint over it:
/// none exists without the others, whenever the process dies. Leaves hold names, hashes, rule outcomes and reasons, never a
/// measure value.
/// </summary>
/// <remarks>
/// A head is signed only by the one writer, over what follows the last head it signed. At start the log must be the one that the
/// stored head, and the head remembered outside the database, were signed over; otherwise the node does not serve.
/// </remarks>
internal sealed class AccessLog : IBatchSealer
{
    private readonly NodeIdentity _identity;
    private readonly TimeProvider _time;
    private readonly string _origin;

    // The key in use first; while it is being rotated, the next one too.
    private volatile LogSigner[] _signers;
    private LogSigner? _joining;
    private readonly LogHeadFile _file;
    private readonly TreeEdge _edge;

    // Hashes of the leaves of the transaction under way, from the size of the edge on.
    private readonly List<TreeHash> _pending = [];
    private volatile LogHead? _head;
    private SignedHead? _signed;
    private IOException? _fileFailure;
    private volatile ExchangeException? _halted;

    /// <summary>Takes up the log that is stored; one from before there were checkpoints becomes the tree as it is.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.LogTampered"/>; <see cref="Reasons.StorageFailed"/>.</exception>
    public AccessLog(StateStore state, NodeIdentity identity, Home home, TimeProvider time)
    {
        _identity = identity;
        _time = time;
        _origin = Identifiers.LogOriginOf(identity.ParticipantId);
        _signers = [LogSigner.Of(_origin, identity.LogKey)];
        _file = LogHeadFile.Open(home);
        try
        {
            (_edge, _head) = LogOpening.Open(state, _signers[0].Signer, new TiledHashes(new LogTiles(state), long.MaxValue));
            if (_file.Last is { Size: > 0 } last)
            {
                RequireToExtend(last);
            }

            if (_head is { } head)
            {
                _file.Write(head.Head);
            }
        }
        catch
        {
            Close();
            throw;
        }

        state.SealBatchesWith(this);
    }

    /// <summary>The newest durable head; null while the log is empty.</summary>
    public LogHead? Head => _head;

    /// <summary>The key that signs the checkpoints.</summary>
    public NoteVerifier Verifier => _signers[0].Signer.Verifier;

    /// <summary>Whether the newest checkpoint is signed with that key too.</summary>
    public bool IsSignedWith(SigningKey key) =>
        _head is { } head && Checkpoint.Open(head.Checkpoint, [new NoteVerifier(_origin, key.PublicKey)], out _) == NoteFault.None;

    /// <summary>Has the next log key sign from the transaction under way on, beside the one in use (inside a body of <see cref="StateStore.WriteAsync{T}"/>).</summary>
    public void SignAlsoWith(SigningKey next) => _joining = LogSigner.Of(_origin, next);

    /// <summary>As <see cref="SignAlsoWith"/>, at a start in the middle of a rotation: the newest checkpoint is signed with both.</summary>
    public void GoOnSigningWith(SigningKey next) => _signers = [_signers[0], LogSigner.Of(_origin, next)];

    /// <summary>Ends a rotation: the next key alone signs from the following transaction on.</summary>
    public void SignOnlyWithNext() => _signers = [_signers[^1]];

    /// <summary>Why nothing more is signed; null while all is well.</summary>
    public ExchangeException? Halted => _halted;

    /// <summary>Signs nothing more: every later write of the node's decisions fails with this.</summary>
    public void Halt(ExchangeException fault) => _halted = fault;

    /// <summary>Refuses to go on from a log that does not begin with a head that somebody saw signed by this log's key.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.LogTampered"/>.</exception>
    public void RequireToExtend(TreeHead seen)
    {
        var head = _head;
        if (head is null || head.Head.Size < seen.Size)
        {
            throw LogFaults.RolledBack(head?.Head.Size ?? 0, seen);
        }

        try
        {
            if (MerkleTree.Root(head.Tree, seen.Size) == seen.Root)
            {
                return;
            }
        }
        catch (InvalidDataException error)
        {
            throw LogFaults.Damaged(error.Message);
        }

        throw LogFaults.Rewritten(seen);
    }

    /// <summary>Appends a leaf inside the caller's transaction (a body of <see cref="StateStore.WriteAsync{T}"/>).</summary>
    /// <param name="connection">The writer's connection.</param>
    /// <param name="what">The event, such as <c>query.answered</c> or <c>offer.set</c>.</param>
    /// <param name="details">Its members; <c>event</c>, <c>participant</c>, <c>time</c> and <c>v</c> are added here.</param>
    /// <returns>Position and leaf, for <see cref="Prove"/> once the transaction is durable.</returns>
    public (long Seq, byte[] Leaf) Append(SqliteConnection connection, string what, JsonObject details) => Append(connection, LeafOf(what, details));

    /// <summary>A leaf to be appended later.</summary>
    /// <inheritdoc cref="Append(SqliteConnection, string, JsonObject)"/>
    public LogLeaf LeafOf(string what, JsonObject details)
    {
        details["v"] = 1;
        details["event"] = what;
        details["participant"] = _identity.ParticipantId;
        details["time"] = _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var leaf = CanonicalJson.Serialize(details);
        if (leaf.Length > EntryBundle.LeafBytesMax)
        {
            throw new InvalidOperationException("A leaf of the access log must stay under 64 KiB.");
        }

        return LogLeaf.Of(leaf);
    }

    /// <summary>Appends a leaf of <see cref="LeafOf"/> inside the caller's transaction.</summary>
    public (long Seq, byte[] Leaf) Append(SqliteConnection connection, LogLeaf leaf)
    {
        var seq = _edge.Size + _pending.Count;
        // The writer is alone, so positions, from 0, follow the tree.
        connection.ExecutePrepared("INSERT INTO log(seq, leaf) VALUES(?, ?)", seq, leaf.Bytes);
        _pending.Add(leaf.Hash);
        return (seq, leaf.Bytes);
    }

    /// <summary>A receipt that says which leaf it is for, to be stored with the decision; <see cref="Prove"/> completes it.</summary>
    public Receipt Begin((long Seq, byte[] Leaf) entry) => new() { Seq = entry.Seq, Leaf = UnsafeByteOperations.UnsafeWrap(entry.Leaf) };

    /// <summary>Completes the receipt of a durable leaf with its inclusion proof under the newest checkpoint.</summary>
    public Receipt Prove(Receipt receipt) =>
        _head is { } head ? Prove(receipt, head.Head, head.Checkpoint) : throw new InvalidOperationException("Only a durable leaf can be proven.");

    /// <summary>As <see cref="Prove(Receipt)"/>, under a checkpoint of this log with signatures of others.</summary>
    public Receipt Prove(Receipt receipt, TreeHead head, byte[] checkpoint)
    {
        // Read after the head: in a rotation the head is signed with both keys until the next one is alone.
        receipt.KeyId = _signers[0].KeyId;
        receipt.Signature = ByteString.Empty;
        receipt.InclusionProof.Clear();
        receipt.InclusionProof.AddRange(MerkleTree.InclusionProof(_head!.Tree, receipt.Seq, head.Size).Select(hash => UnsafeByteOperations.UnsafeWrap(hash.ToArray())));
        receipt.Checkpoint = UnsafeByteOperations.UnsafeWrap(checkpoint);
        return receipt;
    }

    /// <inheritdoc/>
    public int Mark() => _pending.Count;

    /// <inheritdoc/>
    public void UndoTo(int mark) => _pending.RemoveRange(mark, _pending.Count - mark);

    /// <inheritdoc/>
    public void Seal(SqliteConnection connection)
    {
        if (_pending.Count == 0)
        {
            return;
        }

        if (_halted is { } fault)
        {
            throw fault;
        }

        if (_fileFailure is not null)
        {
            throw new ExchangeException(Reasons.StorageFailed, "The last signed checkpoint could not be written to log-head.txt.", "Check the home folder's permissions and start the node again.", _fileFailure);
        }

        _pending.ForEach(_edge.Append);
        _signed = LogOpening.Store(connection, _edge, [.. _signers.Select(one => one.Signer), .. _joining is { } joining ? [joining.Signer] : Array.Empty<NoteSigner>()]);
    }

    /// <inheritdoc/>
    public void Committed()
    {
        _pending.Clear();
        if (_joining is { } joined)
        {
            _signers = [_signers[0], joined];
            _joining = null;
        }

        if (_signed is not { } signed)
        {
            return;
        }

        _signed = null;
        try
        {
            _file.Write(signed.Head);
        }
        catch (IOException error)
        {
            _fileFailure = error;
        }

        _head = new LogHead(signed.Head, _edge.Snapshot(), signed.Checkpoint);
    }

    /// <inheritdoc/>
    public void RolledBack()
    {
        _signed = null;
        _joining = null;
        _pending.Clear();
        _edge.Rewind();
    }

    /// <inheritdoc/>
    public void Close()
    {
        _file.Dispose();
        foreach (var one in _signers)
        {
            one.Signer.Dispose();
        }
    }
}
