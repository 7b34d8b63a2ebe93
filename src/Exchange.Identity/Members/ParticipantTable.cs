using Exchange.Identity.Storage;
using Exchange.Protocol.Identity.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Data.Sqlite;

namespace Exchange.Identity.Members;

/// <summary>Participants and their keys. Rows are never deleted: old signatures must stay checkable.</summary>
internal static class ParticipantTable
{
    /// <summary>Most participants of an exchange. At their longest (3 KiB each) they leave room for the products in the largest register.</summary>
    public const int ParticipantsMax = 2000;

    private const string Columns = "id, display_name, kind, region, roles, purposes, status, endpoint, public_endpoint";

    /// <summary>The participant with its keys, or null.</summary>
    public static Participant? Find(DatabaseWork work, string id)
    {
        var found = work.Query($"SELECT {Columns} FROM participant WHERE id = $id", ReadParticipant, ("$id", id)).SingleOrDefault();
        found?.Keys.Add(work.Query(
            "SELECT key_id, use, public_key, from_time, to_time FROM participant_key WHERE participant_id = $id ORDER BY from_time, use",
            ReadKey, ("$id", id)));
        return found;
    }

    /// <summary>At most <paramref name="count"/> participants after that id, ordered by id, with their keys.</summary>
    public static List<Participant> List(DatabaseWork work, string afterId, int count)
    {
        var participants = work.Query($"SELECT {Columns} FROM participant WHERE id > $after ORDER BY id LIMIT $count",
            ReadParticipant, ("$after", afterId), ("$count", count));
        if (participants.Count > 0)
        {
            var byId = participants.ToDictionary(participant => participant.Id);
            work.Query(
                "SELECT key_id, use, public_key, from_time, to_time, participant_id FROM participant_key "
                + "WHERE participant_id > $after AND participant_id <= $last ORDER BY participant_id, from_time, use",
                reader =>
                {
                    var key = ReadKey(reader);
                    byId[reader.GetString(5)].Keys.Add(key);
                    return key;
                },
                ("$after", afterId), ("$last", participants[^1].Id));
        }

        return participants;
    }

    /// <summary>How many there are.</summary>
    public static long Count(DatabaseWork work) => work.Number("SELECT count(*) FROM participant");

    /// <summary>Writes what the operator says of a participant; keys, status and addresses of an existing one stay.</summary>
    public static void Save(DatabaseWork work, Participant participant) => work.Execute(
        "INSERT INTO participant (id, display_name, kind, region, roles, purposes, status) VALUES ($id, $name, $kind, $region, $roles, $purposes, $status) "
        + "ON CONFLICT (id) DO UPDATE SET display_name = $name, kind = $kind, region = $region, roles = $roles, purposes = $purposes",
        ("$id", participant.Id),
        ("$name", participant.DisplayName),
        ("$kind", (long)participant.Kind),
        ("$region", participant.Region),
        ("$roles", string.Join(',', participant.Roles.Select(role => (int)role))),
        ("$purposes", string.Join(',', participant.Purposes)),
        ("$status", (long)ParticipantStatus.Invited));

    /// <summary>Changes whether a participant may take part.</summary>
    public static void SetStatus(DatabaseWork work, string id, ParticipantStatus status) =>
        work.Execute("UPDATE participant SET status = $status WHERE id = $id", ("$id", id), ("$status", (long)status));

    /// <summary>Changes where its node is reached.</summary>
    public static void SetEndpoints(DatabaseWork work, string id, string endpoint, string publicEndpoint) => work.Execute(
        "UPDATE participant SET endpoint = $endpoint, public_endpoint = $public WHERE id = $id",
        ("$id", id), ("$endpoint", endpoint), ("$public", publicEndpoint));

    /// <summary>Whether any participant ever had that key.</summary>
    public static bool KeyExists(DatabaseWork work, string keyId) =>
        work.Number("SELECT count(*) FROM participant_key WHERE key_id = $key", ("$key", keyId)) > 0;

    /// <summary>Adds a key of a participant, in use from then on.</summary>
    public static void AddKey(DatabaseWork work, string participantId, ParticipantKey key) => work.Execute(
        "INSERT INTO participant_key (key_id, participant_id, use, public_key, from_time) VALUES ($key, $id, $use, $public, $from)",
        ("$key", key.KeyId),
        ("$id", participantId),
        ("$use", (long)key.Use),
        ("$public", key.PublicKey.ToByteArray()),
        ("$from", key.FromTime.ToDateTimeOffset().ToUnixTimeMilliseconds()));

    /// <summary>Ends a key: signatures after that moment do not count.</summary>
    public static void EndKey(DatabaseWork work, string keyId, DateTimeOffset end) =>
        work.Execute("UPDATE participant_key SET to_time = $end WHERE key_id = $key", ("$key", keyId), ("$end", end.ToUnixTimeMilliseconds()));

    private static Participant ReadParticipant(SqliteDataReader reader) => new()
    {
        Id = reader.GetString(0),
        DisplayName = reader.GetString(1),
        Kind = (ParticipantKind)reader.GetInt32(2),
        Region = reader.GetString(3),
        Roles = { Words(reader.GetString(4)).Select(word => (ParticipantRole)int.Parse(word, System.Globalization.CultureInfo.InvariantCulture)) },
        Purposes = { Words(reader.GetString(5)) },
        Status = (ParticipantStatus)reader.GetInt32(6),
        Endpoint = reader.GetString(7),
        PublicEndpoint = reader.GetString(8),
    };

    private static ParticipantKey ReadKey(SqliteDataReader reader) => new()
    {
        KeyId = reader.GetString(0),
        Use = (KeyUse)reader.GetInt32(1),
        PublicKey = ByteString.CopyFrom((byte[])reader[2]),
        FromTime = TimeOf(reader.GetInt64(3)),
        ToTime = reader.IsDBNull(4) ? null : TimeOf(reader.GetInt64(4)),
    };

    private static string[] Words(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);

    private static Timestamp TimeOf(long milliseconds) => Timestamp.FromDateTimeOffset(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds));
}
