using System.Text;
using Exchange.Engines.Publishing;
using Exchange.Engines.Publishing.RowHashes;
using Exchange.Engines.Tests.Support;
using Exchange.Protocol.Catalog.V1;
using Exchange.Query.Execution;
using Exchange.Query.Products;

namespace Exchange.Engines.Tests.Publishing;

public sealed class FieldGuardTests : IAsyncDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly EngineSet _engines;

    public FieldGuardTests() => _engines = new EngineSet(_folder.File("data"), new EngineLimits(1, 500_000_000));

    public async ValueTask DisposeAsync()
    {
        await _engines.DisposeAsync();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(TypeKind.Int, "0 7 -7 -0 120 9007199254740993", "1.5 1.0 1e3 +5 007 0x1F 1_000 ' 12' '12 ' - x")]
    [InlineData(TypeKind.Decimal, "0 7 -7.5 12.25 007.10", "1.234 1e2 1_0.2 ' 1.2' . 5. .5 -")]
    [InlineData(TypeKind.Double, "0 7 -7.5 12.25e-3 +1 .5", "1_000 nan inf ' 1' 0x1")]
    [InlineData(TypeKind.Date, "2024-01-02 9999-12-31", "2024-1-2 2024/01/02 '2024-01-02 ' infinity epoch 20240102")]
    [InlineData(TypeKind.Timestamp, "2024-01-02T03:04:05 2024-01-02T03:04:05Z 2024-01-02T23:59:59.123456", "2024-01-02 2024-01-02T03:04:05+02 2024-01-02T24:00:00 2024-01-02T3:4:5 2024-01-02T03:04:60 2024-01-02T03:04:05.1234567 2024-01-02T03:04:05.")]
    [InlineData(TypeKind.String, "anything ' at all '", "")]
    public void A_field_is_doubted_unless_every_reader_takes_it_alike(TypeKind kind, string plain, string doubtful)
    {
        Assert.All(Texts(plain), text => Assert.False(Doubts(kind, $"x\n{text}\n"), text));
        Assert.All(Texts(doubtful), text => Assert.True(Doubts(kind, $"x\n{text}\n"), text));
    }

    [Theory]
    [InlineData("x\n1\n", false)]
    [InlineData("x\r\n1\r\n\r\n2", false)]
    [InlineData("x\n\"1\"\n\"\"\n", false)]
    [InlineData("x\r1\r", true)]
    [InlineData("x\n1\n2\r", true)]
    [InlineData("x\n1,2\n", true)]
    [InlineData("x\n\"1\" \n", true)]
    [InlineData("x\n1\"\n", true)]
    [InlineData("x\n\"1", true)]
    public void What_two_readers_may_cut_differently_is_doubted(string text, bool doubted)
    {
        Assert.Equal(doubted, Doubts(TypeKind.String, text));
        Assert.Equal(doubted, Doubts(TypeKind.String, text, block: 1));
    }

    [Theory]
    [InlineData("1.5", null)]
    [InlineData("1e3", null)]
    [InlineData("007", "7")]
    [InlineData("5.0", "5")]
    [InlineData("\" 12\"", "12")]
    [InlineData("1_000", null)]
    public async Task What_is_doubted_is_decided_row_by_row(string field, string? stored)
    {
        var file = _folder.Write("rows.csv", "n,k\n" + field + ",a\n3,b\n");
        var outcome = await new DatasetPublisher(_engines).PublishAsync(
            new PublishRequest(IntProduct(), file, "duckdb", 1, null, false, ""), null, TestContext.Current.CancellationToken);
        Assert.Equal(stored is null, outcome.Published is null);
        if (stored is null)
        {
            Assert.Equal("not a whole number of 64 bits", Assert.Single(outcome.Violations).Rule);
        }
        else
        {
            Assert.Equal(double.Max(3, double.Parse(stored, System.Globalization.CultureInfo.InvariantCulture)), outcome.Published!.Magnitudes!["n"]);
        }
    }

    private static IEnumerable<string> Texts(string list) => list.Split('\'').SelectMany((part, index) => index % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private bool Doubts(TypeKind kind, string text, int block = 1 << 20)
    {
        var column = new StoredColumn("x", new ColumnType { Kind = kind, Precision = 12, Scale = 2 }, false, [], null, "", "");
        var guard = new FieldGuard(1, new ColumnMatch([0], []), [column]);
        using var hashes = new RowHashWriter(new RowHashKey(1, 2), _folder.File(Path.GetRandomFileName()));
        var records = new Utf8Records((byte)',', hashes, guard);
        var bytes = Encoding.UTF8.GetBytes(text);
        var (from, to) = (0, 0);
        do
        {
            to = Math.Min(bytes.Length, to + block);
            from += records.Take(bytes.AsSpan(from, to - from), to == bytes.Length);
        }
        while (to < bytes.Length);
        return guard.Doubts;
    }

    private static Product IntProduct() => Readings.Product(definition =>
    {
        definition.Columns.Clear();
        definition.Columns.Add(new ColumnDefinition { Name = "n", Type = Readings.Of(TypeKind.Int), Role = ColumnRole.Measure, Required = true });
        definition.Columns.Add(new ColumnDefinition { Name = "k", Type = Readings.Of(TypeKind.String), Role = ColumnRole.Dimension });
        definition.Unit = "row";
    });
}
