using System.Collections.Concurrent;
using System.Threading.Channels;
using Exchange.Engines;
using Exchange.Engines.Publishing;
using Exchange.Node.SafeTables;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Node.Catalog;

/// <summary>
/// Turns a source into the next version of a dataset, one at a time per product. A crash or a cancelled call at any moment
/// leaves the version before it: parts that were written by then belong to no version and are swept at the next start.
/// </summary>
internal sealed class DatasetPublishing
{
    /// <summary>Longest source, in characters.</summary>
    public const int SourceCharactersMax = 4_096;

    private const string SqlitePrefix = "sqlite:";
    private const string SqliteEngineName = "sqlite";
    private readonly DatasetStore _datasets;
    private readonly DatasetPublisher _publisher;
    private readonly EngineSet _engines;
    private readonly SafeTableDesk _tables;
    private readonly SameRows _sameRows;
    private readonly Lazy<Task> _sweep;
    private readonly ConcurrentDictionary<string, bool> _underWay = new();
    private readonly Channel<IReadOnlySet<string>> _spare = Channel.CreateBounded<IReadOnlySet<string>>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    public DatasetPublishing(DatasetStore datasets, EngineSet engines, SafeTableDesk tables, SameRows sameRows)
    {
        _datasets = datasets;
        _engines = engines;
        _tables = tables;
        _sameRows = sameRows;
        _publisher = new DatasetPublisher(engines);
        _sweep = new Lazy<Task>(SweepOnceAsync);
    }

    /// <summary>Removes parts that an earlier run left and nobody reads: those of an interrupted publish too. Runs once; every publish waits for it.</summary>
    public Task SweepAsync() => _sweep.Value;

    /// <summary>After each publication, the parts that no query reads which begins from then on. The latest has all of those before.</summary>
    public ChannelReader<IReadOnlySet<string>> Spare => _spare.Reader;

    /// <summary>Checks the source against the product and makes it the next version.</summary>
    /// <returns>What came of it; the version is null when rows break rules, and then nothing is stored. Notes are for the owner alone.</returns>
    /// <exception cref="ExchangeException">What is wrong with request or source; <see cref="Reasons.PublishInProgress"/>.</exception>
    public async Task<(DatasetVersionRecord? Version, PublishOutcome Outcome, IReadOnlyList<string> Notes)> RunAsync(
        Product product, PublishDatasetRequest request, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var label = LabelOf(request.Source);
        if (!_underWay.TryAdd(product.Id, true))
        {
            throw Reasons.PublishInProgress.Because($"Another source is being published for {product.Id}.", "Wait until it is done, then publish again.");
        }

        try
        {
            await WaitForSweepAsync(cancellationToken).ConfigureAwait(false);
            var kept = request.Mode == PublishMode.Replace ? null : _tables.PartsKept(product.Id);
            var work = WorkOf(product, request);
            await _datasets.BeginPublishAsync(product.Id, cancellationToken).ConfigureAwait(false);
            var outcome = await PublishAsync(work, progress, cancellationToken).ConfigureAwait(false);

            // Whole parts lie there now: a call that is cancelled from here on still gets its version, for nothing is half done.
            if (outcome.Published is null)
            {
                await _datasets.AbandonPublishAsync(product.Id).ConfigureAwait(false);
                return (null, outcome, []);
            }

            using var turn = await EnterAsync(product, cancellationToken).ConfigureAwait(false);
            var source = outcome.Published with { TableParts = LineageOf(outcome.Published, work, request.Mode, kept) };
            var shared = await PrepareAsync(product, source, work.Base, request, progress, cancellationToken).ConfigureAwait(false);
            var version = await _datasets.AddVersionAsync(product, source, label, outcome.DroppedRows, shared).ConfigureAwait(false);
            var notes = request.Mode == PublishMode.Correct && source.TableParts is not null
                ? await CorrectTableAsync(product, progress, cancellationToken).ConfigureAwait(false) : [];
            _spare.Writer.TryWrite(SpareParts());
            return (version, outcome, notes);
        }
        finally
        {
            _underWay.TryRemove(product.Id, out _);
        }
    }

