using Exchange.Node.Hosting;
using Exchange.Node.Membership;
using Exchange.Node.Peers;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Tls;
using Exchange.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Owner = Exchange.Protocol.Owner.V1;

namespace Exchange.Node.Tests.Membership;

public sealed class CertificateRenewalTests
{
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task After_twenty_days_a_certificate_for_a_new_key_is_in_use_and_everything_goes_on()
    {
        await using var exchange = await TestExchange.StartAsync(_clock, "mill", "loom");
        var identity = exchange["mill"].Host.Services.GetRequiredService<NodeIdentity>();
        var before = identity.Certificate;
        using var ownerOfBefore = exchange["mill"].Connect(null);
        await CallAsync(exchange, "mill", "loom");

        await RenewAsync(exchange, "mill");

        var after = identity.Certificate;
        var thumbprint = MutualTls.ThumbprintOf(after);
        Assert.NotEqual(before.GetPublicKey(), after.GetPublicKey());
        Assert.InRange(after.NotAfter - after.NotBefore, TimeSpan.FromDays(29.9), TimeSpan.FromDays(30.1));
        await CallAsync(exchange, "mill", "loom");
        await CallAsync(exchange, "loom", "mill");

        // The owner's program may still hold the certificate of before; the home has the new pair.
        await new Owner.NodeService.NodeServiceClient(ownerOfBefore).GetRegisterAsync(new Owner.GetRegisterRequest(), cancellationToken: Cancellation);
        await exchange["mill"].StopAsync();
        await exchange["mill"].StartAsync(Cancellation);
        Assert.Equal(thumbprint, MutualTls.ThumbprintOf(exchange["mill"].Host.Services.GetRequiredService<NodeIdentity>().Certificate));
        await CallAsync(exchange, "mill", "loom");
    }

    [Fact]
    public async Task Before_twenty_days_nothing_is_renewed_and_a_failed_renewal_is_tried_again_within_the_hour()
    {
        await using var exchange = await TestExchange.StartAsync(_clock, "mill");
        var identity = exchange["mill"].Host.Services.GetRequiredService<NodeIdentity>();
        var renewal = exchange["mill"].Host.Services.GetRequiredService<CertificateRenewal>();
        var before = identity.Certificate;

        _clock.SetUtcNow(CertificateRenewal.DueTime(before) - TimeSpan.FromMinutes(1));
        await renewal.RenewIfDueAsync(Cancellation);
        Assert.Same(before, identity.Certificate);

        await exchange.StopIdentityAsync();
        _clock.SetUtcNow(CertificateRenewal.DueTime(before));
        await renewal.RenewIfDueAsync(Cancellation);
        Assert.Same(before, identity.Certificate);

        await exchange.StartIdentityAsync();
        var replaced = new TaskCompletionSource();
        identity.Replaced += () => replaced.TrySetResult();
        _clock.Advance(TimeSpan.FromHours(1));
        await replaced.Task.WaitAsync(Cancellation);
        Assert.NotSame(before, identity.Certificate);
    }

    private async Task RenewAsync(TestExchange exchange, string id)
    {
        var identity = exchange[id].Host.Services.GetRequiredService<NodeIdentity>();
        var replaced = new TaskCompletionSource();
        identity.Replaced += () => replaced.TrySetResult();
        _clock.SetUtcNow(CertificateRenewal.DueTime(identity.Certificate) + TimeSpan.FromHours(1));
        await replaced.Task.WaitAsync(Cancellation);
    }

    private static async Task CallAsync(TestExchange exchange, string caller, string owner)
    {
        var invoker = await exchange[caller].Host.Services.GetRequiredService<PeerClients>().ForAsync(owner, Cancellation);
        await new CatalogService.CatalogServiceClient(invoker).ListOffersAsync(new ListOffersRequest(), cancellationToken: Cancellation);
    }
}
