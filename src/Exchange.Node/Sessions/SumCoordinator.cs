using Exchange.Node.Peers;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Sessions;

/// <summary>
/// Leads owners through a secure sum: each round asks all that are left at once and closes when all have answered or its time is over. Who is
/// slow, down, refusing or talks nonsense has dropped out; what the sum needs of the others, <see cref="SumRelay"/> decides.
/// </summary>
internal sealed class SumCoordinator(RegisterCache register, PeerClients peers, AgreedCohorts agreed, TimeProvider time, ILogger<SumCoordinator> logger)
{
    private static readonly TimeSpan AbandonTimeMax = TimeSpan.FromSeconds(5);

    /// <summary>Asks for the sum.</summary>
    /// <param name="signed">The signed question.</param>
    /// <param name="queryHash">SHA-256 of its payload.</param>
    /// <param name="keys">Its cohort.</param>
    /// <param name="partitions">In <c>table</c>, how the members' tables divide their rows, in the cohort's order; none in other classes.</param>
    /// <param name="members">Who is in it, in the cohort's order; what becomes of each is noted there.</param>
    /// <param name="deadline">How long all rounds may take together.</param>
    /// <param name="cancellationToken">Stops the rounds; owners are told to forget the sum.</param>
    /// <exception cref="SecureSumException">Why there is no sum.</exception>
    public async Task<SecureSum> AskAsync(
        SignedBytes signed, byte[] queryHash, CohortKeys keys, IReadOnlyList<SignedBytes> partitions, IReadOnlyList<SumMember> members, TimeSpan deadline, CancellationToken cancellationToken)
    {
        var until = TimeProvider.System.GetUtcNow() + deadline;
        using var turn = await agreed.TakeTurnAsync(keys.Cohort, deadline / 2, cancellationToken).ConfigureAwait(false);
        var rounds = new SumRounds(register, peers, time, logger, queryHash, keys, members, until, cancellationToken);
        var cohortId = ByteString.CopyFrom(keys.Cohort.Id);
        try
        {
            var sum = await rounds.RunAsync(signed, partitions, agreed.Find(keys.Cohort), until - TimeProvider.System.GetUtcNow()).ConfigureAwait(false);
            if (!rounds.IsFurther && members.All(member => member.IsDone))
            {
                agreed.Note(keys.Cohort);
            }

            return sum;
        }
        catch
        {
            agreed.Forget(keys.Cohort);
            throw;
        }
        finally
        {
            // They forget it by themselves, but hold one of this asker's slots until then.
            foreach (var left in members.Where(member => member is { IsOpen: true, IsDone: false }))
            {
                _ = AbandonAsync(left, cohortId);
            }
        }
    }

    private async Task AbandonAsync(SumMember member, ByteString cohortId)
    {
        try
        {
            var client = new SessionService.SessionServiceClient(await peers.ForAsync(member.Id, CancellationToken.None).ConfigureAwait(false));
            await client.AbandonSessionAsync(new AbandonSessionRequest { CohortId = cohortId }, deadline: (TimeProvider.System.GetUtcNow() + AbandonTimeMax).UtcDateTime);
        }
        catch (Exception error) when (error is RpcException or ExchangeException or OperationCanceledException or ObjectDisposedException)
        {
            // Its own time limit ends it.
        }
    }
}
