using Exchange.Client.Verification;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Witnesses;
using Exchange.Transparency.Notes;

namespace Exchange.Client.Audit;

/// <summary>The logs of an exchange, read one by one and checked against each other; read again, only what is new is fetched.</summary>
internal sealed class ExchangeLogs
{
    private const int ReadersAtOnce = 8;

    private readonly Dictionary<string, Member> _members = new(StringComparer.Ordinal);
    private readonly string? _memory;
    private readonly Func<string, bool> _mayReadEntries;

    /// <summary>Nothing is read yet.</summary>
    /// <param name="register">Whose keys count.</param>
    /// <param name="participants">Whose logs; those without a source are named as not checked.</param>
    /// <param name="sourceOf">Where their pages are; null when nowhere.</param>
    /// <param name="mayReadEntries">Whose entries this reader may see; of others it reads hashes.</param>
    /// <param name="memory">Folder with what was seen of each before; null to remember nothing.</param>
    public ExchangeLogs(VerifiedRegister register, IEnumerable<Participant> participants, Func<Participant, ILogSource?> sourceOf, Func<string, bool> mayReadEntries, string? memory)
    {
        _memory = memory;
        _mayReadEntries = mayReadEntries;
        Register = register;
        foreach (var participant in participants)
        {
            var keys = KeysOf(participant);
            if (keys.Count > 0)
            {
                _members.Add(participant.Id, new Member(new AuditedLog(participant.Id), sourceOf(participant), keys, Remembered(participant.Id)));
            }
        }
    }

    /// <summary>Whose keys count.</summary>
    public VerifiedRegister Register { get; }

    /// <summary>The logs, by participant.</summary>
    public IReadOnlyDictionary<string, AuditedLog> Logs => _members.ToDictionary(member => member.Key, member => member.Value.Log, StringComparer.Ordinal);

    /// <summary>Every log key a participant ever had, under the name of its log.</summary>
    public static IReadOnlyList<NoteVerifier> KeysOf(Participant participant) =>
        [.. participant.Keys.Where(key => key.Use == KeyUse.Log && key.PublicKey.Length == 32).Select(key => new NoteVerifier(Identifiers.LogOriginOf(participant.Id), key.PublicKey.Span))];

    /// <summary>Where a log's pages are; null when nowhere.</summary>
    public ILogSource? SourceOf(string participant) => _members[participant].Source;

    /// <summary>Every log to its newest checkpoint.</summary>
    public Task ReadAsync(CancellationToken cancellationToken) => Parallel.ForEachAsync(
        _members.Values, new ParallelOptions { MaxDegreeOfParallelism = ReadersAtOnce, CancellationToken = cancellationToken }, async (member, token) => await ReadAsync(member, token).ConfigureAwait(false));

    /// <summary>
    /// What logs say of each other and of themselves, after all were read. Owners are read once more before, for an asker that was
    /// read later may hold an answer that is newer than the owner's head was.
    /// </summary>
    /// <param name="receipts">To be found in the logs.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public async Task<AuditOutcome> CheckAsync(IReadOnlyCollection<HeldReceipt> receipts, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var log in _members.Values.Select(member => member.Log))
        {
            log.SettledCount = log.Leaves.Count;
            log.Findings.RemoveAll(finding => finding.Check is AuditCheck.Receipts or AuditCheck.Agreements or AuditCheck.Budgets or AuditCheck.Crosscheck);
        }

        await ReadAsync(cancellationToken).ConfigureAwait(false);
        foreach (var receipt in receipts)
        {
            if (_members.TryGetValue(receipt.Owner, out var owner))
            {
                receipt.Check(owner.Log, owner.Keys);
            }
        }

        foreach (var member in _members.Values.Where(member => member.Log.HasEntries))
        {
            KeyCheck.Run(member.Log, Register.Snapshot.Participants.Single(participant => participant.Id == member.Log.Participant));
            AgreementCheck.Run(member.Log);
            BudgetCheck.Run(member.Log);
        }

        Crosscheck.Run(Logs, now);
        return new AuditOutcome([.. _members.Values.Select(member => member.Log).OrderBy(log => log.Participant, StringComparer.Ordinal)], receipts.Count);
    }

    /// <summary>Remembers each log that held, and stores the proofs against those that did not. Returns the files of the proofs.</summary>
    public IReadOnlyList<string> Remember()
    {
        if (_memory is null)
        {
            return [];
        }

        var stored = new List<string>();
        foreach (var member in _members.Values)
        {
            var log = member.Log;
            if (log.Head is not null && log.Findings.All(finding => finding.Check is not (AuditCheck.Signature or AuditCheck.Consistency or AuditCheck.Entries)))
            {
                SeenLog.Save(FolderOf(log.Participant), log);
            }

            stored.AddRange(log.Proofs.Select(proof => ProofFiles.Store(Path.Combine(_memory, "proofs"), log.Participant, proof)));
        }

        return stored;
    }

    private async Task ReadAsync(Member member, CancellationToken cancellationToken)
    {
        if (member.Source is null)
        {
            member.Log.Unreachable = $"The register has no address of public pages for {member.Log.Participant}.";
            return;
        }

        // Before the log itself: what its witnesses have seen by now it must show.
        var witnessed = await WitnessedAsync(member.Log.Participant, cancellationToken).ConfigureAwait(false);
        await LogReader.ReadAsync(member.Log, member.Source, member.Keys, member.Log.Head is null ? member.Seen : null, _mayReadEntries(member.Log.Participant), cancellationToken).ConfigureAwait(false);
        foreach (var (witness, checkpoint) in witnessed)
        {
            LogReader.Begins(member.Log, checkpoint, member.Keys, $"its witness {witness}");
        }
    }

    private async Task<IReadOnlyList<(string Witness, byte[] Checkpoint)>> WitnessedAsync(string participant, CancellationToken cancellationToken)
    {
        var heads = new List<(string, byte[])>();
        foreach (var witness in WitnessChoice.Of(Register.Snapshot, participant))
        {
            try
            {
                if (_members.TryGetValue(witness.Id, out var other) && other.Source is { } source
                    && await source.ReadAsync("witness/" + participant, Checkpoint.NoteBytesMax, cancellationToken).ConfigureAwait(false) is { } head)
                {
                    heads.Add((witness.Id, head));
                }
            }
            catch (ExchangeException)
            {
                // That its log cannot be read is said of the witness itself.
            }
        }

        return heads;
    }

    private SeenLog? Remembered(string participant) => _memory is null ? null : SeenLog.Load(FolderOf(participant));

    private string FolderOf(string participant) => Path.Combine(_memory!, participant);

    private sealed record Member(AuditedLog Log, ILogSource? Source, IReadOnlyList<NoteVerifier> Keys, SeenLog? Seen);
}
