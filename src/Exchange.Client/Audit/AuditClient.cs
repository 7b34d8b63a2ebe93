using Exchange.Client.Connections;
using Exchange.Client.Verification;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Owner.V1;
using GetRegisterRequest = Exchange.Protocol.Owner.V1.GetRegisterRequest;

namespace Exchange.Client.Audit;

/// <summary>
/// Reads access logs where their owners publish them, with this participant's certificate. Of its own log and, as an auditor, of
/// every log it reads entries; of others, hashes and checkpoints. The own node gives the register alone, which is believed under the
/// operator's signature. Obtained from <see cref="ExchangeClient.Audit"/>.
/// </summary>
public sealed class AuditClient
{
    /// <summary>Most stored answers whose receipts are looked for, the newest first.</summary>
    public const int AnswersMax = 10_000;

    private readonly HomeChannel _channel;
    private readonly NodeService.NodeServiceClient _node;
    private readonly QueryService.QueryServiceClient _queries;

    internal AuditClient(HomeChannel channel, NodeService.NodeServiceClient node)
    {
        _channel = channel;
        _node = node;
        _queries = new QueryService.QueryServiceClient(channel.Channel);
    }

    /// <summary>Id of this participant.</summary>
    public string ParticipantId => _channel.Settings.Participant;

    /// <summary>Prepares to read; nothing is read yet.</summary>
    /// <param name="participants">Whose logs; empty for every member's that has joined.</param>
    /// <param name="remembering">Compare with what was seen of each log before, in the home's folder <c>audit</c>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="ExchangeException"><c>PARTICIPANT_UNKNOWN</c>; <c>VERIFICATION_FAILED</c> when the register does not hold.</exception>
    public async Task<AuditSession> OpenAsync(IReadOnlyCollection<string> participants, bool remembering, CancellationToken cancellationToken)
    {
        var reply = await _channel.CallAsync(options => _node.GetRegisterAsync(new GetRegisterRequest(), options), cancellationToken).ConfigureAwait(false);
        var operatorKey = await File.ReadAllBytesAsync(_channel.Home.OperatorKeyFile, cancellationToken).ConfigureAwait(false);
        var register = RegisterReader.Verify(reply.Register, operatorKey);
        return AuditSession.OverNetwork(_channel, register, reply.Register, operatorKey, Select(register.Snapshot, participants), remembering);
    }

    /// <summary>The receipts of the answers that this participant's node keeps.</summary>
    /// <param name="answersMax">Of so many of the newest answers; at most <see cref="AnswersMax"/>.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task<IReadOnlyList<HeldReceipt>> HeldReceiptsAsync(int answersMax, CancellationToken cancellationToken)
    {
        var receipts = new List<HeldReceipt>();
        var token = "";
        for (var answers = 0; answers < answersMax;)
        {
            var page = await _channel.CallAsync(options => _queries.ListQueriesAsync(new ListQueriesRequest { PageToken = token }, options), cancellationToken).ConfigureAwait(false);
            foreach (var query in page.Queries.Take(answersMax - answers))
            {
                answers++;
                var stored = await _channel.CallAsync(options => _queries.GetQueryAsync(new GetQueryRequest { QueryId = query.QueryId }, options), cancellationToken).ConfigureAwait(false);
                receipts.AddRange(HeldReceipt.Of(stored.Answer));
            }

            token = page.NextPageToken;
            if (token.Length == 0)
            {
                break;
            }
        }

        return receipts;
    }

    /// <summary>Version of the register that the node has now.</summary>
    /// <exception cref="ExchangeException"><c>VERIFICATION_FAILED</c> when the register does not hold.</exception>
    public async Task<long> RegisterVersionAsync(CancellationToken cancellationToken)
    {
        var reply = await _channel.CallAsync(options => _node.GetRegisterAsync(new GetRegisterRequest(), options), cancellationToken).ConfigureAwait(false);
        return RegisterReader.Verify(reply.Register, await File.ReadAllBytesAsync(_channel.Home.OperatorKeyFile, cancellationToken).ConfigureAwait(false)).Version;
    }

    /// <summary>What this node has seen as a witness of other logs, and who has witnessed its own.</summary>
    public Task<ListWitnessedHeadsResponse> WitnessedAsync(CancellationToken cancellationToken) =>
        _channel.CallAsync(options => _node.ListWitnessedHeadsAsync(new ListWitnessedHeadsRequest(), options), cancellationToken);

    internal static IReadOnlyList<Participant> Select(RegisterSnapshot register, IReadOnlyCollection<string> participants)
    {
        if (participants.FirstOrDefault(id => register.Participants.All(participant => participant.Id != id)) is { } unknown)
        {
            throw Reasons.ParticipantUnknown.Because($"The register has no participant {unknown}.", "See `exchange catalog` for who takes part.");
        }

        // Who was invited and never joined has no log.
        return [.. register.Participants.Where(participant => participants.Count > 0 ? participants.Contains(participant.Id) : participant.Keys.Count > 0)];
    }
}