    private async Task<IDisposable> EnterAsync(Product product, CancellationToken cancellationToken)
    {
        try
        {
            return await _sameRows.EnterAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await _datasets.AbandonPublishAsync(product.Id).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Looks whether the rows are new to the tables there are, and lets them into the dataset's own. The products that share rows with them, where the owner insists.</summary>
    private async Task<IReadOnlyList<string>> PrepareAsync(
        Product product, DatasetSource source, DatasetSource? before, PublishDatasetRequest request, IProgress<string> progress, CancellationToken cancellationToken)
    {
        try
        {
            var keepsTable = request.Mode == PublishMode.Correct && source.TableParts is not null;
            var shared = await _sameRows.LookAsync(product.Id, source, before, keepsTable, request.OverrideSameRows, cancellationToken).ConfigureAwait(false);
            await (request.Mode == PublishMode.Append ? _tables.AppendAsync(product, source, progress, cancellationToken)
                : keepsTable ? Task.CompletedTask
                : _tables.PublishAsync(product, source, progress, cancellationToken)).ConfigureAwait(false);
            return shared;
        }
        catch (ExchangeException refusal) when (refusal.Reason == Reasons.SameRows)
        {
            _engines.Discard(source, before);
            await _datasets.AbandonPublishAsync(product.Id).ConfigureAwait(false);
            throw;
        }
        catch (Exception error) when (error is ExchangeException or OperationCanceledException)
        {
            await _datasets.AbandonPublishAsync(product.Id).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The version counts by now, whatever becomes of the table: where its figures cannot be changed, they stay.</summary>
    private async Task<IReadOnlyList<string>> CorrectTableAsync(Product product, IProgress<string> progress, CancellationToken cancellationToken)
    {
        try
        {
            return await _tables.CorrectAsync(product, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is ExchangeException or OperationCanceledException)
        {
            return [CorrectionWords.Stopped];
        }
    }

    private async Task WaitForSweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SweepAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ExchangeException)
        {
            // Old parts that could not be removed are in nobody's way; the next start tries again.
        }
    }

    private async Task<PublishOutcome> PublishAsync(PublishRequest work, IProgress<string> progress, CancellationToken cancellationToken)
    {
        try
        {
            return await _publisher.PublishAsync(work, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (error is ExchangeException or OperationCanceledException)
        {
            // The publisher took back what it had written.
            await _datasets.AbandonPublishAsync(work.Product.Id).ConfigureAwait(false);
            throw;
        }
    }

    private PublishRequest WorkOf(Product product, PublishDatasetRequest request)
    {
        var dataset = _datasets.All.GetValueOrDefault(product.Id);
        var version = (dataset?.Newest.Version ?? 0) + 1;
        var engine = request.Engine.Length == 0 ? null : request.Engine;
        return request.Mode switch
        {
            PublishMode.Replace => new PublishRequest(product, request.Source, engine, version, null, request.DropViolations, request.Encoding),
            PublishMode.Correct => new PublishRequest(product, request.Source, EngineOfCorrection(BaseOf(dataset), engine, request.Source), version, null, request.DropViolations, request.Encoding),
            PublishMode.Append => new PublishRequest(
                product, request.Source, EngineOfAppend(BaseOf(dataset), engine), version, BaseOf(dataset), request.DropViolations, request.Encoding),
            _ => throw Reasons.InvalidRequest.Because("The request does not say whether to replace, to append or to correct.", "Set the mode."),
        };
    }

    private static DatasetSource BaseOf(DatasetRecord? dataset) => dataset switch
    {
        null => throw Reasons.DatasetUnknown.Because("This node has no dataset for that product.", "Publish one with `exchange dataset publish` first."),
        { Retired: true } => throw Reasons.DatasetRetired.Because("The dataset is out of service.", "Publish it anew with `exchange dataset publish`."),
        _ => dataset.Newest,
    };

    private static string EngineOfAppend(DatasetSource stored, string? asked) => asked is null || asked == stored.Engine
        ? stored.Engine
        : throw Reasons.InvalidRequest.Because($"The dataset is held by the engine {stored.Engine}.", "Append without naming an engine, or publish the whole dataset to the other one.");

    /// <summary>A table is extended by the engine that it was built by, from rows that nobody else changes.</summary>
    private static string EngineOfCorrection(DatasetSource stored, string? asked, string source)
    {
        if (source.StartsWith(SqlitePrefix, StringComparison.Ordinal) && !stored.Attached && stored.Engine == SqliteEngineName)
        {
            throw Reasons.InvalidRequest.Because("An attached table cannot take the place of rows that were imported.", "Correct the dataset from a CSV, TSV or Parquet file.");
        }

        return asked is null || asked == stored.Engine
            ? stored.Engine
            : throw Reasons.InvalidRequest.Because($"The dataset is held by the engine {stored.Engine}.", "Correct it without naming an engine.");
    }

    /// <summary>What the version's parts are for a table that keeps its figures: a correction's are those before it, and what is appended comes on top.</summary>
    private static IReadOnlyList<string>? LineageOf(DatasetSource published, PublishRequest work, PublishMode mode, IReadOnlyList<string>? kept) => mode switch
    {
        PublishMode.Correct => kept,
        PublishMode.Append when work.Base!.TableParts is { } before => [.. before, published.Parts[^1]],
        _ => null,
    };

    // A relative path would be read from wherever the node happened to be started.
    private static string LabelOf(string source)
    {
        var path = source.StartsWith(SqlitePrefix, StringComparison.Ordinal) ? source[SqlitePrefix.Length..] : source;
        if (source.Length > SourceCharactersMax || !Path.IsPathRooted(path))
        {
            throw Reasons.InvalidRequest.Because("The source is not an absolute path of a file on the node's machine.", "Give the full path of a CSV, TSV or Parquet file, or sqlite:FILE#TABLE.");
        }

        return Path.GetFileName(path);
    }

    /// <summary>Every part that some version names and nobody reads any more.</summary>
    private HashSet<string> SpareParts()
    {
        var spare = _datasets.All.Values.SelectMany(dataset => dataset.Versions).Where(version => !version.Source.Attached).SelectMany(version => version.Source.Parts).ToHashSet(StringComparer.Ordinal);
        spare.ExceptWith(PartsRead());
        return spare;
    }

    private HashSet<string> PartsRead() => _datasets.All.Values.SelectMany(dataset => _tables.PartsRead(dataset.Product, dataset.Newest)).ToHashSet(StringComparer.Ordinal);

    private async Task SweepOnceAsync()
    {
        if (!_datasets.HasInterruptedPublish)
        {
            await _engines.DropAsync(SpareParts(), CancellationToken.None).ConfigureAwait(false);
            return;
        }

        // Hashes stay: what was told of the rows of a version stays told.
        var hashes = _datasets.All.Values.SelectMany(dataset => dataset.Versions).SelectMany(version => version.Source.RowHashes ?? []).ToHashSet(StringComparer.Ordinal);
        await _engines.DropAllButAsync(PartsRead(), hashes, CancellationToken.None).ConfigureAwait(false);
        await _datasets.ForgetInterruptedAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
