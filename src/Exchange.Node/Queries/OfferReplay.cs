using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Exchange.Engines;
using Exchange.Node.Audit;
using Exchange.Node.Catalog;
using Exchange.Node.Hosting;
using Exchange.Node.SafeTables;
using Exchange.Node.Storage;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Products;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using ReleaseGate = Exchange.Node.Queries.ReleasedAnswer.ReleaseGate;

namespace Exchange.Node.Queries;

/// <summary>
/// Says what answered queries would get under other terms. Each runs through the owner's own check, engine and release gate as if it
/// came in now, over the dataset of now. Questions of <c>table</c> are answered from the table there is, pooled where the terms are stricter. Of what the gate lets through only the number of cells is looked at. Nothing is released,
/// nobody's queries of the day are used up, and the log has a leaf of it before the owner sees the outcome.
/// </summary>
internal sealed class OfferReplay(
    OfferStore offers, ProductLookup products, DatasetStore datasets, EngineSet engines, SafeTableStore tables, SafeTableDesk tableDesk, StateStore state, AccessLog log,
    NodeLimits limits, TimeProvider time)
{
    /// <summary>Queries replayed when the owner names no number.</summary>
    public const int DefaultCount = 100;

    /// <summary>Most queries replayed at a time.</summary>
    public const int CountMax = 1_000;

    /// <summary>Replays the newest answered queries of the offer's product under these terms.</summary>
    /// <exception cref="ExchangeException">
    /// <see cref="Reasons.NotFound"/>, <see cref="Reasons.OfferOtherProduct"/>, <see cref="Reasons.NoDataset"/>,
    /// <see cref="Reasons.TableAbsent"/>, <see cref="Reasons.NotServedYet"/> for <c>noisy</c>, and what is wrong with the terms.
    /// </exception>
    public async Task<WhatIfOfferResponse> RunAsync(WhatIfOfferRequest request, CancellationToken cancellationToken)
    {
        var count = CountOf(request.Last);
        var (trial, product) = await CheckAsync(request.Terms, cancellationToken).ConfigureAwait(false);
        var source = datasets.Current(product.Id)
            ?? throw Reasons.NoDataset.Because($"There is no live dataset for {product.Id}.", "Publish one with `exchange dataset publish`.");

        var (live, pooled) = await TablesAsync(product, trial.Terms, source, cancellationToken).ConfigureAwait(false);
        var answered = AnsweredQueries.Last(state, product.Id, count).Where(query => !AsksPattern(query)).ToList();
        var response = new WhatIfOfferResponse { DatasetVersion = source.Version, NotKept = answered.Count(query => query.Query is null), Notes = { trial.Notes } };
        foreach (var query in answered.Where(query => query.Query is not null))
        {
            response.Queries.Add(await ReplayAsync(query, product, trial.Terms, source, live, pooled, cancellationToken).ConfigureAwait(false));
        }

        await state.WriteAsync(connection => log.Append(connection, "offer.what-if", LeafOf(trial.Terms, response)), cancellationToken).ConfigureAwait(false);
        return response;
    }

    private static int CountOf(int last) => last switch
    {
        0 => DefaultCount,
        > 0 and <= CountMax => last,
        _ => throw Reasons.InvalidRequest.Because($"1 to {CountMax} queries are replayed at a time.", "Ask for fewer."),
    };

    private async Task<(CheckedOffer Trial, Product Product)> CheckAsync(OfferTerms? terms, CancellationToken cancellationToken)
    {
        if (terms is null)
        {
            throw Reasons.InvalidRequest.Because("The request holds no terms.", "Give the terms of the offer.");
        }

        var current = offers.Current(terms.Name)
            ?? throw Reasons.NotFound.Because("This owner has no offer of that name.", "See `exchange offer show`.");
        if (current.Terms.Product != terms.Product)
        {
            throw Reasons.OfferOtherProduct.Because($"The offer {terms.Name} is for the product {current.Terms.Product}.", "Try terms for that product.");
        }

        if (terms.Release is not (ReleaseClass.Checked or ReleaseClass.Table))
        {
            throw Reasons.NotServedYet.Because("Answers of `noisy` are not replayed: they are random, and charged.", "Try an offer with `release: checked` or `table`.");
        }

        var product = await products.FindAsync(terms.Product, cancellationToken).ConfigureAwait(false);
        return (OfferRules.Check(terms, product, time.GetUtcNow()), product);
    }

    private async Task<ReplayedQuery> ReplayAsync(AnsweredQuery answered, Product product, OfferTerms terms, DatasetSource source, LiveTable? live, LiveTable? pooled, CancellationToken cancellationToken)
    {
        var query = JointQuery.Parser.ParseFrom(answered.Query);
        var replayed = new ReplayedQuery
        {
            QueryId = answered.QueryId,
            AnswerTime = Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(answered.Created)),
            Caller = answered.Caller,
            Purpose = query.Purpose,
            Offer = answered.Offer ?? "",
            DatasetVersion = answered.DatasetVersion,
            ReleasedThen = answered.Cells,
            WithheldThen = answered.Withheld,
        };
        try
        {
            CheckClass(query, terms);
            var approved = FragmentPolicy.Approve(query.Fragment, product, terms, limits.Fragments);
            if (pooled is not null)
            {
                replayed.CoveredUnitsThen = TableLoss.Of(query.Fragment, product, live!, limits.Fragments.CellsMax).CoveredUnits;
                var left = TableLoss.Of(query.Fragment, product, pooled, limits.Fragments.CellsMax);
                (replayed.ReleasedNow, replayed.CoveredUnitsNow) = (left.Cells, left.CoveredUnits);
                return replayed;
            }

            var raw = await engines[source.Engine].RunAsync(approved, source, cancellationToken).ConfigureAwait(false);
            var released = ReleaseGate.Release(approved, query.Fragment, raw, source);
            (replayed.ReleasedNow, replayed.WithheldNow) = (released.CellCount, released.SuppressedCells);
        }
        catch (ExchangeException refusal) when (refusal.Reason.Kind == ErrorKind.Refused && refusal.Reason != Reasons.DatasetChanged)
        {
            (replayed.Reason, replayed.Message) = (refusal.Reason.Name, refusal.Message);
        }

        return replayed;
    }

    private async Task<(LiveTable? Live, LiveTable? Pooled)> TablesAsync(Product product, OfferTerms terms, DatasetSource source, CancellationToken cancellationToken)
    {
        if (terms.Release != ReleaseClass.Table)
        {
            return (null, null);
        }

        var live = tables.Find(product.Id, source)
            ?? throw Reasons.TableAbsent.Because($"There is no safe table over the dataset of {product.Id}.", "See what one would hold with `exchange dataset table try`.");
        return (live, await tableDesk.TrialAsync(product, live, terms, cancellationToken).ConfigureAwait(false));
    }

    // A pattern is no answer with cells.
    private static bool AsksPattern(AnsweredQuery answered) => answered.Query is { } query && JointQuery.Parser.ParseFrom(query).AsksPattern;

    private static void CheckClass(JointQuery query, OfferTerms terms)
    {
        if (query.Release != terms.Release)
        {
            throw Reasons.OtherReleaseClass.Because("The query was asked in another release class.", "Its asker would have to ask in the class of the offer.");
        }
    }

    private static JsonObject LeafOf(OfferTerms terms, WhatIfOfferResponse response) => new()
    {
        ["offer"] = terms.Name,
        ["product"] = terms.Product,
        ["terms_hash"] = Convert.ToHexStringLower(SHA256.HashData(terms.ToByteArray())),
        ["dataset_version"] = response.DatasetVersion,
        ["replayed"] = response.Queries.Count,
    };
}
