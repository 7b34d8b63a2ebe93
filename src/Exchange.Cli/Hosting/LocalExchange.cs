using Exchange.Client;
using Exchange.Client.Operator;
using Exchange.Identity;
using Exchange.Node.Hosting;
using Exchange.Node.Membership;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Microsoft.Extensions.Logging;

namespace Exchange.Cli.Hosting;

/// <summary>
/// A whole exchange in this process: an identity server and a node per participant, each with its own home, keys, certificate
/// and loopback port, talking over mutual TLS as they would across a country.
/// </summary>
internal sealed class LocalExchange : IAsyncDisposable
{
    private const string Loopback = "127.0.0.1:0";

    // Enough to keep the cores busy while others wait for disks and sockets.
    private static readonly int StartsAtOnce = 2 * Environment.ProcessorCount;

    private readonly Dictionary<string, LocalNode> _nodes;
    private readonly IdentityServer _identity;
    private readonly string? _folderToDelete;

    private LocalExchange(string folder, IdentityServer identity, Dictionary<string, LocalNode> nodes, string? folderToDelete)
    {
        Folder = folder;
        _identity = identity;
        _nodes = nodes;
        _folderToDelete = folderToDelete;
    }

    /// <summary>Where the homes are.</summary>
    public string Folder { get; }

    /// <summary>Home of the identity server.</summary>
    public string IdentityHomePath => IdentityHomeIn(Folder);

    /// <summary>The connection of a participant to its own node.</summary>
    public ExchangeClient this[string participantId] => _nodes[participantId].Client;

    /// <summary>The running node of a participant.</summary>
    public NodeHost NodeOf(string participantId) => _nodes[participantId].Host;

    /// <summary>Home of a participant.</summary>
    public string HomeOf(string participantId) => HomeIn(Folder, participantId);

    /// <summary>Starts everything.</summary>
    /// <param name="folder">An existing folder for the homes.</param>
    /// <param name="members">Who takes part.</param>
    /// <param name="deleteFolder">Remove the folder at the end.</param>
    /// <param name="time">The clock.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Gives up; what was started is stopped.</param>
    public static async Task<LocalExchange> StartAsync(
        string folder, IReadOnlyList<Participant> members, bool deleteFolder, TimeProvider time, IProgress<string> progress, CancellationToken cancellationToken)
    {
        // Many listeners start at once; the pool's slow growth would be most of the time.
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, 32), Math.Max(ports, 32));

        progress.Report("starting the identity server…");
        var identityHome = IdentityHome.Init(IdentityHomeIn(folder), new IdentityOptions($"https://{Loopback}", Loopback), time);
        var identity = await IdentityServer.StartAsync(identityHome, time, cancellationToken).ConfigureAwait(false);
        var nodes = new Dictionary<string, LocalNode>(StringComparer.Ordinal);
        try
        {
            await StartNodesAsync(folder, identity, members, nodes, time, progress, cancellationToken).ConfigureAwait(false);
            return new LocalExchange(folder, identity, nodes, deleteFolder ? folder : null);
        }
        catch
        {
            await new LocalExchange(folder, identity, nodes, deleteFolder ? folder : null).DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task StartNodesAsync(
        string folder, IdentityServer identity, IReadOnlyList<Participant> members, Dictionary<string, LocalNode> nodes, TimeProvider time, IProgress<string> progress, CancellationToken cancellationToken)
    {
        using var desk = OperatorClient.Connect(IdentityHomeIn(folder), time);
        var options = new NodeHostOptions { Time = time, NodesOnThisMachine = members.Count, LogLevel = LogLevel.Critical };
        var bounds = new ParallelOptions { MaxDegreeOfParallelism = StartsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(members, bounds, async (member, stop) =>
        {
            var added = await desk.AddAsync(member, stop).ConfigureAwait(false);
            var home = await Joining.JoinAsync(
                new JoinRequest(HomeIn(folder, member.Id), identity.Endpoint, added.Code, $"https://{Loopback}", Loopback), time, stop).ConfigureAwait(false);
            var node = new LocalNode(await NodeHost.StartAsync(home, options, stop).ConfigureAwait(false), home, time);
            lock (nodes)
            {
                nodes.Add(member.Id, node);
                progress.Report($"started {nodes.Count} of {members.Count} nodes");
            }
        }).ConfigureAwait(false);

        // The first nodes polled the register before the last ones had joined.
        await Parallel.ForEachAsync(nodes.Values, bounds, async (node, stop) => await node.Host.RefreshRegisterAsync(stop).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <summary>Brings every node's register up to date at once, instead of at its next poll.</summary>
    public Task RefreshRegistersAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(_nodes.Values.Select(node => node.Host.RefreshRegisterAsync(cancellationToken)));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_nodes.Values.Select(node => node.DisposeAsync().AsTask())).ConfigureAwait(false);
        await _identity.DisposeAsync().ConfigureAwait(false);
        if (_folderToDelete is not null)
        {
            Directory.Delete(_folderToDelete, recursive: true);
        }
    }

    private static string IdentityHomeIn(string folder) => Path.Combine(folder, "identity");

    private static string HomeIn(string folder, string participantId) => Path.Combine(folder, "nodes", participantId);
}
