using CsCheck;
using Exchange.Node.Agreements;
using Exchange.Protocol.Agreement.V1;
using Exchange.Protocol.Errors;

namespace Exchange.Node.Tests.Agreements;

public sealed class AgreementLifecycleTests
{
    private const string Requested = "requested";
    private const string Finalized = "finalized";

    /// <summary>The whole table: standing, event, standing afterwards or reason of the refusal.</summary>
    public static TheoryData<string, string, string> Transitions => new()
    {
        { "none", "Request", Requested },
        { "none", "Approve", "AGREEMENT_NOT_FINALIZED" },
        { "none", "Reject", "AGREEMENT_NOT_FINALIZED" },
        { "none", "Revoke", "AGREEMENT_NOT_FINALIZED" },
        { "none", "Expire", "AGREEMENT_NOT_FINALIZED" },
        { Requested, "Request", Requested },
        { Requested, "Approve", Finalized },
        { Requested, "Reject", "rejected" },
        { Requested, "Revoke", "AGREEMENT_NOT_FINALIZED" },
        { Requested, "Expire", "expired" },
        { Finalized, "Request", Finalized },
        { Finalized, "Approve", Finalized },
        { Finalized, "Reject", "AGREEMENT_FINALIZED" },
        { Finalized, "Revoke", "revoked" },
        { Finalized, "Expire", "expired" },
        { "rejected", "Request", "rejected" },
        { "rejected", "Approve", "AGREEMENT_REJECTED" },
        { "rejected", "Reject", "rejected" },
        { "rejected", "Revoke", "AGREEMENT_REJECTED" },
        { "rejected", "Expire", "rejected" },
        { "revoked", "Request", "revoked" },
        { "revoked", "Approve", "AGREEMENT_REVOKED" },
        { "revoked", "Reject", "AGREEMENT_REVOKED" },
        { "revoked", "Revoke", "revoked" },
        { "revoked", "Expire", "revoked" },
        { "expired", "Request", "expired" },
        { "expired", "Approve", "AGREEMENT_EXPIRED" },
        { "expired", "Reject", "AGREEMENT_EXPIRED" },
        { "expired", "Revoke", "AGREEMENT_EXPIRED" },
        { "expired", "Expire", "expired" },
    };

    [Theory]
    [MemberData(nameof(Transitions))]
    public void Every_event_at_every_standing_has_one_outcome(string from, string happened, string outcome) =>
        Assert.Equal(outcome, Outcome(Named(from), Enum.Parse<AgreementEvent>(happened)));

    [Theory]
    [InlineData(AgreementState.Offered)]
    [InlineData(AgreementState.Accepted)]
    [InlineData(AgreementState.Agreed)]
    [InlineData(AgreementState.Verified)]
    public void States_of_longer_negotiations_allow_nothing_yet(AgreementState state) =>
        Assert.Equal("AGREEMENT_NOT_FINALIZED", Outcome(new AgreementStanding(state), AgreementEvent.Approve));

    [Fact]
    public void Whatever_happens_an_ended_agreement_stays_ended_as_it_is() => Gen.Enum<AgreementEvent>().List[0, 12].Sample(events =>
    {
        var standing = AgreementLifecycle.None;
        foreach (var happened in events)
        {
            var before = standing;
            try
            {
                standing = AgreementLifecycle.Apply(standing, happened);
            }
            catch (ExchangeException)
            {
                // Refused: it stands where it stood.
            }

            Assert.True(before.State != AgreementState.Terminated || standing == before);
        }
    });

    [Fact]
    public void A_consumer_always_arrives_where_the_owner_is_unless_it_has_ended_for_itself()
    {
        string[] all = ["none", Requested, Finalized, "rejected", "revoked", "expired"];
        foreach (var own in all)
        {
            foreach (var theirs in new[] { Requested, Finalized, "rejected", "revoked" })
            {
                var arrived = AgreementLifecycle.Between(Named(own), Named(theirs)).Aggregate(Named(own), AgreementLifecycle.Apply);
                var expected = Named(own).State == AgreementState.Terminated ? own
                    : (own, theirs) is (Finalized, Requested) ? Finalized
                    : (own, theirs) is (Finalized, "rejected") ? "revoked" : theirs;
                Assert.Equal(expected, NameOf(arrived));
            }
        }
    }

    [Fact]
    public void Past_its_end_an_agreement_has_expired_without_anybody_writing_so()
    {
        var end = Catalog.Samples.Now;

        Assert.Equal(Finalized, NameOf(AgreementLifecycle.At(AgreementLifecycle.Finalized, end, end.AddTicks(-1))));
        Assert.Equal("expired", NameOf(AgreementLifecycle.At(AgreementLifecycle.Finalized, end, end)));
        Assert.Equal("expired", NameOf(AgreementLifecycle.At(AgreementLifecycle.Requested, end, end)));
        Assert.Equal("revoked", NameOf(AgreementLifecycle.At(Named("revoked"), end, end.AddDays(1))));
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
        var state => state.ToString().ToLowerInvariant(),
    };

    private static AgreementStanding Named(string name) => name switch
    {
        "none" => AgreementLifecycle.None,
        Requested => AgreementLifecycle.Requested,
        Finalized => AgreementLifecycle.Finalized,
        _ => new AgreementStanding(AgreementState.Terminated, Enum.Parse<TerminationReason>(name, ignoreCase: true)),
    };
}
