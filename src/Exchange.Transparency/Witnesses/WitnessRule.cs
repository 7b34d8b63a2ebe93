using Exchange.Transparency.Notes;
using Exchange.Transparency.Trees;

namespace Exchange.Transparency.Witnesses;

/// <summary>
/// When a witness cosigns (c2sp.org/tlog-witness). Pure: looking up what is known and storing the new head must be one transaction
/// with it, or two requests at once could take the witness back to a smaller head.
/// </summary>
public static class WitnessRule
{
    /// <summary>Decides on a request for a log whose keys the witness knows.</summary>
    /// <param name="request">Untrusted.</param>
    /// <param name="log">The log's keys.</param>
    /// <param name="known">The checkpoint cosigned last; null for none.</param>
    public static WitnessDecision Decide(AddCheckpoint request, IReadOnlyCollection<NoteVerifier> log, byte[]? known)
    {
        var fault = Checkpoint.Open(request.Checkpoint, log, out var next);
        if (fault != NoteFault.None)
        {
            return new WitnessDecision(fault == NoteFault.Malformed ? WitnessVerdict.Malformed : WitnessVerdict.NotSigned);
        }

        var last = known is not null && Checkpoint.Open(known, log, out var earlier) == NoteFault.None ? earlier!.Head : new TreeHead(0, TreeHash.Empty);
        var head = next!.Head;
        if (last.Size > 0 && head.Size == last.Size && head.Root != last.Root)
        {
            return new WitnessDecision(WitnessVerdict.Conflict, last, Misbehaviour: new MisbehaviourProof(known!, request.Checkpoint, []));
        }

        if (request.OldSize > head.Size)
        {
            return new WitnessDecision(WitnessVerdict.Malformed);
        }

        if (request.OldSize != last.Size)
        {
            return new WitnessDecision(WitnessVerdict.Conflict, last);
        }

        return MerkleProof.IsConsistent(last, head, request.Proof)
            ? new WitnessDecision(WitnessVerdict.Cosigned, head)
            : new WitnessDecision(WitnessVerdict.Inconsistent, last, Misbehaviour: ProofOf(request, log, known, last));
    }

    // A path that leads to the signed root from another beginning shows everybody what this witness sees.
    private static MisbehaviourProof? ProofOf(AddCheckpoint request, IReadOnlyCollection<NoteVerifier> log, byte[]? known, TreeHead last)
    {
        var proof = known is null || last.Size == 0 ? null : new MisbehaviourProof(known, request.Checkpoint, request.Proof);
        return proof?.Holds(log) == true ? proof : null;
    }
}

/// <summary>What a witness answers.</summary>
/// <param name="Verdict">The answer.</param>
/// <param name="Head">The head it knows: the new one when it cosigns.</param>
/// <param name="Misbehaviour">That the log contradicts itself, where the request shows it.</param>
public sealed record WitnessDecision(WitnessVerdict Verdict, TreeHead? Head = null, MisbehaviourProof? Misbehaviour = null);

/// <summary>The answers of a witness; their numbers are the HTTP status codes of the protocol.</summary>
public enum WitnessVerdict
{
    /// <summary>It extends what is known, and is cosigned.</summary>
    Cosigned = 200,

    /// <summary>Not of the protocol's form, or the old size is above the new one.</summary>
    Malformed = 400,

    /// <summary>Not under a key of the log.</summary>
    NotSigned = 403,

    /// <summary>The old size is not what is known, or there is another checkpoint of this size.</summary>
    Conflict = 409,

    /// <summary>The proof does not show that it extends what is known.</summary>
    Inconsistent = 422,
}
