using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Exchange.Engines;
using Exchange.Node.Audit;
using Exchange.Node.Catalog;
using Exchange.Node.Hosting;
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
/// came in now, over the dataset of now; of what the gate lets through only the number of cells is looked at. Nothing is released,
/// nobody's queries of the day are used up, and the log has a leaf of it before the owner sees the outcome.
/// </summary>
internal sealed class OfferReplay(OfferStore offers, ProductLookup products, DatasetStore datasets, EngineSet engines, StateStore state, AccessLog log, NodeLimits limits, TimeProvider time)
{
    /// <summary>Queries replayed when the owner names no number.</summary>
    public const int DefaultCount = 100;

    /// <summary>Most queries replayed at a time.</summary>
    public const int CountMax = 1_000;

    /// <summary>Replays the newest answered queries of the offer's product under these terms.</summary>
    /// <exception cref="ExchangeException">
    /// <see cref="Reasons.NotFound"/>, <see cref="Reasons.OfferOtherProduct"/>, <see cref="Reasons.NoDataset"/>,
    /// <see cref="Reasons.NotServedYet"/> for another release class than checked, and what is wrong with the terms.
    /// </exception>
    public async Task<WhatIfOfferResponse> RunAsync(WhatIfOfferRequest request, CancellationToken cancellationToken)
    {
        var count = CountOf(request.Last);
        var (trial, product) = await CheckAsync(request.Terms, cancellationToken).ConfigureAwait(false);
        var source = datasets.Current(product.Id)
            ?? throw Reasons.NoDataset.Because($"There is no live dataset for {product.Id}.", "Publish one with `exchange dataset publish`.");

        var answered = AnsweredQueries.Last(state, product.Id, count);
        var response = new WhatIfOfferResponse { DatasetVersion = source.Version, NotKept = answered.Count(query => query.Query is null), Notes = { trial.Notes } };
        foreach (var query in answered.Where(query => query.Query is not null))
        {
            response.Queries.Add(await ReplayAsync(query, product, trial.Terms, source, cancellationToken).ConfigureAwait(false));
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

        if (terms.Release != ReleaseClass.Checked)
        {
            throw Reasons.NotServedYet.Because("Only checked answers are replayed: the other release classes do not answer each query by itself.", "Try an offer with `release: checked`.");
        }

        var product = await products.FindAsync(terms.Product, cancellationToken).ConfigureAwait(false);
        return (OfferRules.Check(terms, product, time.GetUtcNow()), product);
    }

    private async Task<ReplayedQuery> ReplayAsync(AnsweredQuery answered, Product product, OfferTerms terms, DatasetSource source, CancellationToken cancellationToken)
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
