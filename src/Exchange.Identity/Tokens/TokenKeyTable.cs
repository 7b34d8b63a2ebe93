using Exchange.Identity.Storage;
using Exchange.Protocol.Identity.V1;
using Google.Protobuf;

namespace Exchange.Identity.Tokens;

/// <summary>A token key as it is kept.</summary>
/// <param name="KeyId">Its <c>kid</c>.</param>
/// <param name="PrivateKey">PKCS #8.</param>
/// <param name="PublicKey">SubjectPublicKeyInfo, DER.</param>
/// <param name="SignFrom">From then on it signs, until a later key does.</param>
/// <param name="PublishUntil">Until then it is published; null while no later key exists.</param>
internal sealed record StoredTokenKey(string KeyId, byte[] PrivateKey, byte[] PublicKey, DateTimeOffset SignFrom, DateTimeOffset? PublishUntil);

/// <summary>The keys that sign access tokens.</summary>
internal static class TokenKeyTable
{
    /// <summary>Every key that is still published, the oldest first.</summary>
    public static List<StoredTokenKey> List(DatabaseWork work) => work.Query(
        "SELECT key_id, private_key, public_key, sign_from_time, publish_until_time FROM token_key ORDER BY sign_from_time, key_id",
        reader => new StoredTokenKey(
            reader.GetString(0),
            (byte[])reader[1],
            (byte[])reader[2],
            DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)),
            reader.IsDBNull(4) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4))));

    /// <summary>The same as the register shows them.</summary>
    public static IEnumerable<TokenKey> ListPublic(DatabaseWork work) =>
        List(work).Select(key => new TokenKey { KeyId = key.KeyId, PublicKey = ByteString.CopyFrom(key.PublicKey) });

    /// <summary>Adds a key.</summary>
    public static void Add(DatabaseWork work, StoredTokenKey key) => work.Execute(
        "INSERT INTO token_key (key_id, private_key, public_key, sign_from_time) VALUES ($key, $private, $public, $from)",
        ("$key", key.KeyId), ("$private", key.PrivateKey), ("$public", key.PublicKey), ("$from", key.SignFrom.ToUnixTimeMilliseconds()));

    /// <summary>Ends the publication of every key that has no end yet.</summary>
    public static void PublishUntil(DatabaseWork work, DateTimeOffset until) =>
        work.Execute("UPDATE token_key SET publish_until_time = $until WHERE publish_until_time IS NULL", ("$until", until.ToUnixTimeMilliseconds()));

    /// <summary>Deletes the keys whose publication has ended; returns how many.</summary>
    public static int DeleteOutlived(DatabaseWork work, DateTimeOffset now) =>
        work.Execute("DELETE FROM token_key WHERE publish_until_time <= $now", ("$now", now.ToUnixTimeMilliseconds()));
}
