using System.Security.Cryptography;
using Exchange.Node.Hosting;
using Exchange.Node.Noise;
using Exchange.Node.Peers;
using Exchange.Node.Queries;
using Exchange.Node.Storage;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Exchange.Query.Approval;
using Exchange.Query.Merging;
using Exchange.Query.Products;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Exchange.Node.Sessions;

/// <summary>
/// Asks a joint question as a secure sum for this node's owner: cohort, signature, rounds, coverage, log. What reaches this node of an owner is masked;
/// only the sum over all survivors is ever opened.
/// </summary>
internal sealed class SumQuestions(
    SumCoordinator coordinator, PartitionRound partitions, SumAnswers answers, AskedQueries queries, AskerLog log, RegisterCache register, NodeIdentity identity, StateStore state, NodeLimits limits, TimeProvider time)
{
    /// <summary>Asks a planned question.</summary>
    /// <exception cref="ExchangeException">What is wrong with the question; <see cref="Reasons.CohortTooSmall"/>; what every owner would refuse.</exception>
    public async Task<RunQueryResponse> RunAsync(RunQueryRequest request, QueryPlan plan, TimeSpan deadline, long started, CancellationToken cancellationToken)
    {
        CheckAsked(request, plan);
        if (Repeated(request) is { } repeated)
        {
            return repeated;
        }

        var question = SumAnswers.QuestionOf(request, plan);
        if (await answers.FindAsync(question, plan, Left(deadline, started), cancellationToken).ConfigureAwait(false) is { } stored)
        {
            return stored;
        }

        RequireEnough(plan);
        var approved = ApprovedByOne(plan);
        IReadOnlyList<MemberTable> tables = [];
        var asked = plan.Targets.Count;
        if (plan.Release == ReleaseClass.Table)
        {
            // What is refused of every table, before anybody is asked.
            _ = TableFigure.AllOf(plan.Fragment);
            var describe = Signed(QueryOf(request, plan, CohortOf(plan)), query => (query.QueryId, query.AsksPattern) = (Identifiers.NewId(), true));
            var told = await partitions.AskAsync(describe, plan, deadline, cancellationToken).ConfigureAwait(false);
            (plan, tables) = PartitionRound.Sharing(plan, told);
            if (plan.Targets.Count < MinNodesOf(plan))
            {
                return await TooFewAsync(request, plan, describe, told, started).ConfigureAwait(false);
            }
        }

        var cohort = CohortOf(plan);
        var query = QueryOf(request, plan, cohort);
        var cohortTables = plan.Release == ReleaseClass.Table ? TablesOf(query, tables) : null;
        var sumPlan = SumPlan.Of(approved, query, cohortTables);
        var signed = Signed(query);
        var queryHash = SHA256.HashData(signed.Payload.Span);
        var keys = CohortKeys.Of(query, queryHash, sumPlan, register.Current, time.GetUtcNow());
        cohort.Id = ByteString.CopyFrom(keys.Cohort.Id);

        await log.AskAsync(request, signed, plan.Targets.Count + plan.LeftOut.Count, plan.Release).ConfigureAwait(false);
        var members = plan.Targets.Select((target, position) => new SumMember(target.ParticipantId, target.AgreementId, position)).ToList();
        var response = new RunQueryResponse { QueryId = query.QueryId, Query = signed, Release = plan.Release, Aggregation = Aggregation.Secure, Cohort = cohort };
        response.Columns.AddRange(plan.Compiled.Columns.Select(column => new ResultColumn { Name = column.Name, Type = TypeWords.Of(column.Type) }));
        foreach (var (member, table) in members.Zip(tables))
        {
            member.Coverage.DatasetVersion = table.DatasetVersion;
        }

        var (sum, failure) = await AskAsync(signed, queryHash, keys, [.. tables.Select(table => table.Signed)], members, Left(deadline, started), cancellationToken).ConfigureAwait(false);
        response.Coverage.AddRange(members.Select(member => member.Coverage).Concat(plan.LeftOut.Select(part => part.Coverage)).OrderBy(part => part.ParticipantId, StringComparer.Ordinal));
        response.Error = failure ?? QueryDesk.CoverageError(request.Require, response.Coverage.Count(part => part.Status == CoverageStatus.Answered), response);
        if (sum is not null && response.Error is null)
        {
            AddRows(response, plan, sumPlan, sum);
        }

        response.Elapsed = Duration.FromTimeSpan(time.GetElapsedTime(started));
        await state.WriteAsync(connection =>
        {
            queries.Store(connection, request, response);
            log.Receive(connection, signed, response.Coverage, keys.Cohort.Id.ToArray());
            if (sum is not null && sum.Survivors.Count < asked)
            {
                SumAnswers.Keep(connection, question, query.QueryId);
            }
        }, CancellationToken.None).ConfigureAwait(false);
        return response;
    }

    /// <summary>The cohort of a planned question: everybody that can be asked, and the largest <c>min_nodes</c> of their offers.</summary>
    public static CohortSummary CohortOf(QueryPlan plan)
    {
        return new CohortSummary
        {
            Participants = { plan.Targets.Select(target => target.ParticipantId).Order(StringComparer.Ordinal) },
            MinNodes = MinNodesOf(plan),
            Threshold = Cohort.ThresholdOf(plan.Targets.Count),
        };
    }

    private static int MinNodesOf(QueryPlan plan) => plan.Targets.Select(target => target.Terms.Disclosure.MinNodes).Append(Cohort.ParticipantsMin).Max();

    private static void RequireEnough(QueryPlan plan)
    {
        if (plan.Targets.Count < MinNodesOf(plan))
        {
            throw Reasons.CohortTooSmall.Because(
                $"A secure sum of these owners is over at least {MinNodesOf(plan)} participants, and {plan.Targets.Count} can be asked.", "Request agreements with more owners.");
        }
    }

    private static CohortTables TablesOf(JointQuery query, IReadOnlyList<MemberTable> tables)
    {
        CohortTables.RequireRoom(tables.Select(table => table.Signed));
        query.Cohort.PartitionsDigest = ByteString.CopyFrom(CohortTables.DigestOf(tables.Select(table => table.Signed)));
        return CohortTables.Of(tables, query);
    }

    // Too few told how their tables divide their rows: the answer says why, and is about the question for that.
    private async Task<RunQueryResponse> TooFewAsync(
        RunQueryRequest request, QueryPlan plan, SignedBytes describe, IReadOnlyList<DescribedOwner> told, long started)
    {
        var response = new RunQueryResponse
        {
            QueryId = JointQuery.Parser.ParseFrom(describe.Payload).QueryId,
            Query = describe,
            Release = plan.Release,
            Aggregation = Aggregation.Secure,
            Coverage = { told.Select(owner => owner.Coverage).Concat(plan.LeftOut.Select(part => part.Coverage)).DistinctBy(part => part.ParticipantId).OrderBy(part => part.ParticipantId, StringComparer.Ordinal) },
        };
        response.Columns.AddRange(plan.Compiled.Columns.Select(column => new ResultColumn { Name = column.Name, Type = TypeWords.Of(column.Type) }));
        response.Error = QueryDesk.CoverageError(0, response.Coverage.Count(part => part.Status == CoverageStatus.Answered), response) is { } everybody && everybody.Reason == Reasons.EverybodyRefused.Name
            ? everybody
            : QueryDesk.ErrorOf(
                Reasons.CohortTooSmall, $"A secure sum of these owners is over at least {MinNodesOf(plan)} participants, and {plan.Targets.Count} with alike tables said how they divide their rows.",
                "See the coverage for the reason of each other one.");
        response.Elapsed = Duration.FromTimeSpan(time.GetElapsedTime(started));
        await state.WriteAsync(connection => queries.Store(connection, request, response), CancellationToken.None).ConfigureAwait(false);
        return response;
    }

    private TimeSpan Left(TimeSpan deadline, long started) => deadline - time.GetElapsedTime(started) is var left && left > TimeSpan.Zero ? left : TimeSpan.FromMilliseconds(1);

    private async Task<(SecureSum? Sum, Refusal? Failure)> AskAsync(
        SignedBytes signed, byte[] queryHash, CohortKeys keys, IReadOnlyList<SignedBytes> told, List<SumMember> members, TimeSpan deadline,
        CancellationToken cancellationToken)
    {
        try
        {
            return (await coordinator.AskAsync(signed, queryHash, keys, told, members, deadline, cancellationToken).ConfigureAwait(false), null);
        }
        catch (SecureSumException fault)
        {
            members.ForEach(member => member.TellWhyOut());
            var failure = SecureFaults.Of(fault);
            // These say what to do; that too few were left is only what came of them. That another member lies, one member may say and be the liar itself.
            var refusals = members.Select(member => member.Coverage).Where(part => part.Status == CoverageStatus.Refused).Select(part => part.Refusal).ToList();
            var telling = refusals.Find(refusal => refusal.Reason == Reasons.RosterTooClose.Name || refusal.Reason == Reasons.TooFewContributors.Name)
                ?? refusals.GroupBy(refusal => refusal)
                    .FirstOrDefault(same => same.Count() > NoisySumPlan.CheatersOf(members.Count) && (same.Key.Reason == Reasons.SessionShareInvalid.Name || same.Key.Reason == Reasons.SessionMessageInvalid.Name))?.Key;
            return (null, telling ?? QueryDesk.ErrorOf(failure.Reason, failure.Message, failure.Action));
        }
    }

    private static void CheckAsked(RunQueryRequest request, QueryPlan plan)
    {
        if (plan.Compiled.GroupsByParticipant)
        {
            throw Reasons.NotServedYet.Because("A secure sum tells no participant from another.", "Leave `participant` out of GROUP BY.");
        }

        if (request.Common || request.Witnesses > 0)
        {
            throw Reasons.NotServedYet.Because("--common and --witnesses are not served in secure sums.", "Leave them out.");
        }
    }

    // A sum is begun once, so its id gives the answer there is, or nothing.
    private RunQueryResponse? Repeated(RunQueryRequest request)
    {
        if (request.QueryId.Length == 0)
        {
            return null;
        }

        if (!Identifiers.IsId(request.QueryId))
        {
            throw Reasons.InvalidRequest.Because("A query id has 26 characters of 0-9 and a-z without i, l, o and u.", "Leave it out for a new question.");
        }

        if (queries.Find(request.QueryId) is not { } earlier)
        {
            return null;
        }

        return earlier.Sql == request.Sql && earlier.Purpose == request.Purpose && earlier.Response is { Error: null, Aggregation: Aggregation.Secure }
            ? earlier.Response
            : throw Reasons.QueryIdReused.Because("This id belongs to another question of yours, or to one whose secure sum came to nothing.", "Leave the id out.");
    }

    // Which values there are follows from the question and the product; the terms only decide whether it may be asked.
    private ApprovedFragment ApprovedByOne(QueryPlan plan)
    {
        ExchangeException? refusal = null;
        foreach (var terms in plan.Targets.Select(target => target.Terms).Distinct())
        {
            try
            {
                return FragmentPolicy.Approve(plan.Fragment, plan.Compiled.Product, terms, limits.Fragments);
            }
            catch (ExchangeException refused)
            {
                refusal ??= refused;
            }
        }

        throw refusal!;
    }

    // What every owner of the cohort allows: the least of their limits, and of their usual charges.
    private static double RhoOf(RunQueryRequest request, QueryPlan plan) => plan.Release != ReleaseClass.Noisy ? 0
        : request.Rho > 0 ? request.Rho : plan.Targets.Min(target => target.Terms.Budget.AgreementRho) / NoisyPlan.UsualQuestions;

    private static SharedNoise? NoiseOf(QueryPlan plan) => plan.Release != ReleaseClass.Noisy ? null : new SharedNoise
    {
        GroupsPerUnit = plan.Targets.Min(target => target.Terms.Budget.GroupsPerUnit),
        RowsPerGroup = plan.Targets.Min(target => target.Terms.Budget.RowsPerGroup),
        Cheaters = NoisySumPlan.CheatersOf(plan.Targets.Count),
    };

    private SignedBytes Signed(JointQuery query, Action<JointQuery>? complete = null)
    {
        complete?.Invoke(query);
        return SignedMessage.Sign(SignedMessage.Query, query, identity.SigningKey);
    }

    private JointQuery QueryOf(RunQueryRequest request, QueryPlan plan, CohortSummary cohort) => new()
    {
        QueryId = request.QueryId.Length > 0 ? request.QueryId : Identifiers.NewId(),
        Asker = identity.ParticipantId,
        Purpose = request.Purpose,
        CreateTime = Timestamp.FromDateTimeOffset(time.GetUtcNow()),
        Release = plan.Release,
        Fragment = plan.Fragment,
        Rho = RhoOf(request, plan),
        Salt = QueryDesk.NewSalt(),
        Cohort = new SecureCohort { Participants = { cohort.Participants }, MinNodes = cohort.MinNodes, Noise = NoiseOf(plan) },
    };

    private static void AddRows(RunQueryResponse response, QueryPlan plan, SumPlan sumPlan, SecureSum sum)
    {
        var cells = new List<ReleasedCell>();
        for (var group = 0; group < sumPlan.Groups.Count; group++)
        {
            if (sumPlan.Get(sum, group) is { } states)
            {
                cells.Add(new ReleasedCell(sumPlan.Groups[group], states));
            }
        }

        // Whether groups are empty or withheld nobody knows, so there is no row of zeros for none.
        QueryDesk.AddRows(response, plan.Compiled.Merge([new ParticipantCells("", cells, SuppressedCells: 1, sumPlan.NoiseOf(sum.Survivors.Count))]), common: false);
        foreach (var row in response.Rows)
        {
            row.Participants = sum.Survivors.Count;
        }

        if (plan.Release == ReleaseClass.Noisy)
        {
            var noise = sumPlan.NoiseOf(sum.Survivors.Count)!;
            response.Notes.Add(FormattableString.Invariant($"secure: noisy sums over {sum.Survivors.Count} participants; each was charged {noise.Rho} zCDP and added its share of the noise, which is enough if {NoisySumPlan.CheatersOf(plan.Targets.Count)} of them added none."));
            response.Notes.Add("noisy: every figure holds noise of the standard error behind it, and its interval holds the figure without noise in 95 of 100 cases; what bounding contributions took away is no part of it.");
        }
        else if (sumPlan is TableSumPlan ofTables)
        {
            response.Notes.Add($"secure: sums over {sum.Survivors.Count} participants, and each over parts of their tables that at least {response.Cohort.MinNodes} of them have rows in; how much of a sum is one participant's is not checked.");
            response.Notes.Add($"table: {ofTables.PartsTold.Count} parts are in the rows; {ofTables.PartsLeftOut} are in none, for they lie across groups or outside of the filters, or some figure of theirs is withheld.");
            if (ofTables.PartsNotInEveryFigure is > 0 and var uneven)
            {
                response.Notes.Add($"table: {uneven} of the parts are not in every figure of their row: a member tells it of several parts together or withholds it, or its filter leaves them out.");
            }

            response.Notes.Add(plan.Moved.Select(moved => $"snap: {moved}."));
        }
        else
        {
            response.Notes.Add($"secure: sums over {sum.Survivors.Count} participants, and every row over at least {response.Cohort.MinNodes} of them; rows of which fewer have something that their rules let through are not shown.");
            response.Notes.Add("checked: exact sums of cells that each owner checked by itself; no defence against combining them.");
        }
    }
}
