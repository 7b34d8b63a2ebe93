using System.Security.Cryptography;
using Exchange.Node.Peers;
using Exchange.Node.Queries;
using Exchange.Node.Storage;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing.V1;
using Exchange.Query.Products;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Sessions;

/// <summary>
/// Before a secure sum over tables: asks the owners how their tables divide their rows. Owners log it as a question of its own, and so does their
/// asker. Those whose tables have the dimensions of most stay.
/// </summary>
internal sealed class PartitionRound(RegisterCache register, PeerClients peers, AskerLog log, StateStore state, TimeProvider time, ILogger<PartitionRound> logger)
{
    /// <summary>Asks the owners.</summary>
    /// <param name="signed">The signed question for partitions.</param>
    /// <param name="plan">Whom it asks.</param>
    /// <param name="deadline">How long all may take together.</param>
    /// <param name="cancellationToken">Stops the calls.</param>
    /// <returns>What each told, in the order of targets.</returns>
    public async Task<IReadOnlyList<DescribedOwner>> AskAsync(SignedBytes signed, QueryPlan plan, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var until = TimeProvider.System.GetUtcNow() + deadline;
        await log.AskAsync(signed, plan.Targets.Count, plan.Release).ConfigureAwait(false);
        var question = new Question(signed, SHA256.HashData(signed.Payload.Span), JointQuery.Parser.ParseFrom(signed.Payload), plan.Compiled.Product);
        var told = await Task.WhenAll(plan.Targets.Select(target => AskOneAsync(target, question, until, cancellationToken))).ConfigureAwait(false);
        await state.WriteAsync(connection => log.Receive(connection, signed, [.. told.Select(owner => owner.Coverage)]), CancellationToken.None).ConfigureAwait(false);
        return told;
    }

    /// <summary>The plan with those alone whose tables have the dimensions of most; the others are left out of it, with why.</summary>
    public static (QueryPlan Plan, IReadOnlyList<MemberTable> Tables) Sharing(QueryPlan plan, IReadOnlyList<DescribedOwner> told)
    {
        var most = told.Where(owner => owner.Table is not null)
            .GroupBy(owner => string.Join(',', owner.Table!.Dimensions), StringComparer.Ordinal)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal)
            .FirstOrDefault()?.ToList() ?? [];
        var tables = most.Select(owner => owner.Table!).OrderBy(table => table.Member, StringComparer.Ordinal).ToList();
        return (
            plan with
            {
                Targets = [.. plan.Targets.Where(target => tables.Exists(table => table.Member == target.ParticipantId))],
                LeftOut = [.. plan.LeftOut, .. told.Except(most).Select(LeftOut)],
            },
            tables);
    }

    private async Task<DescribedOwner> AskOneAsync(QueryTarget target, Question question, DateTimeOffset until, CancellationToken cancellationToken)
    {
        // Starts every call before the first answer is read.
        await Task.Yield();
        var coverage = new ParticipantCoverage { ParticipantId = target.ParticipantId };
        try
        {
            var client = new SessionService.SessionServiceClient(await peers.ForAsync(target.ParticipantId, cancellationToken).ConfigureAwait(false));
            var request = new DescribeTableRequest { Query = question.Signed, AgreementId = target.AgreementId };
            var response = await client.DescribeTableAsync(request, deadline: until.UtcDateTime, cancellationToken: cancellationToken);
            return Read(response, target, question, coverage);
        }
        catch (RpcException error) when (!cancellationToken.IsCancellationRequested)
        {
            return NotTold(coverage, RpcErrors.FromRpcException(error, "node of " + target.ParticipantId));
        }
        catch (ExchangeException error)
        {
            return NotTold(coverage, error);
        }
        catch (RpcException error)
        {
            throw new OperationCanceledException("The asker went away.", error, cancellationToken);
        }
    }

    private DescribedOwner Read(DescribeTableResponse response, QueryTarget target, Question question, ParticipantCoverage coverage)
    {
        var now = time.GetUtcNow();
        if (response.OutcomeCase != DescribeTableResponse.OutcomeOneofCase.Partition)
        {
            PeerAnswers.CheckRefusal(response.Receipt, target.ParticipantId, question.Hash, register.Current, now);
            (coverage.Status, coverage.Receipt) = (CoverageStatus.Refused, response.Receipt);
            coverage.Refusal = response.Refusal ?? new Refusal { Reason = Reasons.AnswerInvalid.Name, Message = "The answer is empty.", Action = "Tell that owner." };
            return new DescribedOwner(coverage, null);
        }

        PeerAnswers.CheckDescribed(response, target.ParticipantId, question.Hash, register.Current, now);
        var table = MemberTable.Read(response.Partition, target.ParticipantId, question.Query, question.Product, register.Current, now);
        (coverage.Status, coverage.Receipt, coverage.DatasetVersion) = (CoverageStatus.Answered, response.Receipt, table.DatasetVersion);
        return new DescribedOwner(coverage, table);
    }

    private DescribedOwner NotTold(ParticipantCoverage coverage, ExchangeException error)
    {
        Log.NotDescribed(logger, coverage.ParticipantId, error.Reason.Name);
        PeerAnswers.SetAside(coverage, error);
        return new DescribedOwner(coverage, null);
    }

    // Its receipt is of the question for partitions, not of the one that the answer is about.
    private static OwnerPart LeftOut(DescribedOwner owner)
    {
        var coverage = owner.Coverage.Clone();
        coverage.Receipt = null;
        if (owner.Table is not null)
        {
            coverage.Status = CoverageStatus.Refused;
            coverage.Refusal = new Refusal
            {
                Reason = Reasons.TableDimensionsDiffer.Name,
                Message = "Its table has other dimensions than those of most owners.",
                Action = "Ask with participants whose tables have the same dimensions.",
            };
        }

        return new OwnerPart(coverage, null);
    }

    private sealed record Question(SignedBytes Signed, byte[] Hash, JointQuery Query, Product Product);
}

/// <summary>What an owner told of its table.</summary>
/// <param name="Coverage">Of the question for it.</param>
/// <param name="Table">Null where it told none.</param>
internal sealed record DescribedOwner(ParticipantCoverage Coverage, MemberTable? Table);
