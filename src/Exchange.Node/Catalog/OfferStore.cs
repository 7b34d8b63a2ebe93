using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Dapper;
using Exchange.Node.Audit;
using Exchange.Node.Hosting;
using Exchange.Node.Storage;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Catalog;

/// <summary>
/// This owner's offers. Every version is kept; the newest of each is held in memory and loaded again under a lock after each
/// write, so a reader that starts after a write returned sees it. Messages handed out are shared: nobody changes them.
/// </summary>
internal sealed class OfferStore(StateStore state, AccessLog log, NodeIdentity identity, TimeProvider time)
{
    /// <summary>Most offers of a node.</summary>
    public const int OffersMax = 1_000;

    private readonly Lock _loading = new();
    private volatile IReadOnlyDictionary<string, Offer>? _newest;

    /// <summary>The newest version of every offer, by name.</summary>
    public IReadOnlyDictionary<string, Offer> All => _newest ?? Load();

    /// <summary>The newest version of that offer, or null. Costs one look-up in memory.</summary>
    public Offer? Current(string offerName) => All.GetValueOrDefault(offerName);

    /// <summary>
    /// Sets checked terms: the first version of an offer or its next one, with leaf <c>offer.set</c> in the same durable write.
    /// The terms that stand already make no new version.
    /// </summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.OfferOtherProduct"/>, <see cref="Reasons.NodeFull"/>.</exception>
    public Task<Offer> SetAsync(OfferTerms terms, CancellationToken cancellationToken) => SetAsync(terms, null, besideChecked: false, besideExact: false, [], cancellationToken);

    /// <inheritdoc cref="SetAsync(OfferTerms, CancellationToken)"/>
    /// <param name="terms">Checked terms.</param>
    /// <param name="commitment">Of the safe table that serves them; null for none.</param>
    /// <param name="besideChecked">The owner insists on offers of <c>table</c> and another exact class side by side.</param>
    /// <param name="besideExact">The owner insists on offers of <c>noisy</c> and an exact class side by side.</param>
    /// <param name="sameRows">Products of datasets that tell of the same rows, which the owner wanted all the same.</param>
    /// <param name="cancellationToken">Of the call.</param>
    public async Task<Offer> SetAsync(OfferTerms terms, byte[]? commitment, bool besideChecked, bool besideExact, IReadOnlyList<string> sameRows, CancellationToken cancellationToken)
    {
        var offer = await state.WriteAsync(connection => Set(connection, terms, commitment, besideChecked, besideExact, sameRows), cancellationToken).ConfigureAwait(false);
        Load();
        return offer;
    }

    private Offer Set(SqliteConnection connection, OfferTerms terms, byte[]? commitment, bool besideChecked, bool besideExact, IReadOnlyList<string> sameRows)
    {
        var stored = connection.QuerySingleOrDefault<byte[]>("SELECT offer FROM offers WHERE name = @Name ORDER BY version DESC LIMIT 1", new { terms.Name });
        var current = stored is null ? null : Offer.Parser.ParseFrom(stored);
        if (current is not null && current.Terms.Equals(terms))
        {
            return current;
        }

        if (current is not null && current.Terms.Product != terms.Product)
        {
            throw Reasons.OfferOtherProduct.Because(
                $"The offer {terms.Name} is for the product {current.Terms.Product}.", "Give the offer for the other product a name of its own.");
        }

        if (current is null && connection.ExecuteScalar<long>("SELECT COUNT(DISTINCT name) FROM offers") >= OffersMax)
        {
            throw Reasons.NodeFull.Because($"A node holds at most {OffersMax} offers.", "Change one of them instead.");
        }

        var offer = new Offer
        {
            Provider = identity.ParticipantId,
            Version = (current?.Version ?? 0) + 1,
            Terms = terms,
            CreateTime = Timestamp.FromDateTimeOffset(time.GetUtcNow()),
            TableCommitment = ByteString.CopyFrom(commitment ?? []),
        };
        connection.Execute(
            "INSERT INTO offers(name, version, product, offer) VALUES(@Name, @Version, @Product, @bytes)",
            new { terms.Name, offer.Version, terms.Product, bytes = offer.ToByteArray() });
        log.Append(connection, "offer.set", new JsonObject
        {
            ["offer"] = terms.Name,
            ["version"] = offer.Version,
            ["product"] = terms.Product,
            ["release"] = terms.Release.ToString().ToLowerInvariant(),
            ["beside_checked"] = besideChecked ? true : null,
            ["beside_exact"] = besideExact ? true : null,
            ["queries_per_day"] = terms.QueriesPerDay > 0 ? terms.QueriesPerDay : null,
            ["rho"] = terms.Budget is { Rho: > 0 } budget ? budget.Rho.ToString("R", System.Globalization.CultureInfo.InvariantCulture) : null,
            ["agreement_rho"] = terms.Budget is { AgreementRho: > 0 } limits ? limits.AgreementRho.ToString("R", System.Globalization.CultureInfo.InvariantCulture) : null,
            ["same_rows_overridden"] = sameRows.Count > 0 ? new JsonArray([.. sameRows.Select(other => JsonValue.Create(other))]) : null,
            ["terms_hash"] = Convert.ToHexStringLower(SHA256.HashData(terms.ToByteArray())),
        });
        return offer;
    }

    private IReadOnlyDictionary<string, Offer> Load()
    {
        lock (_loading)
        {
            // SQLite takes the bare column from the row that holds the maximum (https://sqlite.org/lang_select.html#bareagg).
            return _newest = state.Read(connection => connection
                .Query<(long Version, byte[] Bytes)>("SELECT MAX(version), offer FROM offers GROUP BY name")
                .Select(row => Offer.Parser.ParseFrom(row.Bytes))
                .ToDictionary(offer => offer.Terms.Name));
        }
    }
}
