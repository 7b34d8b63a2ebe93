using System.Collections.Concurrent;
using System.Security.Cryptography;
using Exchange.Engines;
using Exchange.Node.Audit;
using Exchange.Node.Hosting;
using Exchange.Node.Noise;
using Exchange.Node.Peers;
using Exchange.Node.Queries;
using Exchange.Node.SafeTables;
using Exchange.Node.Storage;
using Exchange.Privacy.Noise;
using Exchange.Privacy.SecureSums;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Query.V1;
using Google.Protobuf;

namespace Exchange.Node.Sessions;

/// <summary>
/// Leads this owner through secure sums, a round a call. Opening decides as <see cref="FragmentDesk"/> does: 1 check the signed query,
/// 2 admit it under an agreement and approve the fragment, 3 check the cohort, 4 use its id up, 5 charge where the class has a budget, and run, and only then 6 give keys. Masked values leave
/// after the leaf that says so is durable (round 3), and what opens a sum after its members are on record (round 5). What stops a round is logged as a
/// refusal or a failure before the caller learns of it.
/// </summary>
internal sealed class SessionDesk(
    RegisterCache register, FragmentAdmission admission, DecisionLog decisions, EngineSet engines, NoisyCharges charges, TablePartitions partitions, TableRosters tableRosters,
    AnsweredQueries answered, KeptKeys kept, CallerSlots slots, StateStore state, AccessLog log, NodeIdentity identity, NodeLimits limits, TimeProvider time) : IDisposable
{
    // Bounded by the slots of callers.
    private readonly ConcurrentDictionary<(string Caller, string CohortId), OwnerSession> _sessions = new();

    public async Task<OpenSessionResponse> OpenAsync(OpenSessionRequest request, CallerIdentity caller, CancellationToken cancellationToken)
    {
        var received = time.GetTimestamp();
        var entry = new DecisionEntry(caller, request.AgreementId, request.Query);
        var response = await decisions.DecideAsync(
            entry,
            async () => new OpenSessionResponse { Message = CohortKeys.ToWire(await BeginAsync(request, caller, entry, cancellationToken).ConfigureAwait(false)) },
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
        (session, _) => Task.FromResult(new ShareSessionResponse
        {
            Message = CohortKeys.ToWire(SecureFaults.Run(() => session.Participant.Share([.. request.Keys.Select(CohortKeys.FromWire)], session.Values.Cells))),
        }),
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

    private async Task<RoundMessage> BeginAsync(OpenSessionRequest request, CallerIdentity caller, DecisionEntry entry, CancellationToken cancellationToken)
    {
        var slot = slots.Take(caller.ParticipantId);
        SessionHold? hold = null;
        try
        {
            // 1
            var incoming = IncomingQuery.Check(request.Query, caller, register.Current, time.GetUtcNow());
            entry.Describe(incoming);
            hold = new SessionHold(slot, TimeOf(request), time, stopped => admission.Enter(incoming, request.AgreementId, caller, stopped));
            using var either = CancellationTokenSource.CreateLinkedTokenSource(hold.Stopped, cancellationToken);
            return await BeginAsync(incoming, request, caller, hold, entry, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (hold is { IsRefused: true })
        {
            entry.DescribeStop();
            hold.Dispose();
            hold.ThrowIfStopped();
            throw;
        }
        catch
        {
            (hold ?? slot).Dispose();
            throw;
        }
    }

    private async Task<RoundMessage> BeginAsync(
        IncomingQuery incoming, OpenSessionRequest request, CallerIdentity caller, SessionHold hold, DecisionEntry entry, CancellationToken cancellationToken)
    {
        // 2
        var admitted = admission.Admit(incoming, request.AgreementId, caller, Aggregation.Secure, entry);
        // 3
        var table = admitted.Query.Release == ReleaseClass.Table ? await TableOfAsync(request, admitted, entry).ConfigureAwait(false) : null;
        var plan = SumPlan.Of(admitted.Approved, incoming.Query, table?.Cohort);
        var keys = CohortKeys.Of(incoming.Query, incoming.Hash, plan, register.Current, time.GetUtcNow());
        OwnPlace.Check(identity.ParticipantId, admitted);
        entry.DescribeCohort(keys.Cohort.Id, incoming.Query.Cohort);
        // 4
        if (SumOf(plan, table?.Cohort, keys.Cohort, keys.Cohort.Everybody()) is { } sum)
        {
            state.Read(connection => tableRosters.Check(connection, admitted.Product.Id, sum));
        }

        var (earlier, data) = await state.WriteAsync(connection =>
        {
            var told = RosterStore.EarlierOf(connection, RosterStore.DataOf(admitted), keys.Cohort.Participants);
            // Over tables, blocks have stamps, which tell more of how data change; and noise is what `noisy` has against it.
            RosterStore.Begin(connection, keys.Cohort.Id.ToArray(), admitted, Now());
            return (told, plan is CheckedSumPlan ? RosterStore.ToldOf(connection, RosterStore.DataOf(admitted), keys.Cohort.Participants, told, UnderWay(admitted, keys.Cohort)) : default);
        }, cancellationToken).ConfigureAwait(false);
        // 5
        var values = plan switch
        {
            NoisySumPlan noisy => await charges.ChargeAsync(admitted, noisy, cancellationToken).ConfigureAwait(false),
            TableSumPlan ofTables => OwnValues.OfTable(ofTables, table!.Value.Live),
            _ => await OwnValues.OfCheckedAsync(admitted, (CheckedSumPlan)plan, engines, cancellationToken).ConfigureAwait(false),
        };
        if (values.Charged is { } charged)
        {
            entry.DescribeCharge(new NoiseReport { Rho = charged.Value });
        }

        // 6
        var agreed = kept.Find(caller.ParticipantId, request.AgreedIn.Span, keys, earlier);
        var participant = new SumParticipant(keys.Cohort, identity.ParticipantId, CohortKeys.Signer(identity), keys.Verify, new SystemRandomBits(), agreed, earlier, data);
        var message = agreed is null ? participant.Begin() : SecureFaults.Run(() => participant.ShareAgain(values.Cells));
        Keep(new OwnerSession(hold, admitted, keys, plan, values, participant, agreed is not null, entry) { Tables = table?.Cohort, Earlier = earlier }, hold);
        return message;
    }

    // The tables of the cohort, and this owner's own, which has to be the one that its partition is of.
    private async Task<(CohortTables Cohort, LiveTable Live)?> TableOfAsync(OpenSessionRequest request, AdmittedFragment admitted, DecisionEntry entry)
    {
        var live = partitions.LiveOf(admitted);
        entry.Describe(live);
        OwnPlace.Check(identity.ParticipantId, admitted);
        if (admitted.Query.AsksPattern)
        {
            throw Reasons.QueryMalformed.Because("The query is signed for another way of being asked.", "Ask through a node of this exchange.");
        }

        var cohort = CohortTables.Of(request.Partitions, admitted.Query, admitted.Product, register.Current, time.GetUtcNow());
        var own = await partitions.OfAsync(admitted, live).ConfigureAwait(false);
        return cohort.Members.Single(member => member.Member == identity.ParticipantId).Signed.Payload == own.ToByteString() ? (cohort, live)
            : throw Reasons.PartitionStale.Because("The owner's table is another one than when it said how it divides its rows.", "Ask again.");
    }

    private static TableSum? SumOf(SumPlan plan, CohortTables? tables, Cohort cohort, ParticipantSet survivors) =>
        plan is TableSumPlan ofTables ? new TableSum(tables!, cohort.SurvivorsMin, survivors, ofTables.Told(survivors)) : null;

    // Ids of the cohorts of the same members whose sums of the same data are under way.
    private List<byte[]> UnderWay(AdmittedFragment admitted, Cohort cohort)
    {
        var data = RosterStore.DataOf(admitted);
        return [.. _sessions.Values.Where(one => RosterStore.DataOf(one.Admitted).AsSpan().SequenceEqual(data) && one.Cohort.Participants.SequenceEqual(cohort.Participants))
            .Select(one => one.Cohort.Id.ToArray())];
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
            RosterStore.Expect(connection, RosterStore.DataOf(session.Admitted), session.Cohort.Id.ToArray(), dealers);
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
            var sum = SumOf(session.Plan, session.Tables, session.Cohort, survivors.Members);
            var seen = sum is null ? 0 : state.Read(connection => tableRosters.Check(connection, session.Admitted.Product.Id, sum));
            await state.WriteAsync(connection =>
            {
                admission.AdmitAgain(connection, session.Admitted);
                if (sum is not null)
                {
                    tableRosters.Record(connection, session.Admitted.Product.Id, sum, seen, Now());
                }

                RosterStore.Record(connection, RosterStore.DataOf(session.Admitted), session.Cohort.Id.ToArray(), session.Cohort.Participants, session.Earlier, survivors, Now());
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

    private TimeSpan TimeOf(OpenSessionRequest request)
    {
        var left = request.TimeLeft is { Seconds: >= 0 and <= 3600, Nanos: >= 0 and < 1_000_000_000 } given ? given.ToTimeSpan() : limits.DeadlineMax;
        return left <= TimeSpan.Zero || left > limits.DeadlineMax ? limits.DeadlineMax : left;
    }

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
