using System.Collections.Concurrent;
using Exchange.Engines;
using Exchange.Node.Audit;
using Exchange.Node.Hosting;
using Exchange.Node.Noise;
using Exchange.Node.Peers;
using Exchange.Node.SafeTables;
using Exchange.Node.Storage;
using Exchange.Node.Witnesses;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Query.Execution;
using Exchange.Query.Products;
using Google.Protobuf;
using Microsoft.Data.Sqlite;
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
    FragmentAdmission admission,
    DecisionLog decisions,
    EngineSet engines,
    SafeTableStore tables,
    NoisyDesk noisy,
    AnsweredQueries answered,
    CallerSlots slots,
    StateStore state,
    AccessLog log,
    Witnessing witnessing,
    NodeLimits limits,
    TimeProvider time)
{
    /// <summary>Most blocks that a query may name; those of several owners together.</summary>
    public const int CommonBlocksMax = 100_000;

    private readonly ConcurrentDictionary<(string Caller, string QueryId), byte> _running = new();

    public async Task<RunFragmentResponse> DecideAsync(RunFragmentRequest request, CallerIdentity caller, CancellationToken cancellationToken)
    {
        var received = time.GetTimestamp();
        var entry = new DecisionEntry(caller, request.AgreementId, request.Query);
        var response = await decisions.DecideAsync(
            entry, () => AnswerAsync(request, caller, entry, cancellationToken), (refusal, receipt) => new RunFragmentResponse { Refusal = refusal, Receipt = receipt }).ConfigureAwait(false);
        await ResponseGrid.WaitAsync(time, received, entry.ResponseGrid, cancellationToken).ConfigureAwait(false);
        return response;
    }

    private async Task<RunFragmentResponse> AnswerAsync(RunFragmentRequest request, CallerIdentity caller, DecisionEntry entry, CancellationToken cancellationToken)
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

    private async Task<RunFragmentResponse> RunOnceAsync(
        IncomingQuery incoming, string agreementId, CallerIdentity caller, DecisionEntry entry, CancellationToken cancellationToken)
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
        IncomingQuery incoming, string agreementId, CallerIdentity caller, DecisionEntry entry, CancellationToken cancellationToken)
    {
        using var running = admission.Enter(incoming, agreementId, caller, cancellationToken);
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
        IncomingQuery incoming, string agreementId, CallerIdentity caller, DecisionEntry entry, CancellationToken cancellationToken)
    {
        // 3 and 4
        var admitted = admission.Admit(incoming, agreementId, caller, Aggregation.Each, entry);
        var (query, terms, product, source) = (incoming.Query, admitted.Terms, admitted.Product, admitted.Source);
        // 5 and 6
        var released = terms.Release switch
        {
            ReleaseClass.Table => Look(query, product, source, entry),
            ReleaseClass.Noisy => await NoisyGate.ReleaseAsync(noisy, new NoisyQuestion(query, caller.ParticipantId, agreementId, terms, product, source), cancellationToken).ConfigureAwait(false),
            _ => ReleaseGate.Release(admitted.Approved, query.Fragment, await engines[source.Engine].RunAsync(admitted.Approved, source, cancellationToken).ConfigureAwait(false), source),
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
            admission.AdmitAgain(connection, admitted);
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

    private ReleasedAnswer Look(JointQuery query, Product product, DatasetSource source, DecisionEntry entry)
    {
        var live = tables.Find(product.Id, source)
            ?? throw Reasons.TableAbsent.Because("The owner's dataset has no safe table yet.", "Ask the owner to set its offer again.");
        entry.Describe(live);
        return query.AsksPattern
            ? TableGate.ReleasePattern(query.Fragment, product, live, limits.Fragments.CellsMax)
            : TableGate.Release(query.Fragment, product, live, query.Common, limits.Fragments.CellsMax);
    }

    private RunFragmentResponse Answer(SqliteConnection connection, ReleasedAnswer released, QueryClaim claim, LogLeaf leaf)
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
}
