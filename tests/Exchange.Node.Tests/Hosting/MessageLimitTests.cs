using Exchange.Node.Hosting;
using Exchange.Node.Peers;
using Exchange.Protocol.Catalog.V1;
using Exchange.Tests.Support;
using Grpc.Core;
using Grpc.Reflection.V1Alpha;
using Microsoft.Extensions.DependencyInjection;

namespace Exchange.Node.Tests.Hosting;

/// <summary>The bounds on message sizes, from both sides of each.</summary>
public sealed class MessageLimitTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_at_the_limit_is_read_and_one_over_it_is_not()
    {
        var limits = new NodeLimits { MessageBytesMax = 64 * 1024 };
        await using var exchange = await TestExchange.StartAsync(null);
        var mill = await exchange.AddAsync("mill", options: new NodeHostOptions { Limits = limits });
        using var channel = mill.Connect(null);

        Assert.NotEqual(StatusCode.ResourceExhausted, await AskAsync(channel.CreateCallInvoker(), limits.MessageBytesMax));
        Assert.Equal(StatusCode.ResourceExhausted, await AskAsync(channel.CreateCallInvoker(), limits.MessageBytesMax + 1));
    }

    [Fact]
    public async Task A_node_sends_no_request_that_its_peers_would_refuse()
    {
        var limits = new NodeLimits { MessageBytesMax = 64 * 1024 };
        await using var exchange = await TestExchange.StartAsync(null, "mill");
        var loom = await exchange.AddAsync("loom", options: new NodeHostOptions { Limits = limits });
        var invoker = await loom.Host.Services.GetRequiredService<PeerClients>().ForAsync("mill", Cancellation);

        Assert.NotEqual(StatusCode.ResourceExhausted, await AskAsync(invoker, limits.MessageBytesMax));
        Assert.Equal(StatusCode.ResourceExhausted, await AskAsync(invoker, limits.MessageBytesMax + 1));
    }

    [Fact]
    public async Task An_answer_at_the_limit_is_read_and_one_over_it_is_not()
    {
        await using var exchange = await TestExchange.StartAsync(null, "mill");
        var loom = await exchange.AddAsync("loom");
        var size = (await ReflectAsync(await InvokerAsync(loom))).CalculateSize();

        var wide = await exchange.AddAsync("wide", options: new NodeHostOptions { Limits = new NodeLimits { AnswerBytesMax = size } });
        Assert.Equal(size, (await ReflectAsync(await InvokerAsync(wide))).CalculateSize());

        var narrow = await exchange.AddAsync("narrow", options: new NodeHostOptions { Limits = new NodeLimits { AnswerBytesMax = size - 1 } });
        var refused = await Assert.ThrowsAsync<RpcException>(async () => await ReflectAsync(await InvokerAsync(narrow)));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
    }

    private static Task<CallInvoker> InvokerAsync(TestNode caller) => caller.Host.Services.GetRequiredService<PeerClients>().ForAsync("mill", Cancellation);

    /// <summary>Sends a request of exactly that many bytes; the status that came back.</summary>
    private static async Task<StatusCode> AskAsync(CallInvoker invoker, int bytes)
    {
        var request = new ListOffersRequest { PageToken = new string('x', bytes - 4) };
        Assert.Equal(bytes, request.CalculateSize());
        try
        {
            await new CatalogService.CatalogServiceClient(invoker).ListOffersAsync(request, cancellationToken: Cancellation);
            return StatusCode.OK;
        }
        catch (RpcException error)
        {
            return error.StatusCode;
        }
    }

    private static async Task<ServerReflectionResponse> ReflectAsync(CallInvoker invoker)
    {
        using var call = new ServerReflection.ServerReflectionClient(invoker).ServerReflectionInfo(cancellationToken: Cancellation);
        await call.RequestStream.WriteAsync(new ServerReflectionRequest { FileContainingSymbol = "exchange.catalog.v1.CatalogService" }, Cancellation);
        Assert.True(await call.ResponseStream.MoveNext(Cancellation));
        return call.ResponseStream.Current;
    }
}
