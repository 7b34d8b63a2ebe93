using Dapper;
using Exchange.Node.Hosting;
using Exchange.Node.Storage;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Signing;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Witnesses;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Witnesses;

/// <summary>The heads of other logs that this node has cosigned, and what it caught logs at. A head is looked up, decided on and replaced in one transaction, so it never goes back.</summary>
internal sealed class WitnessBook : IDisposable
{
    /// <summary>Most proofs of misbehaviour kept of one log: one is enough to accuse, and the rest would be spam.</summary>
    public const int ProofsPerLogMax = 10;

    private readonly StateStore _state;
    private readonly TimeProvider _time;
    private readonly NodeIdentity _identity;

    // Used by the state's writer alone; another one once the log key is.
    private (SigningKey Key, NoteSigner Signer)? _signer;

    /// <summary>Signs with the node's log key, under the name of its witness: what is signed begins with other words than a checkpoint.</summary>
    public WitnessBook(StateStore state, NodeIdentity identity, TimeProvider time)
    {
        _state = state;
        _identity = identity;
        _time = time;
    }

    /// <summary>Decides on a request and, when it is good, returns the cosignature's line; both durable before.</summary>
    public Task<(WitnessDecision Decision, string? Line)> AddAsync(string participant, AddCheckpoint request, IReadOnlyCollection<NoteVerifier> log) => _state.WriteAsync(connection =>
    {
        var decision = WitnessRule.Decide(request, log, Known(connection, participant));
        if (decision.Misbehaviour is { } proof)
        {
            Accuse(connection, participant, proof);
        }

        if (decision.Verdict != WitnessVerdict.Cosigned)
        {
            return (decision, (string?)null);
        }

        // Signatures of others on the note are not this witness's to pass on.
        _ = SignedNote.Open(request.Checkpoint, log, out var note);
        var own = Cosign(note!.Text);
        var cosigned = System.Text.Encoding.UTF8.GetBytes(note.Text + "\n" + string.Concat(note.Signatures) + own);
        connection.Execute(
            "INSERT INTO witnessed(participant, size, checkpoint, seen) VALUES(@participant, @Size, @cosigned, @now) ON CONFLICT DO UPDATE SET size = excluded.size, checkpoint = excluded.checkpoint, seen = excluded.seen",
            new { participant, decision.Head!.Value.Size, cosigned, now = _time.GetUtcNow().ToUnixTimeMilliseconds() });
        return (decision, own);
    });

    /// <summary>The checkpoint of that participant's log cosigned last, with the cosignature; null for none.</summary>
    public byte[]? Known(string participant) => _state.Read(connection => Known(connection, participant));

    /// <summary>Every log witnessed: participant, size, checkpoint, when.</summary>
    public IReadOnlyList<WitnessedHead> All() => _state.Read(connection =>
        connection.Query<WitnessedHead>("SELECT participant, size, checkpoint, seen FROM witnessed ORDER BY participant").ToList());

    /// <summary>Stored proofs of misbehaviour.</summary>
    public IReadOnlyList<StoredProof> Proofs() => _state.Read(connection =>
        connection.Query<StoredProof>("SELECT participant, proof, seen FROM misbehaviour ORDER BY id").ToList());

    private string Cosign(string text)
    {
        var signer = Signer();
        return new NoteSignature(signer.Verifier.Key, Convert.ToBase64String(signer.Sign(System.Text.Encoding.UTF8.GetBytes(text)))).ToString();
    }

    private NoteSigner Signer()
    {
        var key = _identity.LogKey;
        if (_signer is not { } known || known.Key != key)
        {
            _signer?.Signer.Dispose();
            var seed = key.ExportSeed();
            _signer = (key, NoteSigner.WitnessFromSeed(Identifiers.WitnessNameOf(_identity.ParticipantId), seed, _time));
            System.Security.Cryptography.CryptographicOperations.ZeroMemory(seed);
        }

        return _signer.Value.Signer;
    }

    /// <inheritdoc/>
    public void Dispose() => _signer?.Signer.Dispose();

    private static byte[]? Known(SqliteConnection connection, string participant) =>
        connection.ExecuteScalar<byte[]?>("SELECT checkpoint FROM witnessed WHERE participant = @participant", new { participant });

    private void Accuse(SqliteConnection connection, string participant, MisbehaviourProof proof)
    {
        if (connection.ExecuteScalar<int>("SELECT COUNT(*) FROM misbehaviour WHERE participant = @participant", new { participant }) < ProofsPerLogMax)
        {
            connection.Execute(
                "INSERT OR IGNORE INTO misbehaviour(participant, proof, seen) VALUES(@participant, @text, @now)",
                new { participant, text = proof.ToText(), now = _time.GetUtcNow().ToUnixTimeMilliseconds() });
        }
    }
}

/// <summary>A head this node cosigned.</summary>
internal sealed class WitnessedHead
{
    /// <summary>Whose log.</summary>
    public string Participant { get; init; } = "";

    /// <summary>Its size then.</summary>
    public long Size { get; init; }

    /// <summary>The note with the cosignature.</summary>
    public byte[] Checkpoint { get; init; } = [];

    /// <summary>When, in milliseconds since 1970.</summary>
    public long Seen { get; init; }
}

/// <summary>A proof this node stored.</summary>
internal sealed class StoredProof
{
    /// <summary>Whose log contradicts itself.</summary>
    public string Participant { get; init; } = "";

    /// <summary>The proof in its text.</summary>
    public string Proof { get; init; } = "";

    /// <summary>When it was caught, in milliseconds since 1970.</summary>
    public long Seen { get; init; }
}
