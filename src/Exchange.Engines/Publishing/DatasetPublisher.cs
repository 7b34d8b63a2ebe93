using System.Globalization;
using Exchange.Engines.DuckDb;
using Exchange.Engines.Sqlite;
using Exchange.Protocol.Errors;
using Exchange.Query.Execution;

namespace Exchange.Engines.Publishing;

/// <summary>Reads a source, checks it against the product and stores it as parts of a new version.</summary>
public sealed class DatasetPublisher(EngineSet engines)
{
    /// <summary>
    /// Stores the rows and returns where they are. The caller makes the version count by writing it to the node's state;
    /// until then the parts are garbage that <see cref="EngineSet.DropAllButAsync"/> removes.
    /// </summary>
    /// <param name="request">What to publish.</param>
    /// <param name="progress">Told in words what is being done.</param>
    /// <param name="cancellationToken">Stops the work; nothing stays stored.</param>
    /// <exception cref="ExchangeException">
    /// <c>SOURCE_MISSING</c>, <c>SOURCE_MALFORMED</c>, <c>SOURCE_EMPTY</c>, <c>SOURCE_COLUMN_MISSING</c>, <c>DATE_AMBIGUOUS</c>,
    /// <c>ENGINE_UNKNOWN</c>, <c>INVALID_REQUEST</c>, <c>STORAGE_FAILED</c>.
    /// </exception>
    public Task<PublishOutcome> PublishAsync(PublishRequest request, IProgress<string>? progress, CancellationToken cancellationToken) =>
        EngineThreads.RunAsync(() => Publish(request, progress, cancellationToken), cancellationToken);

    private PublishOutcome Publish(PublishRequest request, IProgress<string>? progress, CancellationToken cancellationToken)
    {
        var source = SourceAddress.Parse(request.Source);
        var engine = request.Engine ?? request.Base?.Engine ?? (source.Form == SourceForm.Sqlite ? SqliteEngine.EngineName : DuckDbEngine.EngineName);
        if (request.Base is not null && request.Base.Engine != engine)
        {
            throw Reasons.InvalidRequest.Because("The rows to append would go to another engine than the version before them.", "Append without naming an engine, or publish the whole dataset anew.");
        }

        try
        {
            return engine switch
            {
                DuckDbEngine.EngineName => new DuckDbPublication(engines.DuckDbParts, engines.RowHashes, request, source, progress).Publish(PartName(request), cancellationToken),
                SqliteEngine.EngineName => new SqlitePublication(engines.SqliteParts, engines.DuckDbParts, engines.RowHashes, request, source, progress).Publish(PartName(request), cancellationToken),
                _ => throw EngineSet.Unknown(),
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ExchangeException(Reasons.StorageFailed, "The rows could not be stored.", "Check that the disk has space and that the node may write to its folder.", error);
        }
    }

    /// <summary>A name that no part had before, even if a crash left one of the same version.</summary>
    private static string PartName(PublishRequest request) => string.Create(CultureInfo.InvariantCulture,
        $"{request.Product.Definition.Name}_{request.Product.Definition.Major}_v{request.Version}_{Protocol.Naming.Identifiers.NewId()[..8]}");
}
