using Exchange.Query.Approval;

namespace Exchange.Query.Execution;

/// <summary>
/// Runs approved fragments over data it holds or reads. Engines accept nothing but an <see cref="ApprovedFragment"/>,
/// so no path leads around the owner's terms. Safe for concurrent calls.
/// </summary>
public interface IQueryEngine : IAsyncDisposable
{
    /// <summary>Its name in files and on the command line: <c>duckdb</c>, <c>sqlite</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Runs the fragment over one version in one consistent read. Cells come in no particular order, one per key; a fragment
    /// without grouping gives one cell, or none when no row counts. Never more than <see cref="ApprovedFragment.CellsMax"/> cells.
    /// </summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException">
    /// <c>DATASET_CHANGED</c> when an attached source is not what was published; <c>TOO_MANY_GROUPS</c>; <c>ENGINE_FAILED</c>.
    /// </exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the engine's work has stopped.</exception>
    Task<RawAggregate> RunAsync(ApprovedFragment fragment, DatasetSource source, CancellationToken cancellationToken);

    /// <summary>
    /// As <see cref="RunAsync"/>, for more cells than should be held at once: each is handed over as it is read, one at a time. Of a
    /// fragment that is <see cref="ApprovedFragment.RowByRow"/> rows may come one by one.
    /// </summary>
    Task VisitAsync(ApprovedFragment fragment, DatasetSource source, Action<VisitedCell> visit, CancellationToken cancellationToken);
}
