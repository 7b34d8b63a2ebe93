using Exchange.Identity.Tests.Support;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using static Exchange.Identity.Tests.Support.TestExchange;

namespace Exchange.Identity.Tests.Members;

public class MemberServiceTests
{
    [Fact]
    public async Task Only_the_operator_may_call()
    {
        await using var exchange = await StartAsync();
        await using var other = await StartAsync();
        var member = await exchange.JoinAsync("uni", ParticipantRole.Auditor);

        foreach (var certificate in new[] { null, member.Certificate, other.Own })
        {
            var client = new MemberService.MemberServiceClient(exchange.Channel(certificate));
            var add = new AddParticipantRequest { Participant = Participant("firm-a") };
            Assert.Equal("NOT_OPERATOR", await ReasonOf(client.AddParticipantAsync(add, cancellationToken: Cancellation)));
            Assert.Equal("NOT_OPERATOR", await ReasonOf(client.ListParticipantsAsync(new ListParticipantsRequest(), cancellationToken: Cancellation)));
            Assert.Equal("NOT_OPERATOR", await ReasonOf(client.SuspendParticipantAsync(new SuspendParticipantRequest { ParticipantId = "uni" }, cancellationToken: Cancellation)));
            Assert.Equal("NOT_OPERATOR", await ReasonOf(client.ReinstateParticipantAsync(new ReinstateParticipantRequest { ParticipantId = "uni" }, cancellationToken: Cancellation)));
            Assert.Equal("NOT_OPERATOR", await ReasonOf(client.RotateTokenKeyAsync(new RotateTokenKeyRequest(), cancellationToken: Cancellation)));
        }
    }

    [Fact]
    public async Task A_participant_that_joined_is_not_added_again()
    {
        await using var exchange = await StartAsync();
        await exchange.JoinAsync("uni");
        var add = new AddParticipantRequest { Participant = Participant("uni") };

        Assert.Equal("PARTICIPANT_EXISTS", await ReasonOf(exchange.Operator.AddParticipantAsync(add, cancellationToken: Cancellation)));
    }

    [Fact]
    public async Task A_participant_suspended_before_it_joined_cannot_join_until_it_is_reinstated()
    {
        await using var exchange = await StartAsync();
        var code = await exchange.InviteAsync("uni");
        using var member = new TestMember("uni");
        await exchange.Operator.SuspendParticipantAsync(new SuspendParticipantRequest { ParticipantId = "uni" }, cancellationToken: Cancellation);

        Assert.Equal("PARTICIPANT_SUSPENDED", await ReasonOf(exchange.Enrolment(null).EnrolAsync(member.Request(code), cancellationToken: Cancellation)));
        await exchange.Operator.ReinstateParticipantAsync(new ReinstateParticipantRequest { ParticipantId = "uni" }, cancellationToken: Cancellation);
        await exchange.Enrolment(null).EnrolAsync(member.Request(code), cancellationToken: Cancellation);
    }

    [Fact]
    public async Task Suspending_twice_changes_the_register_once_and_an_unknown_id_is_refused()
    {
        await using var exchange = await StartAsync();
        await exchange.InviteAsync("uni");
        var request = new SuspendParticipantRequest { ParticipantId = "uni" };

        var first = await exchange.Operator.SuspendParticipantAsync(request, cancellationToken: Cancellation);
        var second = await exchange.Operator.SuspendParticipantAsync(request, cancellationToken: Cancellation);

        Assert.Equal(first.RegisterVersion, second.RegisterVersion);
        Assert.Equal("PARTICIPANT_UNKNOWN", await ReasonOf(exchange.Operator.SuspendParticipantAsync(
            new SuspendParticipantRequest { ParticipantId = "nobody" }, cancellationToken: Cancellation)));
    }

    [Fact]
    public async Task Participants_are_listed_in_pages()
    {
        await using var exchange = await StartAsync();
        foreach (var id in new[] { "firm-c", "firm-a", "firm-b" })
        {
            await exchange.InviteAsync(id);
        }

        var first = await exchange.Operator.ListParticipantsAsync(new ListParticipantsRequest { PageSize = 2 }, cancellationToken: Cancellation);
        var second = await exchange.Operator.ListParticipantsAsync(
            new ListParticipantsRequest { PageSize = 2, PageToken = first.NextPageToken }, cancellationToken: Cancellation);

        Assert.Equal(["firm-a", "firm-b"], first.Participants.Select(participant => participant.Id));
        Assert.Equal(["firm-c"], second.Participants.Select(participant => participant.Id));
        Assert.Equal("", second.NextPageToken);
        Assert.Equal("INVALID_REQUEST", await ReasonOf(exchange.Operator.ListParticipantsAsync(
            new ListParticipantsRequest { PageSize = 1001 }, cancellationToken: Cancellation)));
    }

    [Fact]
    public async Task The_code_carries_the_hashes_that_the_authority_document_has()
    {
        await using var exchange = await StartAsync();

        var code = EnrolmentCode.Parse((await exchange.InviteAsync("uni")).ToString());

        var document = System.Text.Json.JsonDocument.Parse(await exchange.Http(null).GetStringAsync("/.well-known/exchange-authority", Cancellation)).RootElement;
        Assert.Equal(code.CaHash, System.Security.Cryptography.SHA256.HashData(document.GetProperty("ca").GetBytesFromBase64()));
        Assert.Equal(code.OperatorKeyHash, System.Security.Cryptography.SHA256.HashData(document.GetProperty("operator_key").GetBytesFromBase64()));
    }
}
