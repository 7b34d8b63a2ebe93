using System.Globalization;
using Exchange.Node.Catalog;
using Exchange.Node.Noise;
using Exchange.Node.Sessions;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Grpc.Core;

namespace Exchange.Node.Queries;

/// <summary>Where the owner asks its own node.</summary>
internal sealed class QueryEndpoint(QueryDesk desk, QueryPlanner planner, AskedQueries asked, AskedRosters rosters, PeerBudgets budgets) : QueryService.QueryServiceBase
{
    /// <inheritdoc/>
    public override Task<RunQueryResponse> RunQuery(RunQueryRequest request, ServerCallContext context) => desk.RunAsync(request, context.CancellationToken);

    /// <inheritdoc/>
    public override async Task<ExplainQueryResponse> ExplainQuery(ExplainQueryRequest request, ServerCallContext context)
    {
        var aggregation = request.Roster.Length > 0 ? Aggregation.Secure : request.Aggregation;
        var plan = await planner.PlanAsync(
            request.Sql, request.Purpose, rosters.ParticipantsOf(request.Participants, request.Roster), request.Release, aggregation, request.Snap, context.CancellationToken).ConfigureAwait(false);
        var response = new ExplainQueryResponse { Plan = plan.Compiled.Explain(), Fragment = plan.Fragment, Moved = { plan.Moved }, Aggregation = plan.Aggregation };
        response.Cohort = plan.Aggregation == Aggregation.Secure ? SumQuestions.CohortOf(plan) : null;
        var targets = await Task.WhenAll(plan.Targets.Select(target => ExplainAsync(target, plan.Compiled.Product.Definition.Unit, request.Rho, context.CancellationToken))).ConfigureAwait(false);
        response.Owners.AddRange(targets.Concat(plan.LeftOut.Select(Explain)).OrderBy(owner => owner.ParticipantId, StringComparer.Ordinal));
        return response;
    }

    /// <inheritdoc/>
    public override Task<ListQueriesResponse> ListQueries(ListQueriesRequest request, ServerCallContext context)
    {
        var size = Paging.SizeOf(request.PageSize);
        var offset = request.PageToken.Length == 0 ? 0
            : int.TryParse(request.PageToken, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && parsed <= int.MaxValue - size ? parsed
            : throw Reasons.InvalidRequest.Because("The page token is not one of this node's.", "Start without one.");
        var queries = asked.List(offset, size + 1);
        var response = new ListQueriesResponse { NextPageToken = queries.Count > size ? (offset + size).ToString(CultureInfo.InvariantCulture) : "" };
        response.Queries.AddRange(queries.Take(size));
        return Task.FromResult(response);
    }

    /// <inheritdoc/>
    public override Task<GetQueryResponse> GetQuery(GetQueryRequest request, ServerCallContext context)
    {
        var query = asked.Find(request.QueryId)
            ?? throw Reasons.NotFound.Because("This node asked no question of that id.", "See `exchange queries list`.");
        return Task.FromResult(new GetQueryResponse { Sql = query.Sql, Answer = query.Response });
    }

    private async Task<ExplainedOwner> ExplainAsync(QueryTarget target, string unit, double rho, CancellationToken cancellationToken)
    {
        var owner = new ExplainedOwner { ParticipantId = target.ParticipantId, AgreementId = target.AgreementId, Release = target.Terms.Release };
        owner.Rules.AddRange(OfferWords.AllRules(target.Terms, unit));
        if (target.Terms.Release == ReleaseClass.Noisy)
        {
            var held = await budgets.AskAsync(target.ParticipantId, target.AgreementId, cancellationToken).ConfigureAwait(false);
            owner.Budget = held.Budget;
            owner.Rules.Add(held.Budget is null ? "its node does not say what is left of the budget" : NoiseWords.Of(held.Budget, rho));
        }

        return owner;
    }

    private static ExplainedOwner Explain(OwnerPart leftOut) => new() { ParticipantId = leftOut.Coverage.ParticipantId, Refusal = leftOut.Coverage.Refusal };
}
