using Microsoft.Data.Sqlite;

namespace Exchange.Node.Storage;

/// <summary>
/// Has the last word in every transaction of the <see cref="StateStore"/>: what it writes is as durable as the writes it follows.
/// Called on the writer's thread, for each transaction <see cref="Seal"/> at most once and then exactly one of the other two.
/// </summary>
internal interface IBatchSealer
{
    /// <summary>How far the transaction has come, for <see cref="UndoTo"/>.</summary>
    int Mark();

    /// <summary>What was written since the mark was taken is undone.</summary>
    void UndoTo(int mark);

    /// <summary>Every write of the transaction has run; those that failed have been undone. What it throws undoes the whole transaction.</summary>
    void Seal(SqliteConnection connection);

    /// <summary>The transaction is durable, and its callers do not know it yet. Must not throw.</summary>
    void Committed();

    /// <summary>Nothing of the transaction counts.</summary>
    void RolledBack();

    /// <summary>There are no more transactions.</summary>
    void Close();
}
