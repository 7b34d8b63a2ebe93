namespace Exchange.Identity.Storage;

/// <summary>
/// The schema, as the list of steps that made it; <c>user_version</c> counts those taken. A step that was released
/// is never edited. Times are Unix milliseconds.
/// </summary>
internal static class Migrations
{
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE register (version INTEGER NOT NULL) STRICT;
        INSERT INTO register (version) VALUES (1);
        CREATE TABLE participant (
          id TEXT PRIMARY KEY,
          display_name TEXT NOT NULL,
          kind INTEGER NOT NULL,
          region TEXT NOT NULL,
          roles TEXT NOT NULL,
          purposes TEXT NOT NULL,
          status INTEGER NOT NULL,
          endpoint TEXT NOT NULL DEFAULT '',
          public_endpoint TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
        CREATE TABLE participant_key (
          key_id TEXT PRIMARY KEY,
          participant_id TEXT NOT NULL REFERENCES participant (id),
          use INTEGER NOT NULL,
          public_key BLOB NOT NULL,
          from_time INTEGER NOT NULL,
          to_time INTEGER) STRICT, WITHOUT ROWID;
        CREATE INDEX participant_key_of ON participant_key (participant_id);
        CREATE TABLE enrolment_code (
          secret_hash BLOB PRIMARY KEY,
          participant_id TEXT NOT NULL REFERENCES participant (id),
          expire_time INTEGER NOT NULL,
          used_time INTEGER) STRICT, WITHOUT ROWID;
        CREATE TABLE product (
          id TEXT PRIMARY KEY,
          payload BLOB NOT NULL,
          key_id TEXT NOT NULL,
          signature BLOB NOT NULL) STRICT;
        CREATE TABLE token_key (
          key_id TEXT PRIMARY KEY,
          private_key BLOB NOT NULL,
          public_key BLOB NOT NULL,
          sign_from_time INTEGER NOT NULL,
          publish_until_time INTEGER) STRICT;
        """,
    ];

    /// <summary>Takes the steps that were not taken yet, in the caller's transaction.</summary>
    public static void Apply(DatabaseWork work)
    {
        for (var step = (int)work.Number("PRAGMA user_version"); step < Steps.Length; step++)
        {
            work.Execute(Steps[step]);
            work.Execute($"PRAGMA user_version = {step + 1}");
        }
    }
}
