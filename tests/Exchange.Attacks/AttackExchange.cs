using Exchange.Attacks;
using Exchange.Client;
using Exchange.Client.Files;
using Exchange.Protocol.Identity.V1;
using Exchange.Tests.Support;

[assembly: AssemblyFixture(typeof(AttackExchange))]

namespace Exchange.Attacks;

/// <summary>
/// One exchange for all attacks: an owner who is careful, one who is naive and lets the attack win, one with other rows behind the same
/// table, and the attacker with agreements of all. Every attack brings a product of its own.
/// </summary>
public sealed class AttackExchange : IAsyncLifetime
{
    public const string Attacker = "attacker";

    /// <summary>Terms of an exact class that withholds nothing.</summary>
    internal const string Open = "release: checked\ndisclosure: {min_units: 1}";

    /// <summary>The same without any other rule that an owner can do without.</summary>
    internal const string WideOpen = "release: checked\ndisclosure: {min_units: 1, dominance: {n: 1, percent: 100}, p_percent: 0.0001}";

    /// <summary>Terms that each query passes by itself at ten units.</summary>
    internal const string Threshold = "release: checked\ndisclosure: {min_units: 10}";

    /// <summary>A safe table under the rules that an owner gets who writes none.</summary>
    internal const string Table = "release: table";

    /// <summary>A table whose rules mean nothing but the threshold.</summary>
    internal const string TableByThresholdAlone =
        "release: table\ndisclosure: {min_units: 5, dominance: {n: 1, percent: 100}, p_percent: 0.0001, coalition: 1, min_spread: 1}";

    private TestExchange? _exchange;
    private ExchangeClient? _attacker;

    public async ValueTask InitializeAsync()
    {
        _exchange = await TestExchange.StartAsync(null, "careful", "naive", "twin");
        await _exchange.AddAsync(Attacker, ParticipantKind.Institute);
        await _exchange.RefreshAsync();
        _attacker = ExchangeClient.Connect(_exchange[Attacker].Home.Path, TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        _attacker?.Dispose();
        if (_exchange is not null)
        {
            await _exchange.DisposeAsync();
        }
    }

    /// <summary>Publishes a product, and its rows at the careful and the naive owner under the terms of each.</summary>
    internal async Task<(Owner Careful, Owner Naive)> PrepareAsync(string product, string columns, string csv, string careful, string naive)
    {
        await PublishProductAsync(product, columns);
        var owners = (Careful: At("careful", product), Naive: At("naive", product));
        foreach (var (owner, terms) in new[] { (owners.Careful, careful), (owners.Naive, naive) })
        {
            await owner.PublishAsync(csv);
            await owner.OfferAsync(terms);
        }

        return owners;
    }

    internal async Task PublishProductAsync(string product, string columns)
    {
        var file = Exchange.PathOf($"{product}.yaml");
        await File.WriteAllTextAsync(file, $"product: {product}/1\ntitle: {product}\n{columns}", TestContext.Current.CancellationToken);
        using var publisher = ExchangeClient.Connect(Exchange["careful"].Home.Path, TimeProvider.System);
        await publisher.Offers.PublishProductAsync(ProductFile.Read(file), TestContext.Current.CancellationToken);
        await Exchange.RefreshAsync();
    }

    internal Owner At(string owner, string product) => new(Exchange, _attacker!, owner, product);

    private TestExchange Exchange => _exchange ?? throw new InvalidOperationException("Not started.");
}
