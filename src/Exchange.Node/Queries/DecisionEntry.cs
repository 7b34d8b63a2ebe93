using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Exchange.Node.Hosting;
using Exchange.Node.SafeTables;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing.V1;
using Exchange.Query.Execution;

namespace Exchange.Node.Queries;

/// <summary>What is known so far of the decision on a question; becomes the leaf.</summary>
internal sealed class DecisionEntry
{
    private readonly JsonObject _members;

    public DecisionEntry(CallerIdentity caller, string agreementId, SignedBytes? signed) => _members = new()
    {
        ["caller"] = caller.ParticipantId,
        // Hostile text must not grow the log: an id has 26 characters.
        ["agreement"] = Protocol.Naming.Identifiers.IsId(agreementId) ? agreementId : null,
        // Of the bytes as they came, so that a refusal of what cannot be trusted still says what it refuses.
        ["query_hash"] = signed is { Payload.IsEmpty: false } ? Convert.ToHexStringLower(SHA256.HashData(signed.Payload.Span)) : null,
        ["identity_outage"] = caller.DuringIdentityOutage ? "IDENTITY_OUTAGE" : null,
    };

    private DecisionEntry(JsonObject members) => _members = members;

    /// <summary>What the terms say about when an answer leaves, as soon as they are known.</summary>
    public TimeSpan ResponseGrid { get; set; }

    /// <summary>An entry of its own for a further decision on the same question.</summary>
    public DecisionEntry Copy() => new(ToJson());

    public void Describe(IncomingQuery incoming)
    {
        _members["query_id"] = incoming.Query.QueryId;
        _members["purpose"] = incoming.Query.Purpose;
        _members["pattern"] = incoming.Query.AsksPattern ? true : null;
        _members["common"] = incoming.Query.Common is null ? null : true;
        _members["product"] = Protocol.Naming.Identifiers.IsProductId(incoming.Query.Fragment.Product) ? incoming.Query.Fragment.Product : null;
    }

    // Of a question that was decided on before.
    public void Describe(string queryId, byte[] queryHash)
    {
        _members["query_id"] = queryId;
        _members["query_hash"] = Convert.ToHexStringLower(queryHash);
    }

    public void Describe(OfferTerms terms, DatasetSource source)
    {
        _members["offer"] = terms.Name;
        _members["release"] = terms.Release.ToString().ToLowerInvariant();
        _members["min_units"] = terms.Disclosure.MinUnits;
        _members["rules"] = RulesInForce.ToJson(terms.Disclosure);
        _members["dataset_version"] = source.Version;
    }

    // After the approval: every name is a column of the product by then.
    public void Describe(Fragment approved) => _members["columns"] = AskedColumns.Of(approved);

    public void Describe(LiveTable live)
    {
        _members["dataset_version"] = live.DatasetVersion;
        _members["min_units"] = live.Table.Rules.MinUnits;
        _members["rules"] = RulesInForce.ToJson(live.Table.Rules);
        _members["table_commitment"] = Convert.ToHexStringLower(live.Commitment);
    }

    public void Describe(ReleasedAnswer released)
    {
        DescribeAnswer(released.Hash);
        _members["cells"] = released.CellCount;
        _members["suppressed_cells"] = released.SuppressedCells;
        if (released.Noise is { } noise)
        {
            DescribeCharge(noise);
        }
    }

    public void DescribeAnswer(byte[] hash) => _members["answer_hash"] = Convert.ToHexStringLower(hash);

    public void DescribeCharge(NoiseReport noise)
    {
        _members["rho"] = noise.Rho.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        _members["repeated_answer"] = noise.RepeatedAnswer;
    }

    // Every name is a participant of the register by then. A leaf has room for the largest rosters.
    public void DescribeCohort(ReadOnlySpan<byte> cohortId, SecureCohort cohort)
    {
        _members["aggregation"] = "secure";
        _members["cohort"] = Convert.ToHexStringLower(cohortId);
        _members["min_nodes"] = cohort.MinNodes;
        _members["cohort_size"] = cohort.Participants.Count;
        _members["roster"] = new JsonArray([.. cohort.Participants.Select(JsonNode (name) => name)]);
    }

    public void DescribeStop() => _members["stopped"] = true;

    // The leaf goes to the caller with its receipt: of an answer that did not leave it tells nothing.
    public void Describe(ExchangeException refusal)
    {
        foreach (var figure in (ReadOnlySpan<string>)["answer_hash", "cells", "suppressed_cells"])
        {
            _members.Remove(figure);
        }

        _members["reason"] = refusal.Reason.Name;
    }

    // What is described so far; a refusal may follow what was meant to be an answer.
    public JsonObject ToJson() => (JsonObject)_members.DeepClone();
}
