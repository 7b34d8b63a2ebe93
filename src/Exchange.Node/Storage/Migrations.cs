using Dapper;
using Exchange.Protocol.Errors;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Storage;

/// <summary>The schema of the node's state, step by step. A step that was ever released is never edited; add one instead.</summary>
internal static class Migrations
{
    /// <summary>In order; the file's <c>user_version</c> says how many it has seen.</summary>
    internal static readonly string[] Steps =
    [
        """
        CREATE TABLE log(seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL);

        CREATE TABLE datasets(
            product TEXT PRIMARY KEY, engine TEXT NOT NULL, attached INTEGER NOT NULL, retired INTEGER NOT NULL DEFAULT 0);
        CREATE TABLE dataset_versions(
            product TEXT NOT NULL REFERENCES datasets(product), number INTEGER NOT NULL, source_label TEXT NOT NULL,
            source TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY(product, number));
        CREATE TABLE publishing(product TEXT PRIMARY KEY);

        CREATE TABLE offers(name TEXT NOT NULL, version INTEGER NOT NULL, product TEXT NOT NULL, offer BLOB NOT NULL, PRIMARY KEY(name, version));

        CREATE TABLE agreements(
            id TEXT PRIMARY KEY, provider TEXT NOT NULL, consumer TEXT NOT NULL, product TEXT NOT NULL, offer_name TEXT NOT NULL,
            purpose TEXT NOT NULL, state INTEGER NOT NULL, ends INTEGER NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
            unsent INTEGER NOT NULL DEFAULT 0, agreement BLOB NOT NULL);
        CREATE INDEX agreements_by_use ON agreements(consumer, product, purpose, state);
        CREATE INDEX agreements_by_time ON agreements(created, id);
        CREATE INDEX agreements_by_end ON agreements(ends) WHERE state <> 7;
        CREATE INDEX agreements_unsent ON agreements(id) WHERE unsent <> 0;

        CREATE TABLE answered(
            caller TEXT NOT NULL, query_id TEXT NOT NULL, query_hash BLOB NOT NULL, agreement TEXT NOT NULL, created INTEGER NOT NULL,
            response BLOB, PRIMARY KEY(caller, query_id)) WITHOUT ROWID;
        CREATE INDEX answered_by_time ON answered(created) WHERE response IS NOT NULL;
        CREATE INDEX answered_by_agreement ON answered(agreement, created);

        CREATE TABLE asked(query_id TEXT PRIMARY KEY, sql TEXT NOT NULL, purpose TEXT NOT NULL, created INTEGER NOT NULL,
            asked INTEGER NOT NULL, answered INTEGER NOT NULL, response BLOB NOT NULL) WITHOUT ROWID;
        CREATE INDEX asked_by_time ON asked(created);
        """,
        """
        CREATE TABLE outbox(
            seq INTEGER PRIMARY KEY AUTOINCREMENT, agreement TEXT NOT NULL UNIQUE REFERENCES agreements(id),
            attempts INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL);
        CREATE INDEX outbox_by_due ON outbox(due, seq);
        INSERT INTO outbox(agreement, due) SELECT id, 0 FROM agreements WHERE unsent <> 0 ORDER BY updated;
        DROP INDEX agreements_unsent;
        ALTER TABLE agreements DROP COLUMN unsent;
        """,
        """
        CREATE TABLE safe_tables(
            product TEXT NOT NULL, revision INTEGER NOT NULL, source TEXT NOT NULL, design TEXT NOT NULL,
            contents BLOB NOT NULL, assignment BLOB NOT NULL, salt BLOB NOT NULL, created INTEGER NOT NULL, PRIMARY KEY(product, revision));
        CREATE TABLE table_segments(
            product TEXT NOT NULL, revision INTEGER NOT NULL, last_part TEXT NOT NULL, dataset_version INTEGER NOT NULL, parts INTEGER NOT NULL, admitted TEXT NOT NULL,
            contents BLOB NOT NULL, PRIMARY KEY(product, revision, last_part), FOREIGN KEY(product, revision) REFERENCES safe_tables(product, revision));
        """,
        """
        ALTER TABLE answered ADD COLUMN offer TEXT;
        ALTER TABLE answered ADD COLUMN product TEXT;
        ALTER TABLE answered ADD COLUMN query BLOB;
        ALTER TABLE answered ADD COLUMN cells INTEGER;
        ALTER TABLE answered ADD COLUMN withheld INTEGER;
        ALTER TABLE answered ADD COLUMN dataset_version INTEGER;
        UPDATE answered SET (offer, product) = (SELECT offer_name, product FROM agreements WHERE id = answered.agreement);
        DROP INDEX answered_by_agreement;
        CREATE INDEX answered_by_offer ON answered(caller, offer, created);
        CREATE INDEX answered_by_product ON answered(product, created);
        """,
        """
        CREATE TABLE privacy_charges(
            charge INTEGER NOT NULL, product TEXT NOT NULL, epoch TEXT NOT NULL, consumer TEXT NOT NULL, agreement TEXT NOT NULL,
            rho INTEGER NOT NULL, delta REAL NOT NULL, created INTEGER NOT NULL, PRIMARY KEY(charge, epoch)) WITHOUT ROWID;
        CREATE INDEX privacy_charges_by_epoch ON privacy_charges(product, epoch, consumer);
        CREATE TABLE noisy_answers(
            question BLOB PRIMARY KEY, product TEXT NOT NULL, rho INTEGER NOT NULL, answer BLOB NOT NULL, created INTEGER NOT NULL);
        CREATE TABLE privacy_secret(order_key INTEGER NOT NULL);
        INSERT INTO privacy_secret(order_key) VALUES(random());
        """,
        """
        CREATE TABLE log_tiles(level INTEGER NOT NULL, number INTEGER NOT NULL, hashes BLOB NOT NULL, PRIMARY KEY(level, number));
        CREATE TABLE log_head(id INTEGER PRIMARY KEY CHECK(id = 0), size INTEGER NOT NULL, checkpoint BLOB NOT NULL);
        """,
        """
        CREATE TABLE witnessed(participant TEXT PRIMARY KEY, size INTEGER NOT NULL, checkpoint BLOB NOT NULL, seen INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE misbehaviour(id INTEGER PRIMARY KEY, participant TEXT NOT NULL, proof TEXT NOT NULL UNIQUE, seen INTEGER NOT NULL);
        """,
        """
        ALTER TABLE safe_tables ADD COLUMN pooled TEXT;
        """,
        """
        CREATE TABLE sessions(cohort_id BLOB PRIMARY KEY, caller TEXT NOT NULL, query_id TEXT NOT NULL, query_hash BLOB NOT NULL, created INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE survivor_sets(question BLOB NOT NULL, data BLOB NOT NULL, members TEXT NOT NULL, cells BLOB NOT NULL, created INTEGER NOT NULL, UNIQUE(question, members));
        CREATE INDEX survivor_sets_data ON survivor_sets(data, members);
        CREATE TABLE secure_answers(question BLOB PRIMARY KEY, query_id TEXT NOT NULL) WITHOUT ROWID;
        """,
        """
        CREATE TABLE stamp_keys(product TEXT PRIMARY KEY, secret BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE partition_blocks(digest BLOB PRIMARY KEY, blocks BLOB NOT NULL) WITHOUT ROWID;
        CREATE TABLE table_sums(
            id INTEGER PRIMARY KEY AUTOINCREMENT, product TEXT NOT NULL, min_nodes INTEGER NOT NULL, members TEXT NOT NULL, tables BLOB NOT NULL,
            survivors BLOB NOT NULL, parts BLOB NOT NULL, created INTEGER NOT NULL, UNIQUE(product, min_nodes, members, tables, survivors));
        """,
        """
        CREATE TABLE rosters(data BLOB NOT NULL, members TEXT NOT NULL, atoms BLOB, created INTEGER NOT NULL, UNIQUE(data, members));
        INSERT INTO rosters SELECT data, members, NULL, MIN(created) FROM survivor_sets GROUP BY data, members;
        DROP TABLE survivor_sets;
        CREATE TABLE possible_rosters(cohort_id BLOB PRIMARY KEY, data BLOB NOT NULL, members TEXT NOT NULL) WITHOUT ROWID;
        """,
        """
        ALTER TABLE rosters ADD COLUMN mark INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE possible_rosters RENAME TO possible_rosters_before;
        CREATE TABLE possible_rosters(number INTEGER PRIMARY KEY, cohort_id BLOB NOT NULL UNIQUE, data BLOB NOT NULL, members TEXT NOT NULL);
        INSERT INTO possible_rosters(cohort_id, data, members) SELECT cohort_id, data, members FROM possible_rosters_before;
        DROP TABLE possible_rosters_before;
        """,
        """
        ALTER TABLE rosters ADD COLUMN is_checked INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE possible_rosters ADD COLUMN is_checked INTEGER NOT NULL DEFAULT 1;
        """,
    ];

    /// <summary>Brings the file to the newest schema in one transaction.</summary>
    /// <exception cref="ExchangeException">The file was written by a newer program.</exception>
    public static void Apply(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        var version = connection.ExecuteScalar<int>("PRAGMA user_version", transaction: transaction);
        if (version > Steps.Length)
        {
            throw Reasons.StorageFailed.Because("The node's state was written by a newer version of this program.", "Run that version, or a newer one.");
        }

        foreach (var step in Steps.Skip(version))
        {
            connection.Execute(step, transaction: transaction);
        }

        connection.Execute($"PRAGMA user_version = {Steps.Length}", transaction: transaction);
        transaction.Commit();
    }
}
