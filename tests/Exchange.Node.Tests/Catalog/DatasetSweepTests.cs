using Exchange.Node.Catalog;
using Exchange.Protocol.Owner.V1;
using Grpc.Core;
using Microsoft.Extensions.Time.Testing;

namespace Exchange.Node.Tests.Catalog;

public sealed class DatasetSweepTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());
    private readonly TradingExchange _trading;

    public DatasetSweepTests() => _trading = new TradingExchange(_time);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string[] Parts => [.. Directory.GetFiles(Path.Combine(_trading.Mill.Home.Path, "data", "duckdb"), "*.duckdb").Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];

    public ValueTask InitializeAsync() => _trading.InitializeAsync();

    public ValueTask DisposeAsync() => _trading.DisposeAsync();

    [Fact]
    public async Task Rows_that_were_replaced_stay_until_every_query_that_may_read_them_has_ended_and_then_go()
    {
        await PublishAsync(PublishMode.Replace);
        await PublishAsync(PublishMode.Append);
        var replaced = Parts;
        await PublishAsync(PublishMode.Replace);
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.Equal(replaced, Parts.Intersect(replaced));

        var newest = TradingExchange.Inside<DatasetStore>(_trading.Mill).Current("readings/1")!.Parts;
        // The wait begins once the sweep has been told, on a thread of its own.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (Parts.Length > 1 && !limit.IsCancellationRequested)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        Assert.Equal(newest.Select(part => part + ".duckdb"), Parts);
    }

    private async Task PublishAsync(PublishMode mode)
    {
        var file = _trading.Exchange.PathOf($"{Protocol.Naming.Identifiers.NewId()}.csv");
        await File.WriteAllTextAsync(file, Samples.Csv, Cancellation);
        using var call = TradingExchange.Datasets(_trading.Mill).PublishDataset(new PublishDatasetRequest { Product = "readings/1", Source = file, Mode = mode, OverrideSameRows = true }, cancellationToken: Cancellation);
        await foreach (var step in call.ResponseStream.ReadAllAsync(Cancellation))
        {
            Assert.True(step.StepCase != PublishDatasetResponse.StepOneofCase.Report || step.Report.Version is not null);
        }
    }
}
