using Exchange.Query.Approval;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Node.Hosting;

/// <summary>What a host may set for a node beyond its home's settings.</summary>
public sealed record NodeHostOptions
{
    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How many nodes share this machine: DuckDB gets cores / nodes threads (at least 1) and its part of the memory.</summary>
    public int NodesOnThisMachine { get; init; } = 1;

    /// <summary>Least severe log message written to standard error.</summary>
    public Microsoft.Extensions.Logging.LogLevel LogLevel { get; init; } = Microsoft.Extensions.Logging.LogLevel.Warning;

    /// <summary>Bounds on calls.</summary>
    public NodeLimits Limits { get; init; } = new();

    /// <summary>How old the access log's key becomes, by the register, before the node makes a new one.</summary>
    public TimeSpan LogKeyAgeMax { get; init; } = TimeSpan.FromDays(365);

    /// <summary>For tests: replaces parts of the node with doubles, after every part is registered.</summary>
    internal Action<IServiceCollection>? Doubles { get; init; }

    /// <summary>For tests of a node whose operator changed the program: it neither shows its log to witnesses nor asks them.</summary>
    internal bool IgnoresWitnesses { get; init; }
}

/// <summary>Bounds on what peers may ask of a node.</summary>
public sealed record NodeLimits
{
    /// <summary>Largest message a node receives, in bytes.</summary>
    public int MessageBytesMax { get; init; } = 4 << 20;

    /// <summary>Largest answer a node accepts from a peer, in bytes.</summary>
    public int AnswerBytesMax { get; init; } = 16 << 20;

    /// <summary>Fragments of one caller that run at once; one more is refused, not queued.</summary>
    public int ConcurrentQueriesPerCallerMax { get; init; } = 8;

    /// <summary>Longest deadline of a fragment.</summary>
    public TimeSpan DeadlineMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Bounds on the plan.</summary>
    public FragmentLimits Fragments { get; init; } = new();
}
