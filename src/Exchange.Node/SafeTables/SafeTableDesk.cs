using Exchange.Engines;
using Exchange.Node.Catalog;
using Exchange.Node.Queries;
using Exchange.Privacy.SafeTables;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Node.SafeTables;

/// <summary>
/// Makes safe tables: when the first <c>table</c> offer over a dataset is set, at publish while one stands, and coarser ones, from the
/// blocks there are, when an offer asks for stricter rules. A table that is in use is never built again from the same rows.
/// </summary>
internal sealed class SafeTableDesk(
    SafeTableStore tables, OfferStore offers, OfferListing listing, DatasetStore datasets, EngineSet engines, TableWarnings warnings)
{
    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Sees to it that the table serves these terms too, before they are offered.</summary>
    /// <param name="product">The product of the offer.</param>
    /// <param name="terms">Complete terms.</param>
    /// <param name="besideChecked">The owner insists on <c>checked</c> and <c>table</c> over the same rows.</param>
    /// <param name="cancellationToken">Stops the work; nothing stays.</param>
    /// <returns>What follows, in words for the owner.</returns>
    /// <exception cref="ExchangeException"><c>TABLE_BESIDE_CHECKED</c>, <c>TABLE_EMPTY</c>, <c>TABLE_FAILED</c>.</exception>
    public async Task<IReadOnlyList<string>> ServeAsync(Product product, OfferTerms terms, bool besideChecked, CancellationToken cancellationToken)
    {
        var others = LiveTerms(product.Id).Where(other => other.Name != terms.Name).ToList();
        // A table that answered once has told what it tells, whatever became of its offers.
        // Noise takes nothing from what a table promises; what a table takes from the noise is decided elsewhere.
        var beside = IsTable(terms) ? others.Exists(other => !IsTable(other) && !IsNoisy(other)) : !IsNoisy(terms) && (tables.Holds(product.Id) || others.Exists(IsTable));
        if (beside && !besideChecked)
        {
            throw Reasons.TableBesideChecked.Because(
                "Offers of `table` and of another exact class over the same rows end what the table promises: their answers can be subtracted.",
                "End the other offer first, or insist with --beside-checked, which is logged.");
        }

        if (!IsTable(terms) || datasets.Current(product.Id) is not { } source)
        {
            return IsTable(terms) ? ["the safe table is built when the dataset is published."] : [];
        }

        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            List<OfferTerms> all = [.. others.Where(IsTable), terms];
            IReadOnlyList<string> notes = tables.Find(product.Id, source) is { } live
                ? await CoarsenAsync(product, live, all, cancellationToken).ConfigureAwait(false)
                : [Describe(await BuildAsync(product, all, source, "offer", cancellationToken).ConfigureAwait(false))];
            return offers.All.Values.Any(offer => offer.Terms.Product == product.Id && !IsTable(offer.Terms) && !IsNoisy(offer.Terms))
                ? [.. notes, "there was an offer of another class over these rows: answers given under it can be combined with the table."] : notes;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>
    /// Lets rows into the table with the version that appends them: those of each block that pass every rule by themselves, together with
    /// those that waited. The others wait for more.
    /// </summary>
    public async Task AppendAsync(Product product, DatasetSource source, IProgress<string> progress, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // Looked for in turn: an offer may just have made another table the one that answers.
            if (datasets.Current(product.Id) is not { } before || tables.Find(product.Id, before) is not { } live)
            {
                return;
            }

            progress.Report("testing the appended rows for the safe table");
            var contents = await WaitingAsync(product, live, source, cancellationToken).ConfigureAwait(false);
            var decision = Guarded(() => SegmentAdmission.Decide(live.Build, contents));
            if (decision.Segment is { } segment)
            {
                await tables.ExtendAsync(live, new TableSegment(source.Version, Appended(live, source).Length, source.Parts[^1], decision.Admitted, segment.Table)).ConfigureAwait(false);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>How many rows wait: for the owner alone.</summary>
    public async Task<long> CountWaitingAsync(Product product, LiveTable live, DatasetSource source, CancellationToken cancellationToken) =>
        Appended(live, source).Length == 0 ? 0 : (await WaitingAsync(product, live, source, cancellationToken).ConfigureAwait(false)).RowCount;

    /// <summary>The parts that a version takes the place of in what the table has, where it corrects the dataset; null where there is no table to keep.</summary>
    /// <exception cref="ExchangeException"><c>NOT_SERVED_YET</c> for an attached dataset.</exception>
    public IReadOnlyList<string>? PartsKept(string product)
    {
        if (datasets.Current(product) is not { } source || tables.Find(product, source) is null)
        {
            return null;
        }

        return source.Attached
            ? throw Reasons.NotServedYet.Because(
                "The dataset is an attached table with a safe table over it, and which of its rows were added, changed or removed cannot be told.",
                "Publish a copy of it with --engine duckdb under a product of its own, and append to or correct that one.")
            : source.TableParts ?? source.Parts;
    }

    private Task<UnitContributions> WaitingAsync(Product product, LiveTable live, DatasetSource source, CancellationToken cancellationToken) =>
        TableContents.CollectAsync(product, live.Design, live.Table, engines[source.Engine], [.. Waiting(live, source, Appended(live, source))], cancellationToken);

    private static string[] Appended(LiveTable live, DatasetSource source) => [.. (source.TableParts ?? source.Parts).Skip(live.Source.Parts.Count)];

    /// <summary>
    /// Per number of appended parts that are in: the parts behind them, of which the rows of those combinations wait. Parts that a correction
    /// put others in the place of have no rows any more.
    /// </summary>
    private static IEnumerable<(DatasetSource, Func<string?[], bool>?)> Waiting(LiveTable live, DatasetSource source, string[] appended)
    {
        foreach (var parts in live.PartCounts.Where(parts => parts < appended.Length))
        {
            string[] behind = [.. appended[parts..].Intersect(source.Parts)];
            if (behind.Length > 0)
            {
                yield return (source with { Parts = behind }, labels => live.PartsIn(labels) == parts);
            }
        }
    }

    /// <summary>
    /// The rows that the table's figures are of: those that it was built over, or those that there were with the last correction that changed
    /// them, and per number of appended parts that are in, theirs. They stay on disk when a correction puts others in their place, as long as
    /// figures are of them.
    /// </summary>
    private static IEnumerable<(DatasetSource, Func<string?[], bool>?)> Told(LiveTable live, string[] appended)
    {
        (TableCorrection? Of, int Parts)[] kinds = [.. live.AsOf.SelectMany(of => live.PartCounts.Select(parts => (of, parts)))];
        foreach (var (of, parts) in kinds)
        {
            string[] told = of is null ? [.. live.Source.Parts, .. appended[..parts]] : [.. of.Parts, .. appended.Take(parts).Skip(of.Appended)];
            yield return (live.Source with { Parts = told }, kinds.Length == 1 ? null : labels => live.PartsIn(labels) == parts && live.CorrectionOf(labels) == of);
        }
    }

    /// <summary>
    /// Changes figures after a correction: of the blocks whose removed rows, and rows that only the correction brought, each pass every rule
    /// by themselves. Segments are pooled with their blocks first. To be called once the correction is the version that counts; where it is
    /// not, the next one makes up for it.
    /// </summary>
    /// <returns>How many figures stayed and why, in words for the owner.</returns>
    public async Task<IReadOnlyList<string>> CorrectAsync(Product product, IProgress<string> progress, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (datasets.Current(product.Id) is not { TableParts: not null } source || tables.Find(product.Id, source) is not { } live)
            {
                return [];
            }

            progress.Report("testing the removed rows for the safe table");
            var appended = Appended(live, source);
            var build = live.Segments.Count == 0 ? live.Build : await PooledAsync(product, live, live.Table.Rules, cancellationToken).ConfigureAwait(false);
            var difference = await TableContents.CompareAsync(
                product, live.Design, live.Table, engines[source.Engine], [.. Told(live, appended)], [(source, null)], cancellationToken).ConfigureAwait(false);
            var decision = Guarded(() => DeletionAdmission.Decide(build, difference));
            if (decision.Build != build || decision.Kept.Count == 0)
            {
                var correction = new TableCorrection(source.Version, source.Parts, appended.Length, decision.Settled);
                await tables.AddAsync(product.Id, live.Source, live.Design, decision.Build, "correct", live, correction).ConfigureAwait(false);
            }

            return CorrectionWords.Of(decision);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The stored parts that are still read for a dataset: its own rows, and those that figures of its table are of.</summary>
    public IEnumerable<string> PartsRead(string product, DatasetSource newest) =>
        newest.Attached ? [] : tables.Find(product, newest) is { } live ? newest.Parts.Concat(Told(live, Appended(live, newest)).SelectMany(told => told.Item1.Parts)) : newest.Parts;

    /// <summary>Builds the table of a version that is about to replace the dataset, if an offer asks for one.</summary>
    public async Task PublishAsync(Product product, DatasetSource source, IProgress<string> progress, CancellationToken cancellationToken)
    {
        // A dataset that was out of service is not any more when it is published: the offers over it count again.
        var all = offers.All.Values.Where(offer => offer.Terms.Product == product.Id && IsTable(offer.Terms) && listing.IsOpen(offer)).Select(offer => offer.Terms).ToList();
        if (all.Count == 0)
        {
            return;
        }

        progress.Report("building the safe table");
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var live = await BuildAsync(product, all, source, "publish", cancellationToken).ConfigureAwait(false);
            foreach (var warning in warnings.Of(product, live))
            {
                progress.Report(warning);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>What a table with another order of dimensions, or under other rules, would hold. Nothing is kept.</summary>
    public async Task<LiveTable> TryAsync(Product product, IReadOnlyList<string> order, Disclosure? rules, CancellationToken cancellationToken)
    {
        var source = datasets.Current(product.Id)
            ?? throw Reasons.NoDataset.Because("There is no live dataset for this product.", "Publish one with `exchange dataset publish` first.");
        var standing = LiveTerms(product.Id).Where(IsTable).ToList();
        var design = TableDesign.Of(product, standing.Count > 0 ? standing : [new OfferTerms { Product = product.Id }]);
        var unknown = order.FirstOrDefault(name => !design.Dimensions.Contains(name));
        if (unknown is not null)
        {
            throw Reasons.InvalidRequest.Because("The order names something that is no dimension of the table.", $"The dimensions are {string.Join(", ", design.Dimensions)}.");
        }

        design = design.Ordered(order);
        var asked = rules is null ? standing.Count > 0 ? TableDesign.RulesOf(standing) : new TableRules() : TableDesign.RulesOf(rules);
        if (asked.MinUnits < TableRules.MinUnitsLeastWithSquares)
        {
            design = design with { Squares = [] };
        }

        var contents = await TableContents.CollectAsync(product, design, engines[source.Engine], source, cancellationToken).ConfigureAwait(false);
        return new LiveTable(product.Id, 0, source, design, Built(() => SafeTableBuilder.Build(contents, asked)), new byte[TableCommitment.SaltBytes], []);
    }

    /// <summary>What would answer instead of the table there is under terms that may be stricter: it, or one pooled from its blocks. Nothing is kept.</summary>
    /// <exception cref="ExchangeException"><c>TABLE_EMPTY</c>, <c>TABLE_FAILED</c>.</exception>
    public async Task<LiveTable> TrialAsync(Product product, LiveTable live, OfferTerms terms, CancellationToken cancellationToken)
    {
        var wanted = TableRules.StrictestOf([live.Table.Rules, TableDesign.RulesOf(terms.Disclosure)]);
        if (wanted == live.Table.Rules)
        {
            return live;
        }

        return new LiveTable(
            product.Id, 0, live.Source, live.Design, await PooledAsync(product, live, wanted, cancellationToken).ConfigureAwait(false), new byte[TableCommitment.SaltBytes], [], live);
    }

    /// <summary>The table under stricter rules, from its blocks and its segments'. The rows they are of only test it.</summary>
    private async Task<TableBuild> PooledAsync(Product product, LiveTable live, TableRules wanted, CancellationToken cancellationToken)
    {
        var appended = datasets.Current(product.Id) is { } source ? Appended(live, source) : [];
        var contents = await TableContents.CollectAsync(product, live.Design, live.Table, engines[live.Source.Engine], [.. Told(live, appended)], cancellationToken).ConfigureAwait(false);
        return Built(() => SafeTableBuilder.Coarsen(live.Build, [.. live.Segments.Select(segment => new AdmittedRows(segment.Table, segment.Admitted))], contents, wanted));
    }

    private async Task<LiveTable> BuildAsync(Product product, List<OfferTerms> all, DatasetSource source, string why, CancellationToken cancellationToken)
    {
        var design = TableDesign.Of(product, all);
        var contents = await TableContents.CollectAsync(product, design, engines[source.Engine], source, cancellationToken).ConfigureAwait(false);
        var build = Built(() => SafeTableBuilder.Build(contents, TableDesign.RulesOf(all)));
        return await tables.AddAsync(product.Id, source, design, build, why).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<string>> CoarsenAsync(Product product, LiveTable live, List<OfferTerms> all, CancellationToken cancellationToken)
    {
        var missing = TableDesign.Of(product, all).Dimensions.Except(live.Design.Dimensions)
            .Concat(TableDesign.Of(product, all).Measures.Except(live.Design.Measures)).ToList();
        List<string> notes = missing.Count == 0 ? []
            : [$"the safe table there is stays: it does not have {string.Join(", ", missing)}, and a table that did would be a second one over the same rows."];
        var wanted = TableRules.StrictestOf([live.Table.Rules, TableDesign.RulesOf(all)]);
        if (wanted == live.Table.Rules)
        {
            return [.. notes, $"the safe table there is serves this offer; it keeps its own rules where they are stricter (min_units {wanted.MinUnits})."];
        }

        var build = await PooledAsync(product, live, wanted, cancellationToken).ConfigureAwait(false);
        return [.. notes, Describe(await tables.AddAsync(product.Id, live.Source, live.Design, build, "stricter offer", live).ConfigureAwait(false))];
    }

    private static TableBuild Built(Func<TableBuild> build)
    {
        var made = Guarded(build);
        return made.Table.CountBlocks.Count > 0 ? made : throw Reasons.TableEmpty.Because(
            "Under these rules no part of the dataset may be published: nothing could ever leave.", "Use fewer dimensions or a smaller min_units, or wait for more data.");
    }

    private static T Guarded<T>(Func<T> build)
    {
        try
        {
            return build();
        }
        catch (Exception error) when (error is ArgumentException or OverflowException or InvalidOperationException)
        {
            throw new ExchangeException(Reasons.TableFailed, "The safe table could not be built, or failed its second test, and was not used.", "Report it with the product and the offer.", error);
        }
    }

    private static string Describe(LiveTable live) =>
        $"the safe table has {live.Table.CountBlocks.Count} blocks over {string.Join(", ", live.Design.Dimensions)}; `exchange dataset table show {live.Product}` shows all that can ever leave.";

    private IEnumerable<OfferTerms> LiveTerms(string product) => offers.All.Values.Where(offer => offer.Terms.Product == product && listing.IsLive(offer)).Select(offer => offer.Terms);

    private static bool IsTable(OfferTerms terms) => terms.Release == ReleaseClass.Table;

    private static bool IsNoisy(OfferTerms terms) => terms.Release == ReleaseClass.Noisy;
}
