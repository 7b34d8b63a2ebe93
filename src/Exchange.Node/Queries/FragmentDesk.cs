using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Exchange.Engines;
using Exchange.Node.Agreements;
using Exchange.Node.Audit;
using Exchange.Node.Catalog;
using Exchange.Node.Hosting;
using Exchange.Node.Noise;
using Exchange.Node.Peers;
using Exchange.Node.SafeTables;
using Exchange.Node.Storage;
using Exchange.Node.Witnesses;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Approval;
using Exchange.Query.Execution;
using Exchange.Query.Products;
using Google.Protobuf;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using NoisyGate = Exchange.Node.Queries.ReleasedAnswer.NoisyGate;
using ReleaseGate = Exchange.Node.Queries.ReleasedAnswer.ReleaseGate;
using TableGate = Exchange.Node.Queries.ReleasedAnswer.TableGate;

namespace Exchange.Node.Queries;

/// <summary>
/// Decides on one fragment at its owner, in this order and no other:
/// 1 check the signed query, 2 repeat a stored answer, 3 admit it under an agreement, 4 approve the fragment,
/// 5 run it, 6 release, 7 log and claim in one durable write, 8 answer with the receipt.
/// Whatever stops it on the way is logged as a refusal or a failure before the caller learns of it. From 3 to 7 it is under way: a
/// decision about its agreement or its caller stops it, and 7 looks at both once more. Under terms with a response grid, what came of 3 or
/// later leaves on the grid.
/// </summary>
internal sealed class FragmentDesk(
    RegisterCache register,
    AgreementGate agreements,
    DatasetStore datasets,
    EngineSet engines,
    SafeTableStore tables,
    NoisyDesk noisy,
    AnsweredQueries answered,
    CallerSlots slots,
    FragmentsUnderWay underWay,
    StateStore state,
    AccessLog log,
    Witnessing witnessing,
    NodeLimits limits,
    TimeProvider time,
    ILogger<FragmentDesk> logger)
{
    /// <summary>Most blocks that a query may name; those of several owners together.</summary>
    public const int CommonBlocksMax = 100_000;

    private readonly ConcurrentDictionary<(string Caller, string QueryId), byte> _running = new();

    public async Task<RunFragmentResponse> DecideAsync(RunFragmentRequest request, CallerIdentity caller, CancellationToken cancellationToken)
    {
        var received = time.GetTimestamp();
        var entry = new LogEntry(caller, request);
        var response = await DecideAsync(request, caller, entry, cancellationToken).ConfigureAwait(false);
        await ResponseGrid.WaitAsync(time, received, entry.ResponseGrid, cancellationToken).ConfigureAwait(false);
        return response;
    }

    private async Task<RunFragmentResponse> DecideAsync(RunFragmentRequest request, CallerIdentity caller, LogEntry entry, CancellationToken cancellationToken)
    {
        try
        {
            using var slot = slots.Take(caller.ParticipantId);
            // 1
            var incoming = IncomingQuery.Check(request.Query, caller, register.Current, time.GetUtcNow());
            entry.Describe(incoming);
            // 2
            var response = answered.Find(caller.ParticipantId, incoming.Query.QueryId, incoming.Hash)
                ?? await RunOnceAsync(incoming, request.AgreementId, caller, entry, cancellationToken).ConfigureAwait(false);
            return request.Witnesses > 0 ? await WitnessAsync(response, request.Witnesses, cancellationToken).ConfigureAwait(false) : response;
        }
        catch (ExchangeException refusal) when (refusal.Reason.Kind is ErrorKind.Refused or ErrorKind.BadInput)
        {
            return await LogRefusalAsync("query.refused", refusal, entry).ConfigureAwait(false);
        }
        catch (ExchangeException failure)
        {
            // Where it is the state's disk that failed, this fails too and the caller learns of that: no leaf, no answer.
            return await LogRefusalAsync("query.failed", failure, entry).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await LogRefusalAsync("query.failed", Reasons.Cancelled.Because("The asker went away or its deadline passed.", "Ask again."), entry).ConfigureAwait(false);
            throw;
        }
        catch (Exception error) when (error is not ExchangeException)
        {
            Log.FragmentFailed(logger, error.GetType().Name, error.StackTrace);
            return await LogRefusalAsync("query.failed", Reasons.Internal.Because("The owner's node failed while answering.", "Tell the owner to look at the node's log."), entry).ConfigureAwait(false);
        }
    }

    private async Task<RunFragmentResponse> RunOnceAsync(
        IncomingQuery incoming, string agreementId, CallerIdentity caller, LogEntry entry, CancellationToken cancellationToken)
    {
        var running = (caller.ParticipantId, incoming.Query.QueryId);
        if (!_running.TryAdd(running, 0))
        {
            throw Reasons.QueryInProgress.Because("This query is being answered already.", "Wait for its answer.");
        }

        try
        {
            // Looked for once more: the same query may have been answered since step 2.
            return answered.Find(caller.ParticipantId, incoming.Query.QueryId, incoming.Hash)
                ?? await RunWhileAgreedAsync(incoming, agreementId, caller, entry, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _running.TryRemove(running, out _);
        }
    }

    private async Task<RunFragmentResponse> RunWhileAgreedAsync(
        IncomingQuery incoming, string agreementId, CallerIdentity caller, LogEntry entry, CancellationToken cancellationToken)
    {
        var query = incoming.Query;
        void Check() => agreements.AdmitStill(agreementId, caller, query.Fragment.Product, query.Purpose, time.GetUtcNow());
        using var running = underWay.Enter(agreementId, Check, cancellationToken);
        try
        {
            return await RunAsync(incoming, agreementId, caller, entry, running.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (running.Refusal is { } refusal)
        {
            entry.DescribeStop();
            throw refusal;
        }
    }

    private async Task<RunFragmentResponse> RunAsync(
        IncomingQuery incoming, string agreementId, CallerIdentity caller, LogEntry entry, CancellationToken cancellationToken)
    {
        var query = incoming.Query;
        // 3
        var terms = agreements.Admit(agreementId, caller, query.Fragment.Product, query.Purpose, time.GetUtcNow());
        entry.ResponseGrid = TimeSpan.FromMilliseconds(terms.ResponseGridMs);
        if (terms.Release != query.Release)
        {
            throw Reasons.OtherReleaseClass.Because("The owner's agreement is for another release class.", "Ask with --release and the class of the agreement.");
        }

        if ((query.AsksPattern || query.Common is not null)
            && (terms.Release != ReleaseClass.Table || (query.AsksPattern && query.Common is not null)
                || (query.Common is not null && !PatternRules.Holds(query.Common, CommonBlocksMax, withParts: false))))
        {
            throw Reasons.QueryMalformed.Because("The query names parts of a safe table in a way that cannot be.", "Ask through a node of this exchange.");
        }

        if (!register.Current.Products.TryGetValue(query.Fragment.Product, out var product) || datasets.Current(query.Fragment.Product) is not { } source)
        {
            throw Reasons.NoDataset.Because("The owner has no live dataset for this product.", "Ask the owner, or leave it out with --participants.");
        }

        // 4
        var approved = NearestQuery.Approve(query.Fragment, product, terms, limits.Fragments);
        entry.Describe(terms, source);
        entry.Describe(query.Fragment);
        // 5 and 6
        var released = terms.Release switch
        {
            ReleaseClass.Table => Look(query, product, source, entry),
            ReleaseClass.Noisy => await NoisyGate.ReleaseAsync(noisy, new NoisyQuestion(query, caller.ParticipantId, agreementId, terms, product, source), cancellationToken).ConfigureAwait(false),
            _ => ReleaseGate.Release(approved, query.Fragment, await engines[source.Engine].RunAsync(approved, source, cancellationToken).ConfigureAwait(false), source),
        };
        entry.Describe(released);
        // 7 and 8
        var claim = new QueryClaim(caller.ParticipantId, query.QueryId, incoming.Hash, agreementId, terms.Name, terms.QueriesPerDay)
        {
            Asked = new AskedOfOwner(product.Id, incoming.Payload, released.CellCount, released.SuppressedCells, source.Version),
        };
        var leaf = log.LeafOf("query.answered", entry.ToJson());
        var response = await state.WriteAsync(connection =>
        {
            agreements.AdmitAgain(connection, terms, agreementId, caller, query.Fragment.Product, query.Purpose, time.GetUtcNow());
            return Answer(connection, released, claim, leaf);
        }, CancellationToken.None).ConfigureAwait(false);
        log.Prove(response.Receipt);
        answered.Remember(claim, response);
        return response;
    }

    // The answer is stored and charged by now: whoever asks again under its id gets it once there are enough witnesses.
    private async Task<RunFragmentResponse> WitnessAsync(RunFragmentResponse response, int witnesses, CancellationToken cancellationToken)
    {
        var witnessed = response.Clone();
        await witnessing.ProveAsync(witnessed.Receipt, witnesses, cancellationToken).ConfigureAwait(false);
        return witnessed;
    }

    private ReleasedAnswer Look(JointQuery query, Product product, DatasetSource source, LogEntry entry)
    {
        var live = tables.Find(product.Id, source)
            ?? throw Reasons.TableAbsent.Because("The owner's dataset has no safe table yet.", "Ask the owner to set its offer again.");
        entry.Describe(live);
        return query.AsksPattern
            ? TableGate.ReleasePattern(query.Fragment, product, live, limits.Fragments.CellsMax)
            : TableGate.Release(query.Fragment, product, live, query.Common, limits.Fragments.CellsMax);
    }

    private RunFragmentResponse Answer(SqliteConnection connection, ReleasedAnswer released, QueryClaim claim, byte[] leaf)
    {
        var response = new RunFragmentResponse
        {
            Answer = released.Answer,
            Salt = UnsafeByteOperations.UnsafeWrap(released.Salt),
            Receipt = log.Begin(log.Append(connection, leaf)),
        };
        answered.Claim(connection, claim, response);
        return response;
    }

    private async Task<RunFragmentResponse> LogRefusalAsync(string what, ExchangeException refusal, LogEntry entry)
    {
        entry.Describe(refusal);
        var leaf = log.LeafOf(what, entry.ToJson());
        var logged = await state.WriteAsync(connection => log.Append(connection, leaf), CancellationToken.None).ConfigureAwait(false);
        return new RunFragmentResponse
        {
            Refusal = new Refusal { Reason = refusal.Reason.Name, Message = refusal.Message, Action = refusal.Action },
            Receipt = log.Prove(log.Begin(logged)),
        };
    }

    /// <summary>What is known so far of the decision; becomes the leaf.</summary>
    private sealed class LogEntry(CallerIdentity caller, RunFragmentRequest request)
    {
        private readonly JsonObject _members = new()
        {
            ["caller"] = caller.ParticipantId,
            // Hostile text must not grow the log: an id has 26 characters.
            ["agreement"] = Protocol.Naming.Identifiers.IsId(request.AgreementId) ? request.AgreementId : null,
            // Of the bytes as they came, so that a refusal of what cannot be trusted still says what it refuses.
            ["query_hash"] = request.Query is { Payload.IsEmpty: false } query ? Convert.ToHexStringLower(SHA256.HashData(query.Payload.Span)) : null,
            ["identity_outage"] = caller.DuringIdentityOutage ? "IDENTITY_OUTAGE" : null,
        };

        /// <summary>What the terms say about when an answer leaves, as soon as they are known.</summary>
        public TimeSpan ResponseGrid { get; set; }

        public void Describe(IncomingQuery incoming)
        {
            _members["query_id"] = incoming.Query.QueryId;
            _members["purpose"] = incoming.Query.Purpose;
            _members["pattern"] = incoming.Query.AsksPattern ? true : null;
            _members["common"] = incoming.Query.Common is null ? null : true;
            _members["product"] = Protocol.Naming.Identifiers.IsProductId(incoming.Query.Fragment.Product) ? incoming.Query.Fragment.Product : null;
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
            _members["answer_hash"] = Convert.ToHexStringLower(released.Hash);
            _members["cells"] = released.CellCount;
            _members["suppressed_cells"] = released.SuppressedCells;
            if (released.Noise is { } noise)
            {
                _members["rho"] = noise.Rho.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
                _members["repeated_answer"] = noise.RepeatedAnswer;
            }
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
}
