using System.Security.Cryptography;
using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Node.Witnesses;
using Exchange.Node.SafeTables;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Merging;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Queries;

/// <summary>
/// Asks every owner at once and waits for each until the deadline. An owner that is slow, down, refusing or returning
/// nonsense costs its own part, with its reason in the coverage, and never the answer of the others.
/// </summary>
internal sealed class JointQueryCoordinator(RegisterCache register, PeerClients peers, NodeLimits limits, TimeProvider time, ILogger<JointQueryCoordinator> logger)
{
    /// <summary>Asks the owners.</summary>
    /// <param name="signed">The signed query.</param>
    /// <param name="logged">Ends once the query is durable in this node's own log. Nothing is sent before, nor if it fails; meanwhile tokens and channels are got ready.</param>
    /// <param name="compiled">What it was compiled from.</param>
    /// <param name="targets">Owner and agreement.</param>
    /// <param name="askPattern">The query asks for patterns of tables: an answer without a sound one is set aside.</param>
    /// <param name="deadline">How long all may take together.</param>
    /// <param name="cancellationToken">Stops the calls, and with them the owners' engines.</param>
    /// <returns>One part per target, in their order.</returns>
    public async Task<IReadOnlyList<OwnerPart>> AskAsync(
        SignedBytes signed, Task logged, CompiledQuery compiled, IReadOnlyList<QueryTarget> targets, bool askPattern, int witnesses, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var queryHash = SHA256.HashData(signed.Payload.Span);
        // The transport counts deadlines by the machine's clock and sends them as a remaining time.
        var until = TimeProvider.System.GetUtcNow() + deadline;
        var ready = targets.Select(target => peers.ForAsync(target.ParticipantId, cancellationToken)).ToList();
        await logged.ConfigureAwait(false);
        return await Task.WhenAll(targets.Zip(ready, (target, peer) => AskOneAsync(target, peer, signed, queryHash, compiled, askPattern, witnesses, until, cancellationToken))).ConfigureAwait(false);
    }

    private async Task<OwnerPart> AskOneAsync(
        QueryTarget target, Task<CallInvoker> peer, SignedBytes signed, byte[] queryHash, CompiledQuery compiled, bool askPattern, int witnesses, DateTimeOffset until, CancellationToken cancellationToken)
    {
        // Starts every call before the first answer is decoded.
        await Task.Yield();
        var coverage = new ParticipantCoverage { ParticipantId = target.ParticipantId };
        try
        {
            var response = await CallAsync(await peer.ConfigureAwait(false), target, signed, witnesses, until, cancellationToken).ConfigureAwait(false);
            if (response.OutcomeCase == RunFragmentResponse.OutcomeOneofCase.Answer && WitnessCount.Of(response.Receipt, target.ParticipantId, register.Current) < witnesses)
            {
                throw Reasons.WitnessesMissing.Because($"The receipt of {target.ParticipantId} is cosigned by fewer witnesses than were demanded.", "Ask again, or demand fewer.");
            }

            return Read(response, target, queryHash, compiled, askPattern, coverage);
        }
        catch (RpcException error) when (!cancellationToken.IsCancellationRequested)
        {
            return NotAnswered(coverage, RpcErrors.FromRpcException(error, "node of " + target.ParticipantId));
        }
        catch (ExchangeException error)
        {
            return NotAnswered(coverage, error);
        }
        catch (RpcException error)
        {
            throw new OperationCanceledException("The asker went away.", error, cancellationToken);
        }
    }

    private static async Task<RunFragmentResponse> CallAsync(CallInvoker peer, QueryTarget target, SignedBytes signed, int witnesses, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var client = new FragmentService.FragmentServiceClient(peer);
        var request = new RunFragmentRequest { Query = signed, AgreementId = target.AgreementId, Witnesses = witnesses };
        return await client.RunFragmentAsync(request, deadline: until.UtcDateTime, cancellationToken: cancellationToken).ConfigureAwait(false);
    }

    private OwnerPart Read(RunFragmentResponse response, QueryTarget target, byte[] queryHash, CompiledQuery compiled, bool askPattern, ParticipantCoverage coverage)
    {
        var now = time.GetUtcNow();
        coverage.Receipt = response.Receipt;
        if (response.OutcomeCase == RunFragmentResponse.OutcomeOneofCase.Answer)
        {
            var (answer, cells) = PeerAnswers.Read(response, target.ParticipantId, queryHash, compiled, register.Current, limits, now, target.Terms.Release == Protocol.Catalog.V1.ReleaseClass.Noisy);
            if (askPattern && (answer.Pattern is null || !PatternRules.Holds(answer.Pattern, limits.Fragments.CellsMax, withParts: true) || !CommonParts.IsOf(answer.Pattern, compiled.Product)))
            {
                throw Reasons.AnswerInvalid.Because("The answer has no pattern of a table, or one that cannot be.", "Tell that owner.");
            }
            coverage.Noise = answer.Noise;
            coverage.Status = CoverageStatus.Answered;
            coverage.SuppressedCells = answer.SuppressedCells;
            coverage.DatasetVersion = answer.DatasetVersion;
            if (answer.SuppressedCells > 0)
            {
                coverage.Rules.AddRange(OfferWords.HidingRules(target.Terms, answer));
            }

            return new OwnerPart(coverage, new ParticipantCells(target.ParticipantId, cells, answer.SuppressedCells, answer.Noise), answer.Pattern);
        }

        PeerAnswers.CheckRefusal(response, target.ParticipantId, queryHash, register.Current, now);
        coverage.Status = CoverageStatus.Refused;
        coverage.Refusal = response.Refusal ?? new Refusal { Reason = Reasons.AnswerInvalid.Name, Message = "The answer is empty.", Action = "Tell that owner." };
        return new OwnerPart(coverage, null);
    }

    private OwnerPart NotAnswered(ParticipantCoverage coverage, ExchangeException error)
    {
        Log.AnswerSetAside(logger, coverage.ParticipantId, error.Reason.Name);
        PeerAnswers.SetAside(coverage, error);
        return new OwnerPart(coverage, null);
    }
}

/// <summary>An owner to be asked.</summary>
/// <param name="ParticipantId">Who.</param>
/// <param name="AgreementId">Under which agreement.</param>
/// <param name="Terms">Its agreed terms.</param>
internal sealed record QueryTarget(string ParticipantId, string AgreementId, Protocol.Catalog.V1.OfferTerms Terms);

/// <summary>What came of one owner.</summary>
/// <param name="Coverage">For the answer.</param>
/// <param name="Cells">Null when it did not answer.</param>
/// <param name="Pattern">Of its table, where that was asked for and it answered.</param>
internal sealed record OwnerPart(ParticipantCoverage Coverage, ParticipantCells? Cells, TablePattern? Pattern = null);
