using System.Security.Cryptography;
using Exchange.Node.Hosting;
using Exchange.Node.SafeTables;
using Exchange.Node.Sessions;
using Exchange.Node.Storage;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Exchange.Query.Compilation;
using Exchange.Query.Merging;
using Exchange.Query.Products;
using Exchange.Protocol.Witnesses;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Node.Queries;

/// <summary>
/// Asks a joint question for this node's owner: plan, sign, fan out, merge, report coverage, log. SQL text stays here.
/// </summary>
internal sealed class QueryDesk(
    QueryPlanner planner, JointQueryCoordinator coordinator, SumQuestions sums, AskedRosters rosters, AskedQueries asked, AskerLog log, NodeIdentity identity, StateStore state,
    NodeLimits limits, TimeProvider time)
{
    private const int SaltBytes = 16;

    // As many as there can be: see WitnessChoice.
    private const int WitnessesMax = WitnessChoice.AuditorsMax + WitnessChoice.OthersMax;

    private static readonly TimeSpan DeadlineDefault = TimeSpan.FromSeconds(60);

    public async Task<RunQueryResponse> RunAsync(RunQueryRequest request, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var deadline = DeadlineOf(request);
        var participants = rosters.ParticipantsOf(request.Participants, request.Roster);
        var plan = await planner.PlanAsync(request.Sql, request.Purpose, participants, request.Release, request.Roster.Length > 0 ? Aggregation.Secure : request.Aggregation, request.Snap, cancellationToken).ConfigureAwait(false);
        RequireSomebody(plan, request);
        if (plan.Aggregation == Aggregation.Secure)
        {
            return await sums.RunAsync(request, plan, deadline, started, cancellationToken).ConfigureAwait(false);
        }

        if (request.Common && plan.Release != ReleaseClass.Table)
        {
            throw Reasons.InvalidRequest.Because("Only answers of `table` come in parts that owners share.", "Ask with --release table, or without --common.");
        }

        if (request.Witnesses is < 0 or > WitnessesMax)
        {
            throw Reasons.InvalidRequest.Because($"So many witnesses cannot be demanded; the number is 0 to {WitnessesMax}.", "Demand fewer.");
        }

        var (signed, parts) = await AskAsync(request, plan, deadline, cancellationToken).ConfigureAwait(false);

        var response = Merge(request, plan, parts, signed);
        response.QueryId = JointQuery.Parser.ParseFrom(signed.Payload).QueryId;
        response.Elapsed = Duration.FromTimeSpan(time.GetElapsedTime(started));
        await state.WriteAsync(connection =>
        {
            asked.Store(connection, request, response);
            log.Receive(connection, signed, response.Coverage);
        }, CancellationToken.None).ConfigureAwait(false);
        return response;
    }

    private TimeSpan DeadlineOf(RunQueryRequest request)
    {
        var deadline = request.Deadline?.ToTimeSpan() ?? DeadlineDefault;
        return deadline > TimeSpan.Zero && deadline <= limits.DeadlineMax
            ? deadline
            : throw Reasons.InvalidRequest.Because($"The deadline must be between 0 and {limits.DeadlineMax.TotalMinutes} minutes.", "Choose a shorter one.");
    }

    private static void RequireSomebody(QueryPlan plan, RunQueryRequest request)
    {
        if (plan.Targets.Count == 0 && plan.LeftOut.Count == 0)
        {
            throw Reasons.NoAgreement.Because(
                $"No owner has agreed that you ask {plan.Compiled.Product.Id} for the purpose {request.Purpose}.",
                $"Ask for it: exchange agreement request {plan.Compiled.Product.Id} --purpose {request.Purpose}");
        }

        if (plan.Targets.Count == 0)
        {
            var why = plan.LeftOut[0].Coverage.Refusal;
            throw Reasons.Named(why.Reason, Grpc.Core.StatusCode.FailedPrecondition).Because(why.Message, why.Action);
        }
    }

    // Each question is in this node's own log before any of it leaves.
    private async Task<(SignedBytes Signed, IReadOnlyList<OwnerPart> Parts)> AskAsync(RunQueryRequest request, QueryPlan plan, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var owners = plan.Targets.Count + plan.LeftOut.Count;
        var signed = Repeated(request, plan);
        if (signed is not null || !request.Common)
        {
            signed ??= Sign(request, request.QueryId, plan);
            var logged = log.AskAsync(request, signed, owners, plan.Release);
            return (signed, await coordinator.AskAsync(signed, logged, plan.Compiled, plan.Targets, askPattern: false, request.Witnesses, deadline, cancellationToken).ConfigureAwait(false));
        }

        var started = time.GetTimestamp();
        var patterns = Sign(request, "", plan, query => query.AsksPattern = true);
        var first = await coordinator.AskAsync(
            patterns, log.AskAsync(patterns, plan.Targets.Count, plan.Release), plan.Compiled, plan.Targets, askPattern: true, request.Witnesses, deadline, cancellationToken).ConfigureAwait(false);
        var told = CommonRound.Of(first);
        if (told.Sharing.Count == 0)
        {
            return (patterns, first);
        }

        // The owners log two questions, and so does their asker.
        IReadOnlyList<ParticipantCoverage> answers = [.. first.Select(part => part.Coverage)];
        var common = CommonParts.Of(plan.Fragment, plan.Compiled.Product, [.. told.Sharing.Select(part => part.Pattern!)]);
        signed = Sign(request, request.QueryId, plan, query => query.Common = common);
        var sharing = plan.Targets.Where(target => told.Sharing.Any(part => part.Coverage.ParticipantId == target.ParticipantId)).ToList();
        var left = deadline - time.GetElapsedTime(started);
        var secondLogged = log.AskAsync(request, signed, owners, plan.Release, connection => log.Receive(connection, patterns, answers));
        return (signed,
        [
            .. await coordinator.AskAsync(signed, secondLogged, plan.Compiled, sharing, askPattern: false, request.Witnesses, left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1), cancellationToken).ConfigureAwait(false),
            .. told.Others,
        ]);
    }

    // A repeated question is sent as the very bytes that were signed the first time, so owners answer from their store.
    private SignedBytes? Repeated(RunQueryRequest request, QueryPlan plan)
    {
        if (request.QueryId.Length > 0 && !Identifiers.IsId(request.QueryId))
        {
            throw Reasons.InvalidRequest.Because("A query id has 26 characters of 0-9 and a-z without i, l, o and u.", "Leave it out for a new question.");
        }

        if (request.QueryId.Length > 0 && asked.Find(request.QueryId) is { } earlier)
        {
            // The same words may have been asked with other options.
            var before = JointQuery.Parser.ParseFrom(earlier.Response.Query.Payload);
            return earlier.Sql == request.Sql && earlier.Purpose == request.Purpose && before.Fragment.Equals(plan.Fragment) && before.Common is not null == request.Common
                ? earlier.Response.Query
                : throw Reasons.QueryIdReused.Because("This id belongs to another question of yours.", "Leave the id out, or repeat the same question.");
        }

        return null;
    }

    private SignedBytes Sign(RunQueryRequest request, string queryId, QueryPlan plan, Action<JointQuery>? complete = null)
    {
        var query = new JointQuery
        {
            QueryId = queryId.Length > 0 ? queryId : Identifiers.NewId(),
            Asker = identity.ParticipantId,
            Purpose = request.Purpose,
            CreateTime = Timestamp.FromDateTimeOffset(time.GetUtcNow()),
            Release = plan.Release,
            Fragment = plan.Fragment,
            Rho = plan.Release == ReleaseClass.Noisy ? request.Rho : 0,
            Salt = NewSalt(),
        };
        complete?.Invoke(query);
        return SignedMessage.Sign(SignedMessage.Query, query, identity.SigningKey);
    }

    private static RunQueryResponse Merge(RunQueryRequest request, QueryPlan plan, IReadOnlyList<OwnerPart> parts, SignedBytes signed)
    {
        var response = new RunQueryResponse { Query = signed, Release = plan.Release, Aggregation = Aggregation.Each };
        response.Coverage.AddRange(parts.Concat(plan.LeftOut).Select(part => part.Coverage).OrderBy(coverage => coverage.ParticipantId, StringComparer.Ordinal));
        response.Columns.AddRange(plan.Compiled.Columns.Select(column => new ResultColumn { Name = column.Name, Type = TypeWords.Of(column.Type) }));

        var answered = parts.Where(part => part.Cells is not null).Select(part => part.Cells!).ToList();
        response.Error = CoverageError(request.Require, answered.Count, response);
        if (response.Error is not null)
        {
            return response;
        }

        AddRows(response, plan.Compiled.Merge(answered), request.Common);
        if (plan.Release == ReleaseClass.Checked)
        {
            response.Notes.Add("checked: exact answers, each checked by itself; no defence against combining them.");
        }

        if (plan.Release == ReleaseClass.Table)
        {
            response.Notes.Add(TableRows.Label);
            response.Notes.Add(plan.Moved.Select(moved => $"snap: {moved}."));
            response.Notes.Add(TableRows.Notes(response, request.Common));
        }
        else if (request.Snap)
        {
            response.Notes.Add("snap: nothing was moved; only `table` filters by intervals and calendar units.");
        }

        if (plan.Release != ReleaseClass.Noisy && response.Rows.Any(row => row.ErrorBounds.Count > 0))
        {
            response.Notes.Add("a value with error bounds lies between them, and the one shown is the middle or computed from it; HAVING, ORDER BY and LIMIT go by what is shown.");
        }

        if (plan.Release == ReleaseClass.Noisy)
        {
            response.Notes.Add("noisy: every figure holds noise of the standard error behind it, and its interval holds the figure without noise in 95 of 100 cases; what bounding contributions took away is no part of it.");
            response.Notes.AddRange(response.Coverage.Where(coverage => coverage.Noise is not null).Select(NoiseWords.Of));
        }

        if (response.Coverage.Sum(coverage => coverage.SuppressedCells) is > 0 and var hidden)
        {
            response.Notes.Add($"{hidden} cells were hidden by their owners; totals over rows leave them out.");
        }

        return response;
    }

    /// <summary>Puts merged rows into a response.</summary>
    internal static void AddRows(RunQueryResponse response, JointResult merged, bool common)
    {
        foreach (var row in merged.Rows)
        {
            var resultRow = new ResultRow { Participants = row.Participants, TouchingUnits = row.TouchingUnits };
            resultRow.Values.AddRange(row.Values);
            TableRows.Describe(resultRow, row, common);
            for (var column = 0; row.Bounds is not null && column < row.Bounds.Count; column++)
            {
                if (row.Bounds[column] is { } between)
                {
                    var bound = new ErrorBound { Column = column, Low = between.Low, High = between.High, OfGrid = between.IsOfGrid };
                    if (between.StdError is { } error)
                    {
                        bound.StdError = error;
                    }

                    resultRow.ErrorBounds.Add(bound);
                }
            }

            response.Rows.Add(resultRow);
        }
    }

    /// <summary>Why there are no rows where too few answered; null where enough did.</summary>
    internal static Refusal? CoverageError(int require, int answered, RunQueryResponse response)
    {
        var asked = response.Coverage.Count;
        if (answered == 0 && response.Coverage.All(coverage => coverage.Status == CoverageStatus.Refused))
        {
            return asked == 1
                ? response.Coverage[0].Refusal
                : ErrorOf(Reasons.EverybodyRefused, "Every participant that was asked refused.", "See the coverage for each one's reason.");
        }

        var needed = require < 0 ? asked : Math.Max(require, 1);
        return answered >= needed
            ? null
            : ErrorOf(Reasons.TooLittleCoverage, $"{answered} of {asked} participants answered, and {needed} are required.", "Ask again later, or require fewer.");
    }

    /// <summary>A salt of 16 bytes: without one, what stands in access logs as a hash could be guessed.</summary>
    internal static ByteString NewSalt() => ByteString.CopyFrom(RandomNumberGenerator.GetBytes(SaltBytes));

    internal static Refusal ErrorOf(ErrorReason reason, string message, string action) => new() { Reason = reason.Name, Message = message, Action = action };
}
