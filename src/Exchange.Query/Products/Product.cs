using System.Security.Cryptography;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;

namespace Exchange.Query.Products;

/// <summary>A product definition that passed every rule, ready to bind queries to.</summary>
public sealed class Product
{
    /// <summary>The signed definition.</summary>
    public ProductDefinition Definition { get; }

    /// <summary><c>name/major</c>.</summary>
    public string Id { get; }

    /// <summary>SHA-256 of the signed payload; both sides of a query name it.</summary>
    public byte[] Hash { get; }

    /// <summary>Every column and derived measure by name.</summary>
    public IReadOnlyDictionary<string, Column> Columns { get; }

    /// <summary>The identifier column that is the privacy unit, or null when each row is its own unit.</summary>
    public Column? Unit { get; }

    private Product(ProductDefinition definition, byte[] hash, IReadOnlyDictionary<string, Column> columns)
    {
        Definition = definition;
        Id = $"{definition.Name}/{definition.Major}";
        Hash = hash;
        Columns = columns;
        Unit = definition.Unit == "row" ? null : columns[definition.Unit];
    }

    /// <summary>Checks a definition (rules of the product file) and makes it usable.</summary>
    /// <param name="definition">The parsed payload.</param>
    /// <param name="payload">The bytes it was parsed from, for <see cref="Hash"/>.</param>
    /// <exception cref="Exchange.Protocol.Errors.ExchangeException"><c>PRODUCT_INVALID</c> naming the column and the rule.</exception>
    public static Product From(ProductDefinition definition, ReadOnlySpan<byte> payload) =>
        new(definition, SHA256.HashData(payload), ProductRules.Check(definition));

    /// <summary>Parses and checks a signed product; the signature is the caller's business.</summary>
    /// <exception cref="ExchangeException"><c>PRODUCT_INVALID</c>.</exception>
    public static Product From(SignedBytes signed)
    {
        ProductDefinition definition;
        try
        {
            definition = ProductDefinition.Parser.ParseFrom(signed.Payload);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Reasons.ProductInvalid.Because("The product's payload is not a product definition.", "Fetch the product again.");
        }

        return From(definition, signed.Payload.Span);
    }
}
