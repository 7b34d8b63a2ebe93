using Exchange.Node.Catalog;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Owner.V1;
using Grpc.Core;

namespace Exchange.Node.Tests.Catalog;

/// <summary>Each test has an exchange of its own: a node holds one dataset per product.</summary>
public sealed class DatasetServiceTests : IAsyncLifetime
{
    private readonly TradingExchange _trading = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _trading.InitializeAsync();

    public ValueTask DisposeAsync() => _trading.DisposeAsync();

    [Fact]
    public async Task A_source_becomes_version_1_appended_rows_version_2_and_a_retired_dataset_answers_no_more()
    {
        var store = TradingExchange.Inside<DatasetStore>(_trading.Mill);
        var first = await PublishAsync(Samples.Csv);
        var second = await PublishAsync("region,month,kwh,price,worker_id,extra\nnorth,2026-03-01,1,1,w9,x\n", request => request.Mode = PublishMode.Append);

        Assert.Equal((1, 3L), (first.Version.Number, first.Version.RowCount));
        Assert.Equal((2, 4L), (second.Version.Number, second.Version.RowCount));
        Assert.Equal(["extra"], second.IgnoredColumns);
        Assert.Equal(2, store.Current("readings/1")!.Version);

        var retired = (await TradingExchange.Datasets(_trading.Mill).RetireDatasetAsync(new RetireDatasetRequest { Product = "readings/1" }, cancellationToken: Cancellation)).Dataset;
        Assert.True(retired.Retired);
        Assert.Null(store.Current("readings/1"));
        Assert.Equal(Reasons.DatasetRetired, await RefusalAsync(Samples.Csv, request => request.Mode = PublishMode.Append));

        var third = await PublishAsync(Samples.Csv);
        Assert.Equal(3, third.Version.Number);
        Assert.Equal(3, store.Current("readings/1")!.Version);
        var listed = await TradingExchange.Datasets(_trading.Mill).ListDatasetsAsync(new ListDatasetsRequest(), cancellationToken: Cancellation);
        Assert.Equal([1, 2, 3], Assert.Single(listed.Datasets).Versions.Select(version => version.Number));
    }

    [Fact]
    public async Task Rows_that_break_a_rule_publish_nothing_unless_they_are_to_be_dropped()
    {
        const string Csv = "region,month,kwh,price,worker_id\nnorth,2026-01-01,10,1,w1\neast,2026-01-01,10,1,w2\nnorth,2026-01-01,900,1,w3\n";

        var refused = await PublishAsync(Csv);
        Assert.Null(refused.Version);
        Assert.Equal(["kwh", "region"], refused.Violations.Select(violation => violation.Column).Order());
        Assert.Equal(Reasons.DatasetUnknown, await TradingExchange.ReasonOfAsync(
            TradingExchange.Datasets(_trading.Mill).GetDatasetAsync(new GetDatasetRequest { Product = "readings/1" }, cancellationToken: Cancellation).ResponseAsync));

        var dropped = await PublishAsync(Csv, request => request.DropViolations = true);
        Assert.Equal((1, 1L, 2L), (dropped.Version.Number, dropped.Version.RowCount, dropped.DroppedRows));
    }

    [Fact]
    public async Task What_cannot_be_published_is_refused_with_its_reason()
    {
        Assert.Equal(Reasons.DatasetUnknown, await RefusalAsync(Samples.Csv, request => request.Mode = PublishMode.Append));
        Assert.Equal(Reasons.InvalidRequest, await RefusalAsync(Samples.Csv, request => request.Source = "readings.csv"));
        Assert.Equal(Reasons.InvalidRequest, await RefusalAsync(Samples.Csv, request => request.Mode = PublishMode.Unspecified));
        Assert.Equal(Reasons.ProductUnknown, await RefusalAsync(Samples.Csv, request => request.Product = "nothing/1"));
        Assert.False(TradingExchange.Inside<DatasetStore>(_trading.Mill).HasInterruptedPublish);
    }

    [Fact]
    public async Task A_cancelled_publish_leaves_nothing_and_the_next_one_is_version_1()
    {
        var rows = Enumerable.Range(0, 400_000).Select(row => $"north,2026-01-01,{row % 500},1.25,w{row}");
        var source = await WriteAsync("region,month,kwh,price,worker_id\n" + string.Join('\n', rows) + "\n");
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using var call = TradingExchange.Datasets(_trading.Mill).PublishDataset(
            new PublishDatasetRequest { Product = "readings/1", Source = source, Mode = PublishMode.Replace }, cancellationToken: cancel.Token);

        Assert.True(await call.ResponseStream.MoveNext(cancel.Token));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            while (await call.ResponseStream.MoveNext(cancel.Token))
            {
                // Progress that was under way.
            }
        });

        PublishReport? next = null;
        while (next is null)
        {
            Cancellation.ThrowIfCancellationRequested();
            try
            {
                next = await PublishAsync(Samples.Csv);
            }
            catch (RpcException error) when (RpcErrors.FromRpcException(error, "node").Reason == Reasons.PublishInProgress)
            {
                // The engine is still being stopped.
            }
        }

        Assert.Equal((1, 3L), (next.Version.Number, next.Version.RowCount));
        Assert.False(TradingExchange.Inside<DatasetStore>(_trading.Mill).HasInterruptedPublish);
    }

    [Fact]
    public async Task Datasets_outlive_a_restart_and_an_interrupted_publish_is_swept()
    {
        await PublishAsync(Samples.Csv);
        var before = TradingExchange.Inside<DatasetStore>(_trading.Mill);
        await before.BeginPublishAsync("readings/1", Cancellation);

        await _trading.Mill.StopAsync();
        await _trading.Mill.StartAsync(Cancellation);
        await TradingExchange.Inside<DatasetPublishing>(_trading.Mill).SweepAsync();

        var store = TradingExchange.Inside<DatasetStore>(_trading.Mill);
        Assert.False(store.HasInterruptedPublish);
        Assert.Equal(3, store.Current("readings/1")!.RowCount);
        Assert.Equal(4, (await PublishAsync("region,month,kwh,price,worker_id\nnorth,2026-03-01,1,1,w9\n", request => request.Mode = PublishMode.Append)).Version.RowCount);
    }

    private async Task<PublishReport> PublishAsync(string csv, Action<PublishDatasetRequest>? change = null)
    {
        var request = new PublishDatasetRequest { Product = "readings/1", Source = await WriteAsync(csv), Mode = PublishMode.Replace };
        change?.Invoke(request);
        using var call = TradingExchange.Datasets(_trading.Mill).PublishDataset(request, cancellationToken: Cancellation);
        PublishReport? report = null;
        await foreach (var step in call.ResponseStream.ReadAllAsync(Cancellation))
        {
            report = step.Report ?? report;
        }

        return report!;
    }

    private Task<ErrorReason> RefusalAsync(string csv, Action<PublishDatasetRequest> change) => TradingExchange.ReasonOfAsync(PublishAsync(csv, change));

    private async Task<string> WriteAsync(string csv)
    {
        var file = _trading.Exchange.PathOf(Protocol.Naming.Identifiers.NewId() + ".csv");
        await File.WriteAllTextAsync(file, csv, Cancellation);
        return file;
    }
}
