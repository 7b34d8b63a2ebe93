using System.Security.Cryptography;
using Exchange.Identity.Tests.Support;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Tls;
using Google.Protobuf;
using static Exchange.Identity.Tests.Support.TestExchange;

namespace Exchange.Identity.Tests.Enrolment;

public class EnrolmentServiceTests
{
    [Fact]
    public async Task A_code_gives_a_certificate_and_the_register()
    {
        await using var exchange = await StartAsync();
        using var member = new TestMember("uni");
        var code = await exchange.InviteAsync("uni");

        var response = await exchange.Enrolment(null).EnrolAsync(member.Request(code), cancellationToken: Cancellation);

        member.Take(response.Certificate);
        Assert.True(MutualTls.IsIssuedFor(member.Certificate, exchange.Ca, Identifiers.TlsNameOf("uni"), exchange.Clock.GetUtcNow()));
        Assert.InRange(member.Certificate.NotAfter - exchange.Clock.GetUtcNow(), TimeSpan.FromDays(29.9), TimeSpan.FromDays(30));
        Assert.InRange(exchange.Clock.GetUtcNow() - member.Certificate.NotBefore, TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(300));
        Assert.Equal(code.CaHash, SHA256.HashData(response.CaCertificate.Span));
        Assert.Equal(code.OperatorKeyHash, SHA256.HashData(response.OperatorPublicKey.Span));
        var listed = Assert.Single(exchange.Verified(response.Register).Participants);
        Assert.Equal(ParticipantStatus.Active, listed.Status);
        Assert.Equal("", listed.Endpoint);
        Assert.Equal([ParticipantRole.Provider, ParticipantRole.Consumer], listed.Roles);
        Assert.Equal([member.SigningKey.KeyId, member.LogKey.KeyId], listed.Keys.Select(key => key.KeyId));
    }

    [Fact]
    public async Task A_code_works_once()
    {
        await using var exchange = await StartAsync();
        var code = await exchange.InviteAsync("uni");
        using var first = new TestMember("uni");
        using var second = new TestMember("uni");
        await exchange.Enrolment(null).EnrolAsync(first.Request(code), cancellationToken: Cancellation);

        Assert.Equal("ENROLMENT_CODE_USED", await ReasonOf(exchange.Enrolment(null).EnrolAsync(second.Request(code), cancellationToken: Cancellation)));
    }

