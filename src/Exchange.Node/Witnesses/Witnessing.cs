using System.Collections.Concurrent;
using System.Text;
using Exchange.Node.Audit;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Witnesses;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Trees;
using Exchange.Transparency.Witnesses;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Witnesses;

/// <summary>
/// Has this node's log witnessed: every five seconds its newest checkpoint goes to each of its witnesses. A witness that has cosigned
/// a head that this log does not begin with ends the node's service, for then its files are an earlier state of themselves: at start
/// before anything is signed, later as soon as the witness says so. What it says counts only under this log's own signature.
/// </summary>
internal sealed class Witnessing(AccessLog log, RegisterCache register, NodeIdentity identity, WitnessCalls calls, NodeHostOptions options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Witnessing> logger)
    : BackgroundService
{
    /// <summary>Between two rounds.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    // Heads of other questions, submitted meanwhile, may overtake one.
    private const int RoundsMax = 3;

    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(2);

    // Size that each witness has cosigned, as far as this process knows.
    private readonly ConcurrentDictionary<string, long> _known = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private volatile CosignedHead? _newest;

    /// <summary>The newest head that witnesses cosigned, with their cosignatures; null before the first.</summary>
    public CosignedHead? Newest => _newest;

    /// <summary>Asks the witnesses for the newest head they have of this log, and refuses to go on from another past.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.LogTampered"/>.</exception>
    public async Task RequireUnseenAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(StartPatience);
        var seen = await Task.WhenAll(Witnesses().Select(async witness =>
        {
            try
            {
                return await SeenByAsync(witness, patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return null;
            }
        })).ConfigureAwait(false);
        foreach (var head in seen.OfType<TreeHead>().OrderByDescending(head => head.Size))
        {
            log.RequireToExtend(head);
        }
    }

    /// <summary>One round: every witness gets the newest checkpoint. Returns how many have cosigned it.</summary>
    public async Task<int> SubmitAsync(CancellationToken cancellationToken)
    {
        if (log.Head is not { } head)
        {
            return 0;
        }

        var lines = await Task.WhenAll(Witnesses().Select(witness => SubmitAsync(witness, head, cancellationToken))).ConfigureAwait(false);
        Keep(head, [.. lines.OfType<NoteSignature>()]);
        return lines.Count(line => line is not null);
    }

    /// <summary>Completes a receipt with a checkpoint that so many witnesses have cosigned, asking them now where need be.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.WitnessesMissing"/>.</exception>
    public async Task ProveAsync(Receipt receipt, int witnesses, CancellationToken cancellationToken)
    {
        for (var round = 0; round <= RoundsMax; round++)
        {
            if (_newest is { } newest && newest.Head.Size > receipt.Seq && newest.Witnesses >= witnesses)
            {
                log.Prove(receipt, newest.Head, newest.Checkpoint);
                return;
            }

            if (round < RoundsMax)
            {
                await SubmitAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        throw Reasons.WitnessesMissing.Because($"Fewer than {witnesses} witnesses cosigned the owner's log.", "Ask again, or demand fewer witnesses.");
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                if (log.Head is { } head && head.Head.Size != _newest?.Head.Size)
                {
                    await SubmitAsync(stoppingToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            // The node stops, and the call under way with it.
        }
    }

    /// <summary>Whom this log's heads go to.</summary>
    public IReadOnlyList<Participant> Witnesses() => options.IgnoresWitnesses ? [] : WitnessChoice.Of(register.Current.Snapshot, identity.ParticipantId);

    private async Task<NoteSignature?> SubmitAsync(Participant witness, LogHead head, CancellationToken cancellationToken)
    {
        var old = Math.Min(_known.GetValueOrDefault(witness.Id), head.Head.Size);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var proof = old == 0 ? [] : MerkleTree.ConsistencyProof(head.Tree, old, head.Head.Size);
            var reply = await calls.AddAsync(witness, new AddCheckpoint(old, proof, head.Checkpoint), cancellationToken).ConfigureAwait(false);
            switch ((WitnessVerdict?)reply?.Status)
            {
                case WitnessVerdict.Cosigned:
                    _known[witness.Id] = head.Head.Size;
                    return CosignatureOf(witness, head, reply!.Text);
                case WitnessVerdict.Conflict when reply!.KnownSize is { } size && size < head.Head.Size && size != old:
                    old = _known[witness.Id] = size;
                    break;
                case WitnessVerdict.Conflict or WitnessVerdict.Inconsistent:
                    await CompareAsync(witness, cancellationToken).ConfigureAwait(false);
                    return null;
                default:
                    return null;
            }
        }

        return null;
    }

    // The witness knows another log than this, or only a newer head of it than the one that was submitted.
    private async Task CompareAsync(Participant witness, CancellationToken cancellationToken)
    {
        if (await SeenByAsync(witness, cancellationToken).ConfigureAwait(false) is not { } seen)
        {
            return;
        }

        _known[witness.Id] = seen.Size;
        try
        {
            log.RequireToExtend(seen);
        }
        catch (ExchangeException fault)
        {
            log.Halt(fault);
            logger.Contradicted(identity.ParticipantId, witness.Id, fault.Message);
            lifetime.StopApplication();
        }
    }

    private async Task<TreeHead?> SeenByAsync(Participant witness, CancellationToken cancellationToken) =>
        await calls.NewestAsync(witness, cancellationToken).ConfigureAwait(false) is { } note && Checkpoint.Open(note, OwnKeys(), out var checkpoint) == NoteFault.None ? checkpoint!.Head : null;

    private IReadOnlyCollection<NoteVerifier> OwnKeys() =>
        register.Current.Find(identity.ParticipantId) is { } own && LogKeys.Of(own) is { Count: > 0 } keys && keys.Any(key => key.Key == log.Verifier.Key) ? keys : [log.Verifier];

    private static NoteSignature? CosignatureOf(Participant witness, LogHead head, string lines) =>
        SignedNote.Open(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(head.Checkpoint) + lines), LogKeys.OfWitness(witness), out var note) == NoteFault.None ? note!.Signatures[0] : null;

    private void Keep(LogHead head, IReadOnlyList<NoteSignature> cosignatures)
    {
        if (cosignatures.Count == 0)
        {
            return;
        }

        lock (_lock)
        {
            if (_newest is not { } newest || newest.Head.Size <= head.Head.Size)
            {
                _newest = new CosignedHead(head.Head, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(head.Checkpoint) + string.Concat(cosignatures)), cosignatures.Count);
            }
        }
    }
}

/// <summary>A head with cosignatures.</summary>
/// <param name="Head">Size and root.</param>
/// <param name="Checkpoint">The note: the log's signature first.</param>
/// <param name="Witnesses">How many cosigned it.</param>
internal sealed record CosignedHead(TreeHead Head, byte[] Checkpoint, int Witnesses);
