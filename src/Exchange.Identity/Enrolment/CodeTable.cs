using System.Security.Cryptography;
using Exchange.Identity.Storage;

namespace Exchange.Identity.Enrolment;

/// <summary>An enrolment code as the server keeps it: without the secret.</summary>
/// <param name="Expires">From then on it is refused.</param>
/// <param name="IsUsed">Whether it was redeemed.</param>
internal sealed record KnownCode(DateTimeOffset Expires, bool IsUsed);

/// <summary>Enrolment codes by the SHA-256 of their secret. The secret has 256 random bits, so a plain hash suffices.</summary>
internal static class CodeTable
{
    /// <summary>How long a code works.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(72);

    /// <summary>Adds a code; earlier unused ones of the participant cease to exist.</summary>
    public static void Replace(DatabaseWork work, string participantId, byte[] secret, DateTimeOffset expires)
    {
        work.Execute("DELETE FROM enrolment_code WHERE participant_id = $id AND used_time IS NULL", ("$id", participantId));
        work.Execute("INSERT INTO enrolment_code (secret_hash, participant_id, expire_time) VALUES ($hash, $id, $expires)",
            ("$hash", SHA256.HashData(secret)), ("$id", participantId), ("$expires", expires.ToUnixTimeMilliseconds()));
    }

    /// <summary>The code of that participant and secret, or null.</summary>
    public static KnownCode? Find(DatabaseWork work, string participantId, ReadOnlySpan<byte> secret) => work.Query(
        "SELECT expire_time, used_time IS NOT NULL FROM enrolment_code WHERE secret_hash = $hash AND participant_id = $id",
        reader => new KnownCode(DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0)), reader.GetBoolean(1)),
        ("$hash", SHA256.HashData(secret)), ("$id", participantId)).SingleOrDefault();

    /// <summary>Marks a code as redeemed.</summary>
    public static void MarkUsed(DatabaseWork work, ReadOnlySpan<byte> secret, DateTimeOffset now) => work.Execute(
        "UPDATE enrolment_code SET used_time = $now WHERE secret_hash = $hash",
        ("$hash", SHA256.HashData(secret)), ("$now", now.ToUnixTimeMilliseconds()));
}
