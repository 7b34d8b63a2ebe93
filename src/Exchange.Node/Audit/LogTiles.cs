using Dapper;
using Exchange.Node.Storage;
using Exchange.Transparency.Tiles;
using Microsoft.Data.Sqlite;

namespace Exchange.Node.Audit;

/// <summary>The full tiles of the log's tree, in the node's state. A partial tile is never stored: it follows from the leaves and the tiles below.</summary>
internal sealed class LogTiles(StateStore state) : ITileReader
{
    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Read(Tile tile) =>
        state.Read(connection => connection.ExecuteScalar<byte[]>("SELECT hashes FROM log_tiles WHERE level = @Level AND number = @Number", new { tile.Level, tile.Number }))
        ?? throw new InvalidDataException($"The tile {tile.Path} of the access log is missing.");

    /// <summary>Stores a tile, inside the transaction of the leaves that filled it.</summary>
    public static void Store(SqliteConnection connection, Tile tile, byte[] hashes) =>
        connection.ExecutePrepared("INSERT INTO log_tiles(level, number, hashes) VALUES(?, ?, ?)", tile.Level, tile.Number, hashes);
}