    [Fact]
    public async Task Of_many_who_redeem_a_code_at_once_one_joins()
    {
        await using var exchange = await StartAsync();
        var code = await exchange.InviteAsync("uni");
        var client = exchange.Enrolment(null);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var member = new TestMember("uni");
            return await Record.ExceptionAsync(() => client.EnrolAsync(member.Request(code), cancellationToken: Cancellation).ResponseAsync);
        }));

        Assert.Single(answers, answer => answer is null);
    }

    [Theory]
    [InlineData(-1, null)]
    [InlineData(0, "ENROLMENT_CODE_EXPIRED")]
    public async Task A_code_expires_after_72_hours(int secondsBeyond, string? reason)
    {
        await using var exchange = await StartAsync();
        var code = await exchange.InviteAsync("uni");
        using var member = new TestMember("uni");
        exchange.Clock.Advance(TimeSpan.FromHours(72) + TimeSpan.FromSeconds(secondsBeyond));

        var call = exchange.Enrolment(null).EnrolAsync(member.Request(code), cancellationToken: Cancellation);

        if (reason is null)
        {
            await call;
        }
        else
        {
            Assert.Equal(reason, await ReasonOf(call));
        }
    }

    [Fact]
    public async Task A_forged_code_and_one_of_another_participant_are_refused_alike()
    {
        await using var exchange = await StartAsync();
        var code = await exchange.InviteAsync("uni");
        await exchange.InviteAsync("firm-a");
        using var member = new TestMember("uni");
        var client = exchange.Enrolment(null);

        var forged = code with { Secret = RandomNumberGenerator.GetBytes(32) };
        var borrowed = code with { ParticipantId = "firm-a" };
        var unknown = code with { ParticipantId = "nobody" };

        foreach (var wrong in new[] { forged, borrowed, unknown })
        {
            Assert.Equal("ENROLMENT_CODE_INVALID", await ReasonOf(client.EnrolAsync(member.Request(wrong), cancellationToken: Cancellation)));
        }
    }

    [Fact]
    public async Task A_new_code_ends_the_old_one()
    {
        await using var exchange = await StartAsync();
        var old = await exchange.InviteAsync("uni");
        var code = await exchange.InviteAsync("uni");
        using var member = new TestMember("uni");

        Assert.Equal("ENROLMENT_CODE_INVALID", await ReasonOf(exchange.Enrolment(null).EnrolAsync(member.Request(old), cancellationToken: Cancellation)));
        await exchange.Enrolment(null).EnrolAsync(member.Request(code), cancellationToken: Cancellation);
    }

    [Fact]
    public async Task Keys_without_proof_of_possession_are_refused_and_the_code_still_works()
    {
        await using var exchange = await StartAsync();
        var code = await exchange.InviteAsync("uni");
        using var member = new TestMember("uni");
        using var other = new TestMember("uni");
        var client = exchange.Enrolment(null);

        var wrong = new List<EnrolRequest>();
        for (var number = 0; number < 6; number++)
        {
            wrong.Add(member.Request(code));
        }

        wrong[0].SigningPublicKey = ByteString.CopyFrom(other.SigningKey.PublicKey);
        wrong[1].LogProof = wrong[1].SigningProof;
        wrong[2].LogPublicKey = wrong[2].SigningPublicKey;
        wrong[3].CertificateRequest = ByteString.CopyFrom(other.CertificateRequest());
        wrong[4].SigningProof = ByteString.Empty;
        wrong[5].CertificateRequest = ByteString.Empty;

        foreach (var request in wrong)
        {
            Assert.Equal("CERTIFICATE_REQUEST_INVALID", await ReasonOf(client.EnrolAsync(request, cancellationToken: Cancellation)));
        }

        await client.EnrolAsync(member.Request(code), cancellationToken: Cancellation);
    }

    [Fact]
    public async Task A_member_gets_a_new_certificate_for_a_new_key()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");
        var old = member.Certificate;
        exchange.Clock.Advance(TimeSpan.FromDays(20));
        member.MakeNewTlsKey();

        var response = await exchange.Enrolment(old).RenewCertificateAsync(
            new RenewCertificateRequest { CertificateRequest = ByteString.CopyFrom(member.CertificateRequest()) }, cancellationToken: Cancellation);
        member.Take(response.Certificate);
        exchange.Clock.Advance(TimeSpan.FromDays(11));

        Assert.Equal("CERTIFICATE_REFUSED", await ReasonOf(exchange.Register(old).GetRegisterAsync(new GetRegisterRequest(), cancellationToken: Cancellation)));
        await exchange.ReadRegisterAsync(member);
        await exchange.TokenAsync(member);
        Assert.Equal(401, (await exchange.AskTokenAsync("uni", old)).Status);
    }

    [Fact]
    public async Task Renewal_for_the_old_key_without_a_certificate_or_while_suspended_is_refused()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni");
        var same = new RenewCertificateRequest { CertificateRequest = ByteString.CopyFrom(member.CertificateRequest()) };
        Assert.Equal("CERTIFICATE_REQUEST_INVALID", await ReasonOf(exchange.Enrolment(member.Certificate).RenewCertificateAsync(same, cancellationToken: Cancellation)));

        var old = member.Certificate;
        member.MakeNewTlsKey();
        var fresh = new RenewCertificateRequest { CertificateRequest = ByteString.CopyFrom(member.CertificateRequest()) };
        Assert.Equal("CERTIFICATE_MISSING", await ReasonOf(exchange.Enrolment(null).RenewCertificateAsync(fresh, cancellationToken: Cancellation)));

        await exchange.Operator.SuspendParticipantAsync(new SuspendParticipantRequest { ParticipantId = "uni" }, cancellationToken: Cancellation);
        Assert.Equal("PARTICIPANT_SUSPENDED", await ReasonOf(exchange.Enrolment(old).RenewCertificateAsync(fresh, cancellationToken: Cancellation)));
    }
}
