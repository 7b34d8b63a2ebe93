using CsCheck;
using Exchange.Node.Agreements;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Tests.Agreements;

public sealed class AgreementLifecycleTests
{
    /// <summary>The whole table: standing, event, standing afterwards or reason of the refusal.</summary>
    public static TheoryData<string, string, string> Transitions => new()
    {
        { "none", "Request", "requested" },
        { "none", "Counter", "AGREEMENT_NOT_FINALIZED" },
        { "none", "Accept", "AGREEMENT_NOT_FINALIZED" },
        { "none", "Approve", "AGREEMENT_NOT_FINALIZED" },
        { "none", "Reject", "AGREEMENT_NOT_FINALIZED" },
        { "none", "Decline", "AGREEMENT_NOT_FINALIZED" },
        { "none", "Revoke", "AGREEMENT_NOT_FINALIZED" },
        { "none", "Expire", "AGREEMENT_NOT_FINALIZED" },
        { "requested", "Request", "requested" },
        { "requested", "Counter", "offered 1" },
        { "requested", "Accept", "AGREEMENT_NOT_OFFERED" },
        { "requested", "Approve", "finalized" },
        { "requested", "Reject", "rejected" },
        { "requested", "Decline", "AGREEMENT_NOT_OFFERED" },
        { "requested", "Revoke", "AGREEMENT_NOT_FINALIZED" },
        { "requested", "Expire", "expired" },
        { "offered 1", "Request", "offered 1" },
        { "offered 1", "Counter", "offered 2" },
        { "offered 1", "Accept", "accepted 1" },
        { "offered 1", "Approve", "AGREEMENT_OFFERED" },
        { "offered 1", "Reject", "rejected" },
        { "offered 1", "Decline", "declined" },
        { "offered 1", "Revoke", "AGREEMENT_NOT_FINALIZED" },
        { "offered 1", "Expire", "expired" },
        { "offered 5", "Request", "offered 5" },
        { "offered 5", "Counter", "AGREEMENT_ROUNDS_EXHAUSTED" },
        { "offered 5", "Accept", "accepted 5" },
        { "offered 5", "Approve", "AGREEMENT_OFFERED" },
        { "offered 5", "Reject", "rejected" },
        { "offered 5", "Decline", "declined" },
        { "offered 5", "Revoke", "AGREEMENT_NOT_FINALIZED" },
        { "offered 5", "Expire", "expired" },
        { "accepted 1", "Request", "accepted 1" },
        { "accepted 1", "Counter", "offered 2" },
        { "accepted 1", "Accept", "accepted 1" },
        { "accepted 1", "Approve", "finalized" },
        { "accepted 1", "Reject", "rejected" },
        { "accepted 1", "Decline", "AGREEMENT_ACCEPTED" },
        { "accepted 1", "Revoke", "AGREEMENT_NOT_FINALIZED" },
        { "accepted 1", "Expire", "expired" },
        { "accepted 5", "Request", "accepted 5" },
        { "accepted 5", "Counter", "AGREEMENT_ROUNDS_EXHAUSTED" },
        { "accepted 5", "Accept", "accepted 5" },
        { "accepted 5", "Approve", "finalized" },
        { "accepted 5", "Reject", "rejected" },
        { "accepted 5", "Decline", "AGREEMENT_ACCEPTED" },
        { "accepted 5", "Revoke", "AGREEMENT_NOT_FINALIZED" },
        { "accepted 5", "Expire", "expired" },
        { "finalized", "Request", "finalized" },
        { "finalized", "Counter", "AGREEMENT_FINALIZED" },
        { "finalized", "Accept", "finalized" },
        { "finalized", "Approve", "finalized" },
        { "finalized", "Reject", "AGREEMENT_FINALIZED" },
        { "finalized", "Decline", "AGREEMENT_FINALIZED" },
        { "finalized", "Revoke", "revoked" },
        { "finalized", "Expire", "expired" },
        { "rejected", "Request", "rejected" },
        { "rejected", "Counter", "AGREEMENT_REJECTED" },
        { "rejected", "Accept", "AGREEMENT_REJECTED" },
        { "rejected", "Approve", "AGREEMENT_REJECTED" },
        { "rejected", "Reject", "rejected" },
        { "rejected", "Decline", "AGREEMENT_REJECTED" },
        { "rejected", "Revoke", "AGREEMENT_REJECTED" },
        { "rejected", "Expire", "rejected" },
        { "declined", "Request", "declined" },
        { "declined", "Counter", "AGREEMENT_DECLINED" },
        { "declined", "Accept", "AGREEMENT_DECLINED" },
        { "declined", "Approve", "AGREEMENT_DECLINED" },
        { "declined", "Reject", "AGREEMENT_DECLINED" },
        { "declined", "Decline", "declined" },
        { "declined", "Revoke", "AGREEMENT_DECLINED" },
        { "declined", "Expire", "declined" },
        { "revoked", "Request", "revoked" },
        { "revoked", "Counter", "AGREEMENT_REVOKED" },
        { "revoked", "Accept", "AGREEMENT_REVOKED" },
        { "revoked", "Approve", "AGREEMENT_REVOKED" },
        { "revoked", "Reject", "AGREEMENT_REVOKED" },
        { "revoked", "Decline", "AGREEMENT_REVOKED" },
        { "revoked", "Revoke", "revoked" },
        { "revoked", "Expire", "revoked" },
        { "expired", "Request", "expired" },
        { "expired", "Counter", "AGREEMENT_EXPIRED" },
        { "expired", "Accept", "AGREEMENT_EXPIRED" },
        { "expired", "Approve", "AGREEMENT_EXPIRED" },
        { "expired", "Reject", "AGREEMENT_EXPIRED" },
        { "expired", "Decline", "AGREEMENT_EXPIRED" },
        { "expired", "Revoke", "AGREEMENT_EXPIRED" },
        { "expired", "Expire", "expired" },
    };

