using System.Security.Cryptography;
using Exchange.Client.Connections;
using Exchange.Client.Verification;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing.V1;

namespace Exchange.Client.Audit;

/// <summary>Logs under one register, over the network or out of an exported folder. One reader at a time.</summary>
public sealed class AuditSession : IDisposable
{
    private readonly List<IDisposable> _owned = [];
    private readonly ExchangeLogs _logs;
    private readonly SignedBytes _signedRegister;
    private readonly byte[] _operatorKey;

    private AuditSession(ExchangeLogs logs, SignedBytes signedRegister, byte[] operatorKey, IEnumerable<IDisposable> owned)
    {
        _logs = logs;
        _signedRegister = signedRegister;
        _operatorKey = operatorKey;
        _owned.AddRange(owned);
    }

    /// <summary>The register whose keys count, as the operator signed it.</summary>
    public RegisterSnapshot Register => _logs.Register.Snapshot;

    /// <summary>SHA-256 of the operator's key, in hexadecimal digits.</summary>
    public string OperatorFingerprint => Convert.ToHexStringLower(SHA256.HashData(_operatorKey));

    /// <summary>The logs as they were read last, by participant.</summary>
    public IReadOnlyDictionary<string, AuditedLog> Logs => _logs.Logs;

    /// <summary>Opens a folder that <see cref="ExportAsync"/> wrote. Needs no network.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="operatorKey">The operator's public key or its SHA-256; null to believe the key in the folder and leave the comparison to a person.</param>
    /// <param name="participants">Whose logs; empty for all.</param>
    /// <exception cref="ExchangeException"><c>FILE_MISSING</c>; <c>VERIFICATION_FAILED</c> when its register does not hold.</exception>
    public static AuditSession OpenFolder(string folder, byte[]? operatorKey, IReadOnlyCollection<string> participants)
    {
        if (!File.Exists(Path.Combine(folder, AuditFolder.RegisterName)) || !File.Exists(Path.Combine(folder, AuditFolder.OperatorKeyName)))
        {
            throw Reasons.FileMissing.Because($"The folder {folder} is not an exported audit.", "Name a folder that `audit export FOLDER` wrote.");
        }

        var key = File.ReadAllBytes(Path.Combine(folder, AuditFolder.OperatorKeyName));
        if (operatorKey is not null && !key.AsSpan().SequenceEqual(operatorKey) && !SHA256.HashData(key).AsSpan().SequenceEqual(operatorKey))
        {
            throw Reasons.VerificationFailed.Because("The folder's register is of another operator than the one that is trusted here.", "Ask for a folder of this exchange.");
        }

        var signed = AuditFolder.ReadRegister(folder);
        var register = RegisterReader.Verify(signed, key);
        var logs = new ExchangeLogs(
            register,
            AuditClient.Select(register.Snapshot, participants).Where(participant => Directory.Exists(AuditFolder.OfLog(folder, participant.Id))),
            participant => new FolderLog(AuditFolder.OfLog(folder, participant.Id)),
            id => Directory.Exists(Path.Combine(AuditFolder.OfLog(folder, id), "tile", "entries")),
            memory: null);
        return new AuditSession(logs, signed, key, []);
    }

    /// <summary>Reads every log to its newest checkpoint and checks what it says of itself.</summary>
    public Task ReadAsync(CancellationToken cancellationToken) => _logs.ReadAsync(cancellationToken);

    /// <summary>Checks the logs against each other and against receipts.</summary>
    /// <param name="receipts">To be found in the logs.</param>
    /// <param name="now">The time.</param>
    /// <param name="cancellationToken">Cancels it.</param>
    public Task<AuditOutcome> CheckAsync(IReadOnlyCollection<HeldReceipt> receipts, DateTimeOffset now, CancellationToken cancellationToken) => _logs.CheckAsync(receipts, now, cancellationToken);

    /// <summary>Remembers the logs that held, and stores proofs of misbehaviour. Returns the proofs' files.</summary>
    public IReadOnlyList<string> Remember() => _logs.Remember();

    /// <summary>Writes what was read as a folder that anybody can check without network; see <see cref="AuditFolder"/>.</summary>
    /// <exception cref="ExchangeException"><c>FILE_EXISTS</c>.</exception>
    public Task ExportAsync(string folder, IReadOnlyCollection<HeldReceipt> receipts, CancellationToken cancellationToken) =>
        AuditFolder.WriteAsync(folder, _logs, _signedRegister, _operatorKey, receipts, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var owned in _owned)
        {
            owned.Dispose();
        }
    }

    internal static AuditSession OverNetwork(
        HomeChannel channel, VerifiedRegister register, SignedBytes signed, byte[] operatorKey, IReadOnlyList<Participant> participants, bool remembering)
    {
        var own = channel.Home.LoadCertificate();
        var ca = channel.Home.LoadCa();
        var owned = new List<IDisposable> { own, ca };
        var me = channel.Settings.Participant;
        var isAuditor = register.Snapshot.Participants.FirstOrDefault(participant => participant.Id == me)?.Roles.Contains(ParticipantRole.Auditor) == true;
        var logs = new ExchangeLogs(
            register, participants, SourceOf, id => isAuditor || id == me, remembering ? Path.Combine(channel.Home.Path, "audit") : null);
        return new AuditSession(logs, signed, operatorKey, owned);

        ILogSource? SourceOf(Participant participant)
        {
            if (!Uri.TryCreate(participant.PublicEndpoint, UriKind.Absolute, out var address) || address.Scheme != Uri.UriSchemeHttps)
            {
                return null;
            }

            var source = new WebLog(participant.Id, address, own, ca, channel.Time);
            owned.Add(source);
            return source;
        }
    }
}
