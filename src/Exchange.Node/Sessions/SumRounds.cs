using Exchange.Node.Peers;
using Exchange.Node.Queries;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Audit.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Exchange.Protocol.Query.V1;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Exchange.Node.Sessions;

/// <summary>The rounds of one sum.</summary>
internal sealed class SumRounds(
    RegisterCache register, PeerClients peers, TimeProvider time, ILogger logger, byte[] queryHash, SumRelay relay, IReadOnlyList<SumMember> members, DateTimeOffset until, CancellationToken cancellationToken)
{
    public async Task<SecureSum> RunAsync(SignedBytes signed, IReadOnlyList<SignedBytes> partitions, ByteString cohortId, TimeSpan deadline)
    {
        var timeLeft = Duration.FromTimeSpan(deadline);
        // The engines run in the first.
        await RoundAsync(0.5, async (client, member, options) =>
        {
            var reply = await client.OpenSessionAsync(new OpenSessionRequest { Query = signed, AgreementId = member.AgreementId, TimeLeft = timeLeft, Partitions = { partitions } }, options);
            member.IsOpen = reply.Message is not null;
            return new Reply(reply.Message, reply.Refusal, reply.Receipt);
        }).ConfigureAwait(false);
        var keys = relay.CloseKeys().Select(CohortKeys.ToWire).ToList();

        await RoundAsync(0.25, async (client, _, options) =>
        {
            var reply = await client.ShareSessionAsync(new ShareSessionRequest { CohortId = cohortId, Keys = { keys } }, options);
            return new Reply(reply.Message, reply.Refusal, reply.Receipt);
        }).ConfigureAwait(false);
        var shares = relay.CloseShares();

        await RoundAsync(1 / 3.0, (client, member, options) => InputAsync(client, member, cohortId, shares[member.Position], options)).ConfigureAwait(false);
        var survivors = relay.CloseInputs();
        var set = UnsafeByteOperations.UnsafeWrap(survivors.Bytes);
        foreach (var member in members.Where(member => survivors.Contains(member.Position)))
        {
            member.Coverage.Status = CoverageStatus.Answered;
        }

        await RoundAsync(0.5, async (client, _, options) =>
        {
            var reply = await client.ConfirmSessionAsync(new ConfirmSessionRequest { CohortId = cohortId, Survivors = set }, options);
            return new Reply(reply.Message, reply.Refusal, reply.Receipt);
        }).ConfigureAwait(false);
        var confirmations = relay.CloseSurvivors().Select(CohortKeys.ToWire).ToList();

        await RoundAsync(1, async (client, member, options) =>
        {
            var reply = await client.UnmaskSessionAsync(new UnmaskSessionRequest { CohortId = cohortId, Confirmations = { confirmations } }, options);
            member.IsDone = reply.Message is not null;
            return new Reply(reply.Message, reply.Refusal, reply.Receipt);
        }).ConfigureAwait(false);
        return relay.CloseUnmasking();
    }

    private async Task<Reply> InputAsync(
        SessionService.SessionServiceClient client, SumMember member, ByteString cohortId, IReadOnlyList<SealedShares> shares, CallOptions options)
    {
        var request = new InputSessionRequest { CohortId = cohortId };
        request.Shares.AddRange(shares.Select(share => new SealedShare { Dealer = share.Dealer, Ciphertext = UnsafeByteOperations.UnsafeWrap(share.Ciphertext) }));
        var reply = await client.InputSessionAsync(request, options);
        if (reply.Message is not null)
        {
            PeerAnswers.CheckMasked(reply, member.Id, queryHash, register.Current, time.GetUtcNow());
            member.Coverage.Receipt = reply.Receipt;
        }

        return new Reply(reply.Message, reply.Refusal, reply.Receipt);
    }

    // A round may take so much of the time that is left.
    private async Task RoundAsync(double part, Func<SessionService.SessionServiceClient, SumMember, CallOptions, Task<Reply>> call)
    {
        var now = TimeProvider.System.GetUtcNow();
        var left = until > now ? (until - now) * part : TimeSpan.Zero;
        var options = new CallOptions(deadline: (now + left).UtcDateTime, cancellationToken: cancellationToken);
        var asked = members.Where(member => relay.Awaited.Contains(member.Position) && !member.IsOut).ToList();
        var replies = await Task.WhenAll(asked.Select(member => CallAsync(member, options, call))).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        for (var index = 0; index < asked.Count; index++)
        {
            Take(asked[index], replies[index]);
        }
    }

    private async Task<object> CallAsync(SumMember member, CallOptions options, Func<SessionService.SessionServiceClient, SumMember, CallOptions, Task<Reply>> call)
    {
        // Starts every call before the first reply is read.
        await Task.Yield();
        try
        {
            var client = new SessionService.SessionServiceClient(await peers.ForAsync(member.Id, cancellationToken).ConfigureAwait(false));
            return await call(client, member, options).ConfigureAwait(false);
        }
        catch (RpcException error)
        {
            return RpcErrors.FromRpcException(error, "node of " + member.Id);
        }
        catch (ExchangeException error)
        {
            return error;
        }
    }

    private void Take(SumMember member, object outcome)
    {
        try
        {
            switch (outcome)
            {
                case ExchangeException failure:
                    throw failure;
                case Reply { Refusal: { } refusal } reply:
                    PeerAnswers.CheckRefusal(reply.Receipt, member.Id, queryHash, register.Current, time.GetUtcNow());
                    member.Drop(CoverageStatus.Refused, refusal, reply.Receipt);
                    break;
                case Reply reply when relay.Accept(CohortKeys.FromWire(reply.Message)) != member.Position:
                    throw Reasons.SessionMessageInvalid.Because("The reply is the message of another participant.", "Tell that owner.");
            }
        }
        catch (SecureSumException fault)
        {
            Fail(member, SecureFaults.Of(fault));
        }
        catch (ExchangeException failure)
        {
            Fail(member, failure);
        }
    }

    private void Fail(SumMember member, ExchangeException failure)
    {
        Log.DroppedOut(logger, member.Id, failure.Reason.Name);
        member.Drop(CoverageStatus.Unreachable, new Refusal { Reason = failure.Reason.Name, Message = failure.Message, Action = failure.Action }, null);
    }

    private sealed record Reply(SessionMessage? Message, Refusal? Refusal, Receipt? Receipt);
}
