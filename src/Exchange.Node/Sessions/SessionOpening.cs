using System.Buffers.Binary;
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
/// Begins secure sums at an owner. Decides as <see cref="FragmentDesk"/> does: 1 check the signed query, 2 admit it under an agreement and approve the
/// fragment, 3 check the cohort, 4 use its id up, 5 charge where the class has a budget, and run, and only then 6 give keys.
/// </summary>
internal sealed class SessionOpening(
    RegisterCache register, FragmentAdmission admission, EngineSet engines, NoisyCharges charges, TablePartitions partitions, TableRosters tableRosters,
    KeptKeys kept, SumsAtOnce sums, CallerSlots slots, StateStore state, NodeIdentity identity, NodeLimits limits, TimeProvider time)
{
    // Stamps are compared among sums under way, and a restart ends those.
    private readonly byte[] _stampKey = RandomNumberGenerator.GetBytes(32);

    /// <summary>Begins a sum.</summary>
    /// <returns>The session, what it occupies, and its first message.</returns>
    /// <exception cref="ExchangeException">What is wrong with it; nothing is occupied then.</exception>
    public async Task<(OwnerSession Session, SessionHold Hold, RoundMessage Message)> BeginAsync(
        OpenSessionRequest request, CallerIdentity caller, DecisionEntry entry, CancellationToken cancellationToken)
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
            var (session, message) = await BeginAsync(incoming, request, caller, hold, entry, either.Token).ConfigureAwait(false);
            return (session, hold, message);
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

    private async Task<(OwnerSession Session, RoundMessage Message)> BeginAsync(
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
        if (TableSum.Of(plan, table?.Cohort, keys.Cohort, keys.Cohort.Everybody()) is { } sum)
        {
            state.Read(connection => tableRosters.Check(connection, admitted.Product.Id, sum));
        }

        var data = RosterStore.DataOf(admitted);
        // Over tables, blocks have stamps, which tell more of how data change; and noise is what `noisy` has against it.
        var isChecked = plan is CheckedSumPlan;
        var underWay = sums.UnderWay(data, keys.Cohort);
        var atOnce = isChecked ? hold.AtOnce = sums.Begin(data, keys.Cohort) : null;
        var (earlier, ofData) = await state.WriteAsync(connection =>
        {
            var told = RosterStore.EarlierOf(connection, data, keys.Cohort.Participants);
            RosterStore.Begin(connection, keys.Cohort.Id.ToArray(), admitted, time.GetUtcNow().ToUnixTimeMilliseconds());
            return (told, isChecked ? RosterStore.ToldOf(connection, data, keys.Cohort.Participants, told, underWay, StampOf(data)) : default);
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

        // 6. Nobody says in a further question that its data are new.
        var agreed = ofData.State == DataState.Same ? kept.Find(caller.ParticipantId, request.AgreedIn.Span, keys, earlier) : null;
        var (participant, message) = (agreed is null ? null : Further(agreed)) ?? First();
        return (new OwnerSession(hold, admitted, keys, plan, values, participant, message.Round == Round.Shares, entry) { Tables = table?.Cohort, Earlier = earlier, AtOnce = atOnce }, message);

        SumParticipant Participant(AgreedKeys? with) =>
            new(keys.Cohort, identity.ParticipantId, CohortKeys.Signer(identity), keys.Verify, new SystemRandomBits(), with, earlier, ofData);

        (SumParticipant, RoundMessage) First()
        {
            var first = Participant(null);
            return (first, first.Begin());
        }

        // Null where the keys were wiped, or used up, since they were found.
        (SumParticipant, RoundMessage)? Further(AgreedKeys with)
        {
            try
            {
                var further = Participant(with);
                return (further, further.ShareAgain(values.Cells));
            }
            catch (SecureSumException)
            {
                return null;
            }
        }
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

    private ulong StampOf(byte[] data) => BinaryPrimitives.ReadUInt64BigEndian(HMACSHA256.HashData(_stampKey, data));

    private TimeSpan TimeOf(OpenSessionRequest request)
    {
        var left = request.TimeLeft is { Seconds: >= 0 and <= 3600, Nanos: >= 0 and < 1_000_000_000 } given ? given.ToTimeSpan() : limits.DeadlineMax;
        return left <= TimeSpan.Zero || left > limits.DeadlineMax ? limits.DeadlineMax : left;
    }
}
