using Dapper;
using Exchange.Protocol.Homes;
using Exchange.Protocol.Naming;
using Exchange.Protocol.Signing;
using Exchange.Transparency.Notes;
using Exchange.Transparency.Tiles;
using Exchange.Transparency.Trees;
using Microsoft.Data.Sqlite;

namespace Exchange.Federation.Tests.Audit;

/// <summary>A dishonest operator of a node at work on its stopped home: changes the log's entries and, when it is thorough, signs a fresh tree over them.</summary>
internal static class LogForger
{
    /// <summary>The entries in their order.</summary>
    public static List<byte[]> LeavesOf(Home home)
    {
        using var state = Open(home);
        return [.. state.Query<byte[]>("SELECT leaf FROM log ORDER BY seq")];
    }

    /// <summary>Changes one entry and nothing else.</summary>
    public static void Edit(Home home, long seq, byte[] leaf)
    {
        using var state = Open(home);
        Assert.Equal(1, state.Execute("UPDATE log SET leaf = @leaf WHERE seq = @seq", new { leaf, seq }));
    }

    /// <summary>Replaces all entries, tiles and the checkpoint, and the file that remembers the last one, as if the log had always been so.</summary>
    public static void Rewrite(Home home, string participant, IReadOnlyList<byte[]> leaves)
    {
        using var state = Open(home);
        using var key = home.LoadLogKey();
        using var signer = NoteSigner.FromSeed(Identifiers.LogOriginOf(participant), key.ExportSeed());
        var edge = TreeEdge.Load(new NoTiles(), [], 0);
        foreach (var leaf in leaves)
        {
            edge.Append(TreeHash.OfLeaf(leaf));
        }

        using var transaction = state.BeginTransaction();
        state.Execute("DELETE FROM log; DELETE FROM log_tiles; DELETE FROM log_head", transaction: transaction);
        for (var seq = 0; seq < leaves.Count; seq++)
        {
            state.Execute("INSERT INTO log(seq, leaf) VALUES(@seq, @leaf)", new { seq, leaf = leaves[seq] }, transaction);
        }

        foreach (var (tile, hashes) in edge.Filled)
        {
            state.Execute("INSERT INTO log_tiles(level, number, hashes) VALUES(@Level, @Number, @hashes)", new { tile.Level, tile.Number, hashes }, transaction);
        }

        var checkpoint = new Checkpoint(signer.Verifier.Key.Name, new TreeHead(leaves.Count, edge.Root())).Sign(signer);
        state.Execute("INSERT INTO log_head(id, size, checkpoint) VALUES(0, @Count, @checkpoint)", new { leaves.Count, checkpoint }, transaction);
        transaction.Commit();
        File.Delete(home.LogHeadFile);
    }

    /// <summary>Gives the home a log key that the register does not know.</summary>
    public static void SwapKey(Home home)
    {
        using var key = SigningKey.Create();
        home.WritePrivate(home.LogKeyFile, key.ExportSeed());
    }

    private static SqliteConnection Open(Home home)
    {
        var connection = new SqliteConnection($"Data Source={home.StateFile};Pooling=False");
        connection.Open();
        return connection;
    }

    private sealed class NoTiles : ISubtreeHashes
    {
        public TreeHash Read(int height, long index) => throw new InvalidDataException("A fresh tree reads nothing back.");
    }
}
