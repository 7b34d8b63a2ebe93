using System.Collections.Concurrent;
using System.Security.Cryptography;
using Exchange.Node.Audit;
using Exchange.Node.Hosting;
using Exchange.Node.Noise;
using Exchange.Node.Queries;
using Exchange.Node.Storage;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Google.Protobuf;

namespace Exchange.Node.Sessions;

/// <summary>
/// Leads this owner through secure sums, a round a call; how they begin is <see cref="SessionOpening"/>'s. Masked values leave after the leaf that says
/// so is durable (round 3), and what opens a sum after its members are on record (round 5). What stops a round is logged before the caller learns of it.
/// </summary>
internal sealed class SessionDesk(
    SessionOpening opening, FragmentAdmission admission, DecisionLog decisions, TableRosters tableRosters, AnsweredQueries answered, KeptKeys kept, StateStore state,
    AccessLog log, TimeProvider time) : IDisposable
{
    // Bounded by the slots of callers.
    private readonly ConcurrentDictionary<(string Caller, string CohortId), OwnerSession> _sessions = new();

    public async Task<OpenSessionResponse> OpenAsync(OpenSessionRequest request, CallerIdentity caller, CancellationToken cancellationToken)
    {
        var received = time.GetTimestamp();
        var entry = new DecisionEntry(caller, request.AgreementId, request.Query);
        var response = await decisions.DecideAsync(
            entry,
            async () =>
            {
                var (session, hold, message) = await opening.BeginAsync(request, caller, entry, cancellationToken).ConfigureAwait(false);
                Keep(session, hold);
                return new OpenSessionResponse { Message = CohortKeys.ToWire(message) };
            },
            (refusal, receipt) => new OpenSessionResponse { Refusal = refusal, Receipt = receipt }).ConfigureAwait(false);
        // Of the rounds only this one looks at data.
        await ResponseGrid.WaitAsync(time, received, entry.ResponseGrid, cancellationToken).ConfigureAwait(false);
        return response;
    }

    public Task<RenewSessionResponse> RenewAsync(RenewSessionRequest request, CallerIdentity caller, CancellationToken cancellationToken) => RoundAsync(
        request.CohortId, caller,
        (session, _) => Task.FromResult(new RenewSessionResponse { Message = CohortKeys.ToWire(SecureFaults.Run(session.Renew)) }),
        (refusal, receipt) => new RenewSessionResponse { Refusal = refusal, Receipt = receipt },
        cancellationToken);

    public Task<ShareSessionResponse> ShareAsync(ShareSessionRequest request, CallerIdentity caller, CancellationToken cancellationToken) => RoundAsync(
        request.CohortId, caller,
        (session, _) =>
        {
            var message = SecureFaults.Run(() => session.Participant.Share([.. request.Keys.Select(CohortKeys.FromWire)], session.Values.Cells));
            try
            {
                session.AtOnce?.Share(session.Participant.DataOfAll!);
            }
            catch (ExchangeException)
            {
                End(KeyOf(session.Cohort.Id, session.Admitted.Caller));
                throw;
            }

            return Task.FromResult(new ShareSessionResponse { Message = CohortKeys.ToWire(message) });
        },
        (refusal, receipt) => new ShareSessionResponse { Refusal = refusal, Receipt = receipt },
        cancellationToken);

    public Task<InputSessionResponse> InputAsync(InputSessionRequest request, CallerIdentity caller, CancellationToken cancellationToken) => RoundAsync(
        request.CohortId, caller,
        (session, entry) => MaskAsync(session, entry, request),
        (refusal, receipt) => new InputSessionResponse { Refusal = refusal, Receipt = receipt },
        cancellationToken);

    public Task<ConfirmSessionResponse> ConfirmAsync(ConfirmSessionRequest request, CallerIdentity caller, CancellationToken cancellationToken) => RoundAsync(
        request.CohortId, caller,
        (session, _) =>
        {
            var survivors = SecureFaults.Run(() => ParticipantSet.Parse(session.Cohort.Count, request.Survivors.Span));
            var atoms = SecureFaults.Run(() => session.Participant.AtomsOf(survivors));
            if (session.IsFurther && survivors.Count < session.Cohort.Count)
            {
                // Their data are those of the earlier sum, which was over all of them.
                throw Reasons.RosterTooClose.Because("A sum of the same data was over participants that dropped out of this one.", "Ask again when all of them can be reached.");
            }

            if (session.Plan is TableSumPlan plan && plan.IsTooThin(session.Cohort, atoms))
            {
                End(KeyOf(session.Cohort.Id, session.Admitted.Caller));
                throw Reasons.TooFewContributors.Because(
                    $"Without those that dropped out, or apart from earlier sums, a part of the tables is over fewer than {session.Cohort.SurvivorsMin} participants: nothing is opened.", "Ask again when the participants that dropped out can be reached, or ask more that were in no earlier sum.");
            }

            var message = SecureFaults.Run(() => session.Participant.Confirm(survivors));
            session.Survivors = atoms;
            return Task.FromResult(new ConfirmSessionResponse { Message = CohortKeys.ToWire(message) });
        },
        (refusal, receipt) => new ConfirmSessionResponse { Refusal = refusal, Receipt = receipt },
        cancellationToken);

    public Task<UnmaskSessionResponse> UnmaskAsync(UnmaskSessionRequest request, CallerIdentity caller, CancellationToken cancellationToken) => RoundAsync(
        request.CohortId, caller,
        async (session, _) => new UnmaskSessionResponse { Message = CohortKeys.ToWire(await UnmaskAsync(session, request).ConfigureAwait(false)) },
        (refusal, receipt) => new UnmaskSessionResponse { Refusal = refusal, Receipt = receipt },
        cancellationToken);

    /// <summary>Forgets a sum that its asker gave up.</summary>
    public void Abandon(ByteString cohortId, CallerIdentity caller) => End(KeyOf(cohortId.Span, caller));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var key in _sessions.Keys)
        {
            End(key);
        }
    }

    private void Keep(OwnerSession session, SessionHold hold)
    {
        var key = KeyOf(session.Cohort.Id, session.Admitted.Caller);
        _sessions[key] = session;
        hold.WhenOver(() => End(key));
    }

    private void End((string Caller, string CohortId) key)
    {
        if (_sessions.TryRemove(key, out var session))
        {
            session.End();
        }
    }

    private Task<T> RoundAsync<T>(
        ByteString cohortId, CallerIdentity caller, Func<OwnerSession, DecisionEntry, Task<T>> round, Func<Refusal, Protocol.Audit.V1.Receipt, T> refused, CancellationToken cancellationToken)
    {
        if (cohortId.Length != SHA256.HashSizeInBytes)
        {
            throw Reasons.InvalidRequest.Because("The id of a cohort has 32 bytes.", "Ask through a node of this exchange.");
        }

        if (!_sessions.TryGetValue(KeyOf(cohortId.Span, caller), out var session))
        {
            var entry = new DecisionEntry(caller, "", null);
            if (state.Read(connection => RosterStore.FindBegun(connection, cohortId.ToByteArray(), caller.ParticipantId)) is { } begun)
            {
                entry.Describe(begun.QueryId, begun.Hash);
            }

            return decisions.DecideAsync<T>(entry, () => throw SessionHold.Unknown(), refused);
        }

        return RoundAsync(session, round, refused, cancellationToken);
    }

    private async Task<T> RoundAsync<T>(
        OwnerSession session, Func<OwnerSession, DecisionEntry, Task<T>> round, Func<Refusal, Protocol.Audit.V1.Receipt, T> refused, CancellationToken cancellationToken)
    {
        var entry = session.Entry.Copy();
        var outcome = await decisions.DecideAsync(entry, () => session.RoundAsync(() => round(session, entry), cancellationToken), refused).ConfigureAwait(false);
        if (session.IsRefused)
        {
            End(KeyOf(session.Cohort.Id, session.Admitted.Caller));
        }

        return outcome;
    }

    private async Task<InputSessionResponse> MaskAsync(OwnerSession session, DecisionEntry entry, InputSessionRequest request)
    {
        var shares = request.Shares.Select(share => new SealedShares(share.Dealer, share.Ciphertext.Memory)).ToList();
        var message = SecureFaults.Run(() => session.Participant.Mask(shares, session.Input()));
        var response = new InputSessionResponse { Message = CohortKeys.ToWire(message), Salt = QueryDesk.NewSalt() };
        entry.DescribeAnswer(ReleasedAnswer.HashOf(response.Salt.Span, message.Payload.Span));
        var leaf = log.LeafOf("query.answered", entry.ToJson());
        var claim = ClaimOf(session);
        var dealers = shares.Select(share => share.Dealer).Append(session.Participant.Position).Order().Select(position => session.Cohort.Participants[position]).ToList();
        response.Receipt = await state.WriteAsync(connection =>
        {
            admission.AdmitAgain(connection, session.Admitted);
            RosterStore.Expect(connection, RosterStore.DataOf(session.Admitted), session.Cohort.Id.ToArray(), dealers, session.Plan is CheckedSumPlan);
            answered.Claim(connection, claim, null);
            return log.Begin(log.Append(connection, leaf));
        }, CancellationToken.None).ConfigureAwait(false);
        log.Prove(response.Receipt);
        return response;
    }

    private async Task<RoundMessage> UnmaskAsync(OwnerSession session, UnmaskSessionRequest request)
    {
        // Where the sum is over all of the cohort, the next question to it can do without new keys.
        var agreed = !session.IsFurther && session.Survivors?.Members.Count == session.Cohort.Count ? session.Participant.KeepKeys() : null;
        try
        {
            var message = SecureFaults.Run(() => session.Participant.Open([.. request.Confirmations.Select(CohortKeys.FromWire)]));
            var survivors = session.Survivors!;
            // Decided here, and in the transaction only on what came since: it holds up all others.
            var sum = TableSum.Of(session.Plan, session.Tables, session.Cohort, survivors.Members);
            var seen = sum is null ? 0 : state.Read(connection => tableRosters.Check(connection, session.Admitted.Product.Id, sum));
            await state.WriteAsync(connection =>
            {
                admission.AdmitAgain(connection, session.Admitted);
                if (sum is not null)
                {
                    tableRosters.Record(connection, session.Admitted.Product.Id, sum, seen, Now());
                }

                RosterStore.Record(connection, RosterStore.DataOf(session.Admitted), session.Cohort.Id.ToArray(), session.Cohort.Participants, session.Earlier, survivors, session.Plan is CheckedSumPlan, Now());
            }, CancellationToken.None).ConfigureAwait(false);
            if (agreed is not null)
            {
                kept.Keep(session.Admitted.Caller.ParticipantId, session.Keys, agreed);
            }

            return message;
        }
        catch
        {
            agreed?.Dispose();
            throw;
        }
        finally
        {
            // Under way until it is on record, for those that are begun meanwhile.
            if (session.Participant.IsOver)
            {
                End(KeyOf(session.Cohort.Id, session.Admitted.Caller));
            }
        }
    }

    private static QueryClaim ClaimOf(OwnerSession session)
    {
        var admitted = session.Admitted;
        return new QueryClaim(admitted.Caller.ParticipantId, admitted.Query.QueryId, admitted.Incoming.Hash, admitted.AgreementId, admitted.Terms.Name, admitted.Terms.QueriesPerDay)
        {
            Asked = new AskedOfOwner(admitted.Product.Id, admitted.Incoming.Payload, session.Values.Cells?.Count ?? 0, session.Values.Withheld, admitted.Source.Version),
        };
    }

    private static (string Caller, string CohortId) KeyOf(ReadOnlySpan<byte> cohortId, CallerIdentity caller) => (caller.ParticipantId, Convert.ToHexStringLower(cohortId));

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
