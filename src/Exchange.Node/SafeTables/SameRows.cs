using System.Globalization;
using Exchange.Engines;
using Exchange.Node.Catalog;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Query.Execution;

namespace Exchange.Node.SafeTables;

/// <summary>
/// Keeps rows that a safe table tells of from being told of a second time: by a table of another product, by <c>checked</c> answers over
/// another product, or by a table of what replaces or extends the dataset. Rows are known by keyed hashes of the whole source row, which
/// find the same rows and those of which one column was changed, left out or added. What answered once has told what it tells, so offers
/// that ended and datasets out of service count too.
/// </summary>
internal sealed class SameRows(DatasetStore datasets, SafeTableStore tables, OfferStore offers, EngineSet engines)
{
    /// <summary>Two datasets share rows from this share of either on.</summary>
    public const double ShareMax = 0.01;

    private readonly SemaphoreSlim _one = new(1);

    /// <summary>Waits for one's turn: until it is given back, no other version comes to count and no other offer is set, so that what was looked at stays so.</summary>
    public async Task<IDisposable> EnterAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        return new Turn(_one);
    }

    /// <summary>Looks at a version that is about to count.</summary>
    /// <param name="product">Of the dataset.</param>
    /// <param name="source">The version.</param>
    /// <param name="before">The version that it comes on top of, or null.</param>
    /// <param name="keepsTable">It corrects a dataset whose table keeps its figures.</param>
    /// <param name="insists">The owner wants it all the same.</param>
    /// <param name="cancellationToken">Stops the comparison.</param>
    /// <returns>Products of datasets that share rows with it; empty unless the owner insists.</returns>
    /// <exception cref="ExchangeException"><c>SAME_ROWS</c>.</exception>
    public async Task<IReadOnlyList<string>> LookAsync(string product, DatasetSource source, DatasetSource? before, bool keepsTable, bool insists, CancellationToken cancellationToken)
    {
        var fresh = source.RowHashes?.Except(before?.RowHashes ?? []).ToList();
        var others = datasets.All.Keys.Where(other => other != product && (IsTable(other) || (IsTable(product) && IsExact(other))));

        // An attached table that grew has its own rows again; where it has a table, it does not come here.
        IEnumerable<string> own = tables.Holds(product) && !keepsTable && !(source.Attached && before is not null) ? [product] : [];
        return await LookAsync(fresh, [.. own, .. others], insists, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks at an offer that is about to be set.</summary>
    /// <param name="terms">Its terms.</param>
    /// <param name="insists">The owner wants it all the same.</param>
    /// <param name="cancellationToken">Stops the comparison.</param>
    /// <returns>Products of datasets that share rows with its dataset; empty unless the owner insists.</returns>
    /// <exception cref="ExchangeException"><c>SAME_ROWS</c>.</exception>
    public async Task<IReadOnlyList<string>> LookAsync(OfferTerms terms, bool insists, CancellationToken cancellationToken)
    {
        // An offer that stays of its class breaks nothing that it did not break before.
        var stays = offers.Current(terms.Name) is { } before && before.Terms.Product == terms.Product && before.Terms.Release == terms.Release;
        if (stays || !IsExact(terms) || datasets.Current(terms.Product) is not { } source)
        {
            return [];
        }

        var others = datasets.All.Keys.Where(other => other != terms.Product && (terms.Release == ReleaseClass.Table ? IsExact(other) : IsTable(other)));
        return await LookAsync(source.RowHashes, [.. others], insists, cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<string>> LookAsync(IReadOnlyCollection<string>? hashes, IReadOnlyList<string> products, bool insists, CancellationToken cancellationToken)
    {
        var shared = new List<string>();
        foreach (var other in products)
        {
            var versions = datasets.All[other].Versions.Select(version => version.Source.RowHashes).ToList();
            var overlap = hashes is null || versions.Contains(null) ? null
                : await engines.CompareRowsAsync(hashes, [.. versions.SelectMany(names => names!).Distinct()], cancellationToken).ConfigureAwait(false);
            if (overlap is { Same: <= ShareMax, Near: <= ShareMax })
            {
                continue;
            }

            if (!insists)
            {
                throw Reasons.SameRows.Because(
                    $"{Found(overlap)} {other}, and what is told of rows by a safe table must not be told of them again: whoever sees both can subtract them.",
                    "Append new rows alone, remove or mend rows with `exchange dataset correct`, or insist with --override-same-rows, which is logged.");
            }

            shared.Add(other);
        }

        return shared;
    }

    private static string Found(Engines.Publishing.RowHashes.RowOverlap? overlap) => overlap switch
    {
        null => "No hashes of rows were kept by an earlier version of this program, so it cannot be told whether the rows are also in the dataset of",
        { Same: > ShareMax } => string.Create(CultureInfo.InvariantCulture, $"{overlap.Same:P0} of the rows are also in the dataset of"),
        _ => string.Create(CultureInfo.InvariantCulture, $"About {overlap.Near:P0} of the rows are, but for one column, also in the dataset of"),
    };

    private bool IsTable(string product) => tables.Holds(product) || OffersOver(product).Any(terms => terms.Release == ReleaseClass.Table);

    private bool IsExact(string product) => tables.Holds(product) || OffersOver(product).Any(IsExact);

    private static bool IsExact(OfferTerms terms) => terms.Release is ReleaseClass.Table or ReleaseClass.Checked;

    private IEnumerable<OfferTerms> OffersOver(string product) => offers.All.Values.Select(offer => offer.Terms).Where(terms => terms.Product == product);

    private sealed class Turn(SemaphoreSlim one) : IDisposable
    {
        public void Dispose() => one.Release();
    }
}
