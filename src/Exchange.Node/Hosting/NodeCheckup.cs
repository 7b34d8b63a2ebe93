using System.Reflection;
using Dapper;
using Exchange.Node.Agreements;
using Exchange.Node.Audit;
using Exchange.Node.Membership;
using Exchange.Node.Peers;
using Exchange.Node.Storage;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Tls;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace Exchange.Node.Hosting;

/// <summary>Looks at everything that could be wrong with a node and says what to do about it.</summary>
internal sealed class NodeCheckup(
    Home home, NodeIdentity identity, NodeAddress address, RegisterCache register, IdentityLink link, StateStore state, LogCheckup log, LogKeyRotation rotation, Engines.EngineSet engines, TimeProvider time)
{
    private const int OwedNamedMax = 5;
    private const long DiskBytesLow = 1L << 30;
    private const long DiskBytesVeryLow = 100L << 20;
    private const UnixFileMode OthersModes =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private static readonly string[] EngineNames = ["duckdb", "sqlite"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Version of this program.</summary>
    public static string ProgramVersion { get; } =
        typeof(NodeCheckup).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    /// <summary>Every check, in the order looked at.</summary>
    public async Task<IReadOnlyList<NodeCheck>> RunAsync(CancellationToken cancellationToken) =>
    [
        CheckModes(),
        CheckCertificate(),
        .. await CheckIdentityAsync(cancellationToken).ConfigureAwait(false),
        CheckRegister(),
        CheckStanding(),
        await CheckEndpointAsync(cancellationToken).ConfigureAwait(false),
        CheckDisk(),
        CheckEngines(),
        await CheckStateAsync(cancellationToken).ConfigureAwait(false),
        await Task.Run(() => CheckLog(cancellationToken), cancellationToken).ConfigureAwait(false),
        CheckLogKey(),
        CheckOutbox(),
    ];

    private NodeCheck CheckModes()
    {
        var open = Directory.EnumerateFileSystemEntries(home.Path, "*", SearchOption.AllDirectories).Prepend(home.Path)
            .Count(entry => (File.GetUnixFileMode(entry) & OthersModes) != 0);
        return open == 0
            ? Ok("home", "Only this account can read the home folder.")
            : Failed("home", $"{open} files or folders of the home can be read by other accounts.", $"Run: chmod -R go= {home.Path}");
    }

    private NodeCheck CheckCertificate()
    {
        var expires = new DateTimeOffset(identity.Certificate.NotAfter.ToUniversalTime());
        var now = time.GetUtcNow();
        return now > expires ? Failed("certificate", $"The certificate ran out on {expires:yyyy-MM-dd}.", "Ask the operator for a new code and join again in a new home.")
            : now > CertificateRenewal.DueTime(identity.Certificate) + TimeSpan.FromDays(1)
                ? Warning("certificate", $"The certificate runs out on {expires:yyyy-MM-dd} and could not be renewed so far.", "Check that the identity server can be reached; the node tries again every hour.")
                : Ok("certificate", $"The certificate is valid until {expires:yyyy-MM-dd} and renews itself.");
    }

    private async Task<IReadOnlyList<NodeCheck>> CheckIdentityAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            using var response = await link.Current.Http.GetAsync(".well-known/exchange-authority", patience.Token).ConfigureAwait(false);
            return [Ok("identity server", "The identity server answers."), CheckClock(response.Headers.Date)];
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested && error is HttpRequestException or OperationCanceledException)
        {
            return [Failed("identity server", "The identity server does not answer.", "Check its address in config.yaml and that it runs; this node goes on with what it knows.")];
        }
    }

    private NodeCheck CheckClock(DateTimeOffset? theirs)
    {
        if (theirs is null)
        {
            return Warning("clock", "The identity server does not say what time it is.", "Compare this machine's clock with a time server.");
        }

        var difference = (time.GetUtcNow() - theirs.Value).Duration();
        return difference <= TokenValidator.Skew
            ? Ok("clock", "This machine's clock agrees with the identity server's.")
            : Failed("clock", $"This machine's clock and the identity server's are {difference.TotalSeconds:0} seconds apart.", "Set the clock right; up to 60 seconds are allowed.");
    }

    private NodeCheck CheckRegister() =>
        register.LastFetch == DateTimeOffset.MinValue
            ? Failed("register", $"The register (version {register.Current.Snapshot.Version}) was not refreshed since the node began.", "Check that the identity server can be reached.")
            : register.IsIdentityOut
                ? Warning("register", $"The register is from {register.LastFetch:u}.", "Check that the identity server can be reached.")
                : Ok("register", $"The register is fresh (version {register.Current.Snapshot.Version}).");

    private NodeCheck CheckStanding() => register.Current.Find(identity.ParticipantId)?.Status switch
    {
        Protocol.Identity.V1.ParticipantStatus.Active => Ok("membership", $"{identity.ParticipantId} is an active participant."),
        Protocol.Identity.V1.ParticipantStatus.Suspended => Failed("membership", $"The operator has suspended {identity.ParticipantId}.", "Ask the operator."),
        _ => Failed("membership", $"The register does not list {identity.ParticipantId} as active.", "Check that the identity server can be reached, or ask the operator."),
    };

    // Dials what peers dial, so a wrong name, port or firewall rule shows here as it would there.
    private async Task<NodeCheck> CheckEndpointAsync(CancellationToken cancellationToken)
    {
        var advertised = address.Advertised!;
        if (register.Current.Find(identity.ParticipantId)?.Endpoint != advertised)
        {
            return Warning("endpoint", $"The register does not have {advertised} as this node's endpoint yet.", "Wait ten seconds; if it stays so, check that the identity server can be reached.");
        }

        using var channel = GrpcChannel.ForAddress(advertised, new GrpcChannelOptions
        {
            HttpHandler = MutualTls.HandlerFor(identity.Certificate, identity.Ca, Identifiers.TlsNameOf(identity.ParticipantId), time),
            DisposeHttpClient = true,
        });
        try
        {
            await new Health.HealthClient(channel).CheckAsync(new HealthCheckRequest(), deadline: Deadlines.After(Patience), cancellationToken: cancellationToken).ConfigureAwait(false);
            return Ok("endpoint", $"The node answers at {advertised}.");
        }
        catch (RpcException) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed("endpoint", $"The node does not answer at {advertised}.", "Check the endpoint in config.yaml, name resolution and firewall.");
        }
    }

    private NodeCheck CheckDisk()
    {
        var free = new DriveInfo(home.Path).AvailableFreeSpace;
        var message = $"{free >> 20} MiB are free on the disk of the home.";
        return free < DiskBytesVeryLow ? Failed("disk", message, "Free disk space: without it the node cannot log decisions and refuses every question.")
            : free < DiskBytesLow ? Warning("disk", message, "Free disk space.")
            : Ok("disk", message);
    }

    private NodeCheck CheckEngines()
    {
        try
        {
            foreach (var name in EngineNames)
            {
                _ = engines[name];
            }

            return Ok("engines", $"The engines are ready: {string.Join(", ", EngineNames)}.");
        }
        catch (ExchangeException error)
        {
            return Failed("engines", error.Message, error.Action);
        }
    }

    private async Task<NodeCheck> CheckStateAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Writing the schema's version as it is changes nothing, and reaches the disk like any other write.
            await state.WriteAsync(connection => connection.Execute($"PRAGMA user_version = {connection.ExecuteScalar<int>("PRAGMA user_version")}"), cancellationToken).ConfigureAwait(false);
            return Ok("state", "The node's state can be written.");
        }
        catch (ExchangeException error)
        {
            return Failed("state", error.Message, error.Action);
        }
    }

    private NodeCheck CheckLog(CancellationToken cancellationToken)
    {
        try
        {
            return Ok("access log", $"The access log holds: {log.Run(cancellationToken)} entries, hashed anew, are those of its tiles, its checkpoint and log-head.txt.");
        }
        catch (ExchangeException error)
        {
            return Failed("access log", error.Message, error.Action, error.Reason.Name);
        }
    }

    private NodeCheck CheckLogKey() => rotation.DueTime is { } due
        ? time.GetUtcNow() > due + TimeSpan.FromDays(1)
            ? Warning("log key", $"The key of the access log should have been replaced on {due:yyyy-MM-dd} and could not be so far.", "Check that the identity server can be reached; the node tries again by itself.")
            : Ok("log key", $"The key of the access log replaces itself on {due:yyyy-MM-dd}.")
        : Warning("log key", "The register does not have the key of this node's access log yet.", "Wait ten seconds; if it stays so, check that the identity server can be reached.");

    private NodeCheck CheckOutbox()
    {
        var owed = AgreementOutbox.Undelivered(state, identity.ParticipantId);
        return owed.Count == 0
            ? Ok("agreements", "Every decision about an agreement has reached the other side.")
            : Warning("agreements", $"{owed.Sum(one => one.Words)} decisions about agreements have not reached {string.Join(", ", owed.Take(OwedNamedMax).Select(one => one.Participant))}{(owed.Count > OwedNamedMax ? " and others" : "")} yet.",
                "Nothing is lost, the node tries again by itself; if it stays so, ask whether that node runs.");
    }

    private static NodeCheck Ok(string name, string message) => Check(name, CheckResult.Ok, message, "");

    private static NodeCheck Warning(string name, string message, string action) => Check(name, CheckResult.Warning, message, action);

    private static NodeCheck Failed(string name, string message, string action, string reason = "") => Check(name, CheckResult.Failed, message, action, reason);

    private static NodeCheck Check(string name, CheckResult result, string message, string action, string reason = "") =>
        new() { Name = name, Result = result, Message = message, Action = action, Reason = reason };
}
