using Exchange.Identity.Storage;
using Exchange.Protocol.Signing.V1;
using Google.Protobuf;
using Microsoft.Data.Sqlite;

namespace Exchange.Identity.Register;

/// <summary>Published products, as their publishers signed them. Never changed, never deleted.</summary>
internal static class ProductTable
{
    /// <summary>The product <c>name/major</c>, or null.</summary>
    public static SignedBytes? Find(DatabaseWork work, string id) =>
        work.Query("SELECT payload, key_id, signature FROM product WHERE id = $id", Read, ("$id", id)).SingleOrDefault();

    /// <summary>Every product, ordered by id.</summary>
    public static List<SignedBytes> List(DatabaseWork work) => work.Query("SELECT payload, key_id, signature FROM product ORDER BY id", Read);

    /// <summary>What a product takes in the register beside its definition, in bytes, rounded up: signature, key id, framing.</summary>
    public const int OverheadBytes = 100;

    /// <summary>The size of all products together, in bytes.</summary>
    public static long TotalBytes(DatabaseWork work) =>
        work.Number("SELECT coalesce(sum(length(payload) + $overhead), 0) FROM product", ("$overhead", OverheadBytes));

    /// <summary>Adds a product.</summary>
    public static void Add(DatabaseWork work, string id, SignedBytes product) => work.Execute(
        "INSERT INTO product (id, payload, key_id, signature) VALUES ($id, $payload, $key, $signature)",
        ("$id", id),
        ("$payload", product.Payload.ToByteArray()),
        ("$key", product.KeyId),
        ("$signature", product.Signature.ToByteArray()));

    private static SignedBytes Read(SqliteDataReader reader) => new()
    {
        Payload = ByteString.CopyFrom((byte[])reader[0]),
        KeyId = reader.GetString(1),
        Signature = ByteString.CopyFrom((byte[])reader[2]),
    };
}
