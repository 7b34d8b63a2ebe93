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

/// <summary>
/// The rounds of one sum. Where all members answer the first with shares, under keys that they agreed on in an earlier sum, there is no round of keys;
/// where only some do, these are asked for keys after all.
/// </summary>
internal sealed class SumRounds(
    RegisterCache register, PeerClients peers, TimeProvider time, ILogger logger, byte[] queryHash, CohortKeys cohort, IReadOnlyList<SumMember> members, DateTimeOffset until, CancellationToken cancellationToken)
{
    private readonly ByteString _cohortId = ByteString.CopyFrom(cohort.Cohort.Id);
    private readonly Lock _turn = new();

    // Which it is, is known when all have opened.
    private readonly SumRelay _first = new(cohort.Cohort, cohort.Verify);
    private readonly SumRelay _further = new(cohort.Cohort, cohort.Verify, keysAreAgreed: true);

    /// <summary>Whether it did without new keys.</summary>
    public bool IsFurther { get; private set; }

    private SumRelay Relay => IsFurther ? _further : _first;

    public async Task<SecureSum> RunAsync(SignedBytes signed, IReadOnlyList<SignedBytes> partitions, ByteString agreedIn, TimeSpan deadline)
    {
        await OpenAsync(signed, partitions, agreedIn, Duration.FromTimeSpan(deadline)).ConfigureAwait(false);
        var relay = Relay;
        if (!IsFurther)
        {
            var keys = relay.CloseKeys().Select(CohortKeys.ToWire).ToList();
            await RoundAsync(0.25, async (client, _, options) =>
            {
                var reply = await client.ShareSessionAsync(new ShareSessionRequest { CohortId = _cohortId, Keys = { keys } }, options);
                return new Reply(reply.Message, reply.Refusal, reply.Receipt);
            }).ConfigureAwait(false);
        }

        var shares = relay.CloseShares();

        await RoundAsync(1 / 3.0, (client, member, options) => InputAsync(client, member, shares[member.Position], options)).ConfigureAwait(false);
        var survivors = relay.CloseInputs();
        var set = UnsafeByteOperations.UnsafeWrap(survivors.Bytes);
        foreach (var member in members.Where(member => survivors.Contains(member.Position)))
        {
            member.Coverage.Status = CoverageStatus.Answered;
        }

        await RoundAsync(0.5, async (client, _, options) =>
        {
            var reply = await client.ConfirmSessionAsync(new ConfirmSessionRequest { CohortId = _cohortId, Survivors = set }, options);
            return new Reply(reply.Message, reply.Refusal, reply.Receipt);
        }).ConfigureAwait(false);
        var confirmations = relay.CloseSurvivors();

        await RoundAsync(1, async (client, member, options) =>
        {
            var request = new UnmaskSessionRequest { CohortId = _cohortId, Confirmations = { confirmations[member.Position].Select(CohortKeys.ToWire) } };
            var reply = await client.UnmaskSessionAsync(request, options);
            member.IsDone = reply.Message is not null;
            return new Reply(reply.Message, reply.Refusal, reply.Receipt);
        }).ConfigureAwait(false);
        return relay.CloseUnmasking();
    }

    private async Task OpenAsync(SignedBytes signed, IReadOnlyList<SignedBytes> partitions, ByteString agreedIn, Duration timeLeft)
    {
        // The engines run here.
        await RoundAsync(0.5, members, async (client, member, options) =>
        {
            var request = new OpenSessionRequest { Query = signed, AgreementId = member.AgreementId, TimeLeft = timeLeft, Partitions = { partitions }, AgreedIn = agreedIn };
            // Until it says otherwise: its reply may be lost.
            member.IsOpen = true;
            var reply = await client.OpenSessionAsync(request, options);
            member.IsOpen = reply.Message is not null;
            return new Reply(reply.Message, reply.Refusal, reply.Receipt);
        }).ConfigureAwait(false);
        var dealt = _further.Heard;
        IsFurther = dealt.Count == members.Count;
        if (!IsFurther && dealt.Count > 0)
        {
            await RoundAsync(0.25, [.. members.Where(member => dealt.Contains(member.Position))], async (client, _, options) =>
            {
                var reply = await client.RenewSessionAsync(new RenewSessionRequest { CohortId = _cohortId }, options);
                return new Reply(reply.Message, reply.Refusal, reply.Receipt);
            }).ConfigureAwait(false);
        }
    }

    private async Task<Reply> InputAsync(
        SessionService.SessionServiceClient client, SumMember member, IReadOnlyList<SealedShares> shares, CallOptions options)
    {
        var request = new InputSessionRequest { CohortId = _cohortId };
        request.Shares.AddRange(shares.Select(share => new SealedShare { Dealer = share.Dealer, Ciphertext = UnsafeByteOperations.UnsafeWrap(share.Ciphertext) }));
        var reply = await client.InputSessionAsync(request, options);
        if (reply.Message is not null)
        {
            PeerAnswers.CheckMasked(reply, member.Id, queryHash, register.Current, time.GetUtcNow());
            (member.Coverage.Receipt, member.Coverage.DatasetVersion) = (reply.Receipt, PeerAnswers.VersionOf(reply.Receipt));
        }

        return new Reply(reply.Message, reply.Refusal, reply.Receipt);
    }

    // A round may take so much of the time that is left.
    private Task RoundAsync(double part, Func<SessionService.SessionServiceClient, SumMember, CallOptions, Task<Reply>> call) =>
        RoundAsync(part, [.. members.Where(member => Relay.Awaited.Contains(member.Position) && !member.IsOut)], call);

    private async Task RoundAsync(double part, IReadOnlyList<SumMember> asked, Func<SessionService.SessionServiceClient, SumMember, CallOptions, Task<Reply>> call)
    {
        var now = TimeProvider.System.GetUtcNow();
        var left = until > now ? (until - now) * part : TimeSpan.Zero;
        var options = new CallOptions(deadline: (now + left).UtcDateTime, cancellationToken: cancellationToken);
        await Task.WhenAll(asked.Select(TakeAsync)).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();

        async Task TakeAsync(SumMember member)
        {
            var outcome = await CallAsync(member, options, call).ConfigureAwait(false);
            if (!cancellationToken.IsCancellationRequested)
            {
                lock (_turn)
                {
                    Take(member, outcome);
                }
            }
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
                case Reply reply when Accept(CohortKeys.FromWire(reply.Message)) != member.Position:
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

    private int Accept(RoundMessage message) =>
        (_first.Current == Round.Keys && message.Round == Round.Shares ? _further : Relay).Accept(message);

    private void Fail(SumMember member, ExchangeException failure)
    {
        Log.DroppedOut(logger, member.Id, failure.Reason.Name);
        member.Drop(CoverageStatus.Unreachable, new Refusal { Reason = failure.Reason.Name, Message = failure.Message, Action = failure.Action }, null);
    }

    private sealed record Reply(SessionMessage? Message, Refusal? Refusal, Receipt? Receipt);
}
