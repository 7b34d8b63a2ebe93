using Exchange.Identity.Storage;
using Exchange.Protocol.Catalog.V1;
using Exchange.Protocol.Errors;
using Exchange.Protocol.Identity.V1;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Signing;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;

namespace Exchange.Identity.Register;

/// <summary>
/// Takes product definitions into the register: first come, immutable afterwards. Checks who publishes and the outer form;
/// what a definition means is checked by every node that uses it.
/// </summary>
internal sealed class ProductDesk(IdentityDatabase database)
{
    /// <summary>Largest definition, in bytes.</summary>
    public const int ProductBytesMax = 256 << 10;

    /// <summary>Largest size of all products together, in bytes: the rest of the register fits beside it.</summary>
    public const int ProductsBytesMax = 8 << 20;

    private const int ColumnsMax = 200;
    private const int ColumnNameLengthMax = 128;

    /// <summary>Adds the definition, or does nothing when the same one is there; returns the register version that holds it.</summary>
    /// <exception cref="ExchangeException"><see cref="Reasons.NotProvider"/>, <see cref="Reasons.ProductRefused"/>,
    /// <see cref="Reasons.ProductTaken"/>, <see cref="Reasons.RegisterFull"/>.</exception>
    public long Publish(Participant caller, SignedBytes? signed)
    {
        if (!caller.Roles.Contains(ParticipantRole.Provider))
        {
            throw Reasons.NotProvider.Because("Only a provider may publish a product, and the caller has no such role.", "Ask the operator for the role.");
        }

        var product = Read(caller, signed);
        var id = $"{product.Name}/{product.Major}";
        return database.Write(work =>
        {
            if (ProductTable.Find(work, id) is { } existing)
            {
                return ProductDefinition.Parser.ParseFrom(existing.Payload).Equals(product)
                    ? work.RegisterVersion()
                    : throw Reasons.ProductTaken.Because($"The product {id} is taken by another definition.", "Raise the major version or choose another name.");
            }

            if (ProductTable.TotalBytes(work) + signed!.Payload.Length + ProductTable.OverheadBytes > ProductsBytesMax)
            {
                throw Reasons.RegisterFull.Because("The register has no room for another product.", "Talk to the operator.");
            }

            ProductTable.Add(work, id, signed);
            return work.GrowRegister();
        });
    }

    private static ProductDefinition Read(Participant caller, SignedBytes? signed)
    {
        Require(signed is not null && signed.Payload.Length <= ProductBytesMax, $"The definition is missing or larger than {ProductBytesMax >> 10} KiB.");
        var key = caller.Keys.FirstOrDefault(key => key.Use == KeyUse.Signing && key.ToTime is null && key.KeyId == signed!.KeyId);
        Require(key is not null && SignedMessage.Verify(SignedMessage.Product, signed, key.PublicKey.Span), "The definition is not signed with the caller's signing key.");
        ProductDefinition product;
        try
        {
            product = ProductDefinition.Parser.ParseFrom(signed!.Payload);
        }
        catch (InvalidProtocolBufferException)
        {
            throw Refused("The definition cannot be read.");
        }

        Require(product.Publisher == caller.Id, "The definition names another publisher than the caller.");
        Require(Identifiers.IsProductId($"{product.Name}/{product.Major}"), "The name or major version is not of its form.");
        Require(product.Columns.Count is > 0 and <= ColumnsMax, $"The definition needs 1 to {ColumnsMax} columns.");
        Require(product.Columns.All(column => column.Name.Length is > 0 and <= ColumnNameLengthMax), $"A column name is empty or longer than {ColumnNameLengthMax} characters.");
        Require(product.Columns.DistinctBy(column => column.Name).Count() == product.Columns.Count, "Two columns have one name.");
        return product;
    }

    private static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw Refused(message);
        }
    }

    private static ExchangeException Refused(string message) => Reasons.ProductRefused.Because(message, "Publish with `exchange product publish`.");
}
