using Exchange.Client.Connections;
using Exchange.Client.Verification;
using Exchange.Protocol.Owner.V1;

namespace Exchange.Client.Queries;

/// <summary>Joint questions. Obtained from <see cref="ExchangeClient.Queries"/>. Every answer is verified before it is returned.</summary>
public sealed class QueryClient
{
    // The node needs a little longer than its owners may take.
    private static readonly TimeSpan MergeTimeMax = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(60);

    private readonly HomeChannel _channel;
    private readonly RegisterReader _register;
    private readonly QueryService.QueryServiceClient _service;

    internal QueryClient(HomeChannel channel, RegisterReader register)
    {
        _channel = channel;
        _register = register;
        _service = new QueryService.QueryServiceClient(channel.Channel);
    }

    /// <summary>
    /// Asks. An owner that refuses, is unreachable or too slow costs its own part and stands in the coverage; the answer of the
    /// others is returned. Look at <see cref="RunQueryResponse.Error"/>: it is set, and there are no rows, when too few answered.
    /// </summary>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException">The question was refused, or <c>VERIFICATION_FAILED</c>.</exception>
    public async Task<VerifiedAnswer> RunAsync(RunQueryRequest request, CancellationToken cancellationToken)
    {
        var timeMax = (request.Deadline?.ToTimeSpan() ?? DefaultDeadline) + MergeTimeMax;
        var answer = await _channel.CallAsync(options => _service.RunQueryAsync(request, options), cancellationToken, timeMax).ConfigureAwait(false);
        return await VerifyAsync(request.Sql, answer, stored: false, request.Witnesses, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Says who would be asked on which terms; runs nothing.</summary>
    public Task<ExplainQueryResponse> ExplainAsync(ExplainQueryRequest request, CancellationToken cancellationToken) =>
        _channel.CallAsync(options => _service.ExplainQueryAsync(request, options), cancellationToken);

    /// <summary>Questions this participant asked, newest first.</summary>
    /// <param name="countMax">At most this many, 1 to 1000.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<IReadOnlyList<QuerySummary>> ListAsync(int countMax, CancellationToken cancellationToken) => (await _channel.CallAsync(
        options => _service.ListQueriesAsync(new ListQueriesRequest { PageSize = countMax }, options), cancellationToken).ConfigureAwait(false)).Queries;

    /// <summary>One earlier question with its answer, verified again.</summary>
    public async Task<VerifiedAnswer> GetAsync(string queryId, CancellationToken cancellationToken)
    {
        var reply = await _channel.CallAsync(options => _service.GetQueryAsync(new GetQueryRequest { QueryId = queryId }, options), cancellationToken).ConfigureAwait(false);
        return await VerifyAsync(reply.Sql, reply.Answer, stored: true, witnesses: 0, cancellationToken).ConfigureAwait(false);
    }

    private async Task<VerifiedAnswer> VerifyAsync(string sql, RunQueryResponse answer, bool stored, int witnesses, CancellationToken cancellationToken)
    {
        var asker = _channel.Settings.Participant;
        var register = await _register.ReadAsync(fresh: false, cancellationToken).ConfigureAwait(false);
        if (AnswerVerifier.NamesUnknownKey(answer, asker, register) || AnswerVerifier.AnsweredWithFewer(answer, witnesses, register) is not null)
        {
            register = await _register.ReadAsync(fresh: true, cancellationToken).ConfigureAwait(false);
        }

        AnswerVerifier.Verify(answer, asker, register, stored);
        AnswerVerifier.VerifyWitnesses(answer, witnesses, register);
        return new VerifiedAnswer(sql, answer, witnesses);
    }
}