    [Theory]
    [MemberData(nameof(Transitions))]
    public void Every_event_at_every_standing_has_one_outcome(string from, string happened, string outcome) =>
        Assert.Equal(outcome, Outcome(Named(from), Enum.Parse<AgreementEvent>(happened)));

    [Fact]
    public void The_table_has_every_standing_with_every_event()
    {
        var rows = Transitions.Select(row => (From: row.Data.Item1, Event: row.Data.Item2)).ToList();

        Assert.Equal(rows.Count, rows.Distinct().Count());
        Assert.Equal(All.Append("offered 5").Append("accepted 5").Order(), rows.Select(row => row.From).Distinct().Order());
        Assert.Equal(rows.Select(row => row.From).Distinct().Count() * Enum.GetValues<AgreementEvent>().Length, rows.Count);
    }

    [Theory]
    [InlineData(AgreementState.Agreed)]
    [InlineData(AgreementState.Verified)]
    public void States_that_are_passed_within_one_call_allow_nothing(AgreementState state) =>
        Assert.Equal("AGREEMENT_NOT_FINALIZED", Outcome(new AgreementStanding(state), AgreementEvent.Approve));

    [Fact]
    public void Nothing_comes_into_force_without_the_consumers_word_on_the_terms_that_stand() => Gen.Enum<AgreementEvent>().List[0, 20].Sample(events =>
    {
        var standing = AgreementLifecycle.None;
        bool? consumerSigned = null;
        foreach (var happened in events)
        {
            var next = After(standing, happened);
            consumerSigned = happened switch
            {
                AgreementEvent.Request when standing == AgreementLifecycle.None => true,
                AgreementEvent.Counter when next != standing => false,
                AgreementEvent.Accept when next != standing => true,
                _ => consumerSigned,
            };
            Assert.True(next != AgreementLifecycle.Finalized || consumerSigned == true);
            Assert.InRange(next.Round, 0, AgreementLifecycle.RoundsMax);
            standing = next;
        }
    });

    [Fact]
    public void An_event_that_happened_changes_nothing_the_second_time() => Gen.Enum<AgreementEvent>().List[0, 12].Sample(events =>
    {
        var standing = AgreementLifecycle.None;
        foreach (var happened in events)
        {
            standing = After(standing, happened);
            Assert.True(happened == AgreementEvent.Counter || After(standing, happened) == standing);
        }
    });

    [Fact]
    public void Whatever_happens_an_ended_agreement_stays_ended_as_it_is() => Gen.Enum<AgreementEvent>().List[0, 12].Sample(events =>
    {
        var standing = AgreementLifecycle.None;
        foreach (var happened in events)
        {
            var next = After(standing, happened);
            Assert.True(standing.State != AgreementState.Terminated || standing == next);
            standing = next;
        }
    });

