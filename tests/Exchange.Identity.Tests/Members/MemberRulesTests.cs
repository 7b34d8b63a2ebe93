using Exchange.Identity.Members;
using Exchange.Identity.Tests.Support;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;

namespace Exchange.Identity.Tests.Members;

public class MemberRulesTests
{
    [Theory]
    [InlineData("CN", true)]
    [InlineData("CN-ZJ", true)]
    [InlineData("US-NJ", true)]
    [InlineData("FR-75C", true)]
    [InlineData("", false)]
    [InlineData("cn-zj", false)]
    [InlineData("CN-", false)]
    [InlineData("CN-ZJXX", false)]
    [InlineData("CN-ZJ\n", false)]
    public void A_region_is_an_iso_code(string region, bool isTaken)
    {
        var participant = TestExchange.Participant("uni");
        participant.Region = region;

        Assert.Equal(isTaken, IsTaken(participant));
    }

    [Fact]
    public void What_is_out_of_bounds_is_refused()
    {
        Assert.False(IsTaken(null));
        Assert.False(IsTaken(With(participant => participant.Id = "U")));
        Assert.False(IsTaken(With(participant => participant.Kind = ParticipantKind.Unspecified)));
        Assert.False(IsTaken(With(participant => participant.Kind = (ParticipantKind)9)));
        Assert.False(IsTaken(With(participant => participant.Roles.Add(ParticipantRole.Unspecified))));
        Assert.False(IsTaken(With(participant => participant.Purposes.Add("Any Purpose"))));
        Assert.False(IsTaken(With(participant => participant.DisplayName = "line\nbreak")));
        Assert.True(IsTaken(With(participant => participant.DisplayName = new string('n', MemberRules.DisplayNameLengthMax))));
        Assert.False(IsTaken(With(participant => participant.DisplayName = new string('n', MemberRules.DisplayNameLengthMax + 1))));
        Assert.True(IsTaken(With(participant => AddPurposes(participant, MemberRules.PurposesMax - 1))));
        Assert.False(IsTaken(With(participant => AddPurposes(participant, MemberRules.PurposesMax))));
    }

    [Fact]
    public void What_the_operator_does_not_decide_is_left_out()
    {
        var wanted = TestExchange.Participant("uni", ParticipantRole.Auditor, ParticipantRole.Auditor);
        wanted.Status = ParticipantStatus.Active;
        wanted.Endpoint = "https://127.0.0.1:1";
        wanted.Keys.Add(new ParticipantKey());

        var kept = MemberRules.Check(wanted);

        Assert.Equal([ParticipantRole.Auditor], kept.Roles);
        Assert.Equal(("uni", "", ParticipantStatus.Unspecified, 0), (kept.DisplayName, kept.Endpoint, kept.Status, kept.Keys.Count));
    }

    private static void AddPurposes(Participant participant, int count) =>
        participant.Purposes.Add(Enumerable.Range(0, count).Select(number => $"purpose-{number}"));

    private static Participant With(Action<Participant> change)
    {
        var participant = TestExchange.Participant("uni");
        change(participant);
        return participant;
    }

    private static bool IsTaken(Participant? participant)
    {
        try
        {
            MemberRules.Check(participant);
            return true;
        }
        catch (ExchangeException error) when (error.Reason == Reasons.InvalidRequest)
        {
            return false;
        }
    }
}
