using Exchange.Identity.Register;
using Exchange.Identity.Tests.Support;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Grpc.Core;
using static Exchange.Identity.Tests.Support.TestExchange;

namespace Exchange.Identity.Tests.Register;

public class ProductDeskTests
{
    [Fact]
    public async Task The_first_to_publish_a_product_has_it()
    {
        await using var exchange = await StartAsync();
        var first = await exchange.JoinAsync("firm-a");
        var second = await exchange.JoinAsync("firm-b");

        var version = (await Publish(exchange, first, Product("firm-a"))).RegisterVersion;

        Assert.Equal(version, (await Publish(exchange, first, Product("firm-a"))).RegisterVersion);
        Assert.Equal("PRODUCT_TAKEN", await ReasonOf(Publish(exchange, second, Product("firm-b"))));
        Assert.Equal("PRODUCT_TAKEN", await ReasonOf(Publish(exchange, first, Product("firm-a", title: "Other"))));
        await Publish(exchange, second, Product("firm-b", major: 2));
        var listed = (await exchange.ReadRegisterAsync(first)).Products;
        Assert.Equal(2, listed.Count);
        Assert.True(SignedMessage.Verify(SignedMessage.Product, listed[0], first.SigningKey.PublicKey));
        Assert.Equal(Product("firm-a"), ProductDefinition.Parser.ParseFrom(listed[0].Payload));
    }

    [Fact]
    public async Task Only_a_provider_publishes()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("uni", ParticipantRole.Consumer);

        Assert.Equal("NOT_PROVIDER", await ReasonOf(Publish(exchange, member, Product("uni"))));
    }

    [Fact]
    public async Task A_definition_must_be_signed_by_its_publisher_for_that_purpose()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("firm-a");
        var other = await exchange.JoinAsync("firm-b");
        var product = Product("firm-a");
        var tampered = SignedMessage.Sign(SignedMessage.Product, product, member.SigningKey);
        tampered.Payload = SignedMessage.Sign(SignedMessage.Product, Product("firm-a", title: "Other"), member.SigningKey).Payload;

        SignedBytes?[] wrong =
        [
            null,
            tampered,
            SignedMessage.Sign(SignedMessage.Product, product, other.SigningKey),
            SignedMessage.Sign(SignedMessage.Product, product, member.LogKey),
            SignedMessage.Sign(SignedMessage.Query, product, member.SigningKey),
            SignedMessage.Sign(SignedMessage.Product, Product("firm-b"), member.SigningKey),
            SignedMessage.Sign(SignedMessage.Product, Google.Protobuf.ByteString.CopyFromUtf8("nonsense"), member.SigningKey),
        ];

        foreach (var signed in wrong)
        {
            Assert.Equal("PRODUCT_REFUSED", await ReasonOf(exchange.Register(member.Certificate).PublishProductAsync(
                new PublishProductRequest { Product = signed }, cancellationToken: Cancellation)));
        }
    }

    [Fact]
    public async Task A_definition_of_another_form_is_refused()
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("firm-a");
        var badName = Product("firm-a");
        badName.Name = "Readings";
        var noColumns = Product("firm-a");
        noColumns.Columns.Clear();
        var twice = Product("firm-a");
        twice.Columns.Add(twice.Columns[0].Clone());

        foreach (var product in new[] { badName, noColumns, twice, Product("firm-a", major: 0) })
        {
            Assert.Equal("PRODUCT_REFUSED", await ReasonOf(Publish(exchange, member, product)));
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task A_definition_has_a_largest_size(int bytesBeyond, bool isTaken)
    {
        await using var exchange = await StartAsync();
        var member = await exchange.JoinAsync("firm-a");
        var product = Product("firm-a");
        product.Title = new string('t', ProductDesk.ProductBytesMax / 2);
        product.Title += new string('t', ProductDesk.ProductBytesMax - product.CalculateSize() + bytesBeyond);

        var call = Publish(exchange, member, product);

        if (isTaken)
        {
            await call;
        }
        else
        {
            Assert.Equal("PRODUCT_REFUSED", await ReasonOf(call));
        }
    }

    private static AsyncUnaryCall<PublishProductResponse> Publish(TestExchange exchange, TestMember member, ProductDefinition product) =>
        exchange.Register(member.Certificate).PublishProductAsync(
            new PublishProductRequest { Product = SignedMessage.Sign(SignedMessage.Product, product, member.SigningKey) }, cancellationToken: Cancellation);

    private static ProductDefinition Product(string publisher, int major = 1, string title = "Readings") => new()
    {
        Name = "readings",
        Major = major,
        Title = title,
        Unit = "row",
        Publisher = publisher,
        Columns = { new ColumnDefinition { Name = "PM2.5", Type = new ColumnType { Kind = TypeKind.Double }, Role = ColumnRole.Measure } },
    };
}