    [Fact]
    public void A_consumer_arrives_where_the_owner_is_unless_it_knows_better_itself()
    {
        foreach (var own in All)
        {
            foreach (var theirs in new[] { "requested", "offered 1", "offered 2", "finalized", "rejected", "declined", "revoked" })
            {
                var arrived = AgreementLifecycle.Between(Named(own), Named(theirs)).Aggregate(Named(own), AgreementLifecycle.Apply);
                Assert.Equal(Expected(own, theirs), NameOf(arrived));
            }
        }
    }

    // Rounds are counted one by one here; how the number told by the owner is taken over is the business of the change.
    private static string Expected(string own, string theirs) => (own, theirs) switch
    {
        _ when Named(own).State == AgreementState.Terminated => own,
        ("finalized", "rejected" or "declined") => "revoked",
        ("finalized", "requested" or "offered 1" or "offered 2") => own,
        ("offered 1" or "accepted 1", "requested" or "offered 1") => own,
        ("none" or "requested", "offered 2") => "offered 1",
        (_, "declined") => "rejected",
        _ => theirs,
    };

    [Fact]
    public void Notices_in_any_order_and_number_lead_to_the_newest() => Gen.Int[0, 4].List[1, 12].Sample(order =>
    {
        string[] told = ["requested", "offered 1", "offered 2", "finalized", "revoked"];
        var own = Named("none");
        foreach (var index in order)
        {
            own = AgreementLifecycle.Between(own, Named(told[index])).Aggregate(own, AgreementLifecycle.Apply);
        }

        var newest = order.Max();
        Assert.Equal(newest >= 3 ? told[newest] : Named(told[newest]).State.ToString().ToLowerInvariant(), newest >= 3 ? NameOf(own) : own.State.ToString().ToLowerInvariant());
    });

    [Fact]
    public void Past_its_end_an_agreement_has_expired_without_anybody_writing_so()
    {
        var end = Catalog.Samples.Now;

        Assert.Equal("finalized", NameOf(AgreementLifecycle.At(AgreementLifecycle.Finalized, end, end.AddTicks(-1))));
        Assert.Equal("expired", NameOf(AgreementLifecycle.At(AgreementLifecycle.Finalized, end, end)));
        Assert.Equal("expired", NameOf(AgreementLifecycle.At(AgreementLifecycle.Requested, end, end)));
        Assert.Equal("revoked", NameOf(AgreementLifecycle.At(Named("revoked"), end, end.AddDays(1))));
    }

    private static readonly string[] All =
        ["none", "requested", "offered 1", "accepted 1", "finalized", "rejected", "declined", "revoked", "expired"];

    private static AgreementStanding After(AgreementStanding standing, AgreementEvent happened)
    {
        try
        {
            return AgreementLifecycle.Apply(standing, happened);
        }
        catch (ExchangeException)
        {
            // Refused: it stands where it stood.
            return standing;
        }
    }

    private static string Outcome(AgreementStanding standing, AgreementEvent happened)
    {
        try
        {
            return NameOf(AgreementLifecycle.Apply(standing, happened));
        }
        catch (ExchangeException refusal)
        {
            return refusal.Reason.Name;
        }
    }

    private static string NameOf(AgreementStanding standing) => standing.State switch
    {
        AgreementState.Unspecified => "none",
        AgreementState.Terminated => standing.Reason.ToString().ToLowerInvariant(),
        var state => state.ToString().ToLowerInvariant() + (standing.Round > 0 ? $" {standing.Round}" : ""),
    };

    private static AgreementStanding Named(string name) => name.Split(' ') switch
    {
        ["none"] => AgreementLifecycle.None,
        ["requested"] => AgreementLifecycle.Requested,
        ["offered", var round] => AgreementLifecycle.Offered(int.Parse(round, System.Globalization.CultureInfo.InvariantCulture)),
        ["accepted", var round] => AgreementLifecycle.Accepted(int.Parse(round, System.Globalization.CultureInfo.InvariantCulture)),
        ["finalized"] => AgreementLifecycle.Finalized,
        _ => AgreementLifecycle.Ended(Enum.Parse<TerminationReason>(name, ignoreCase: true)),
    };
}
