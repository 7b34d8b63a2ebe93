namespace Exchange.Query.Approval;

/// <summary>Bounds on a fragment, the same at every node unless its settings say otherwise.</summary>
public sealed record FragmentLimits
{
    /// <summary>Most expression nodes in a whole plan.</summary>
    public int PlanNodesMax { get; init; } = 2_000;

    /// <summary>Deepest nesting of an expression.</summary>
    public int PlanDepthMax { get; init; } = 50;

    /// <summary>Most aggregates.</summary>
    public int AggregatesMax { get; init; } = 64;

    /// <summary>Most grouping expressions.</summary>
    public int GroupKeysMax { get; init; } = 16;

    /// <summary>Most distinct filters, nullable arguments and CASE branches, each of which is checked in every cell.</summary>
    public int ConditionsMax { get; init; } = 128;

    /// <summary>Most cells of one owner.</summary>
    public int CellsMax { get; init; } = 20_000;
}
