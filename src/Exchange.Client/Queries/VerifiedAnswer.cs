using Exchange.Protocol.Owner.V1;

namespace Exchange.Client.Queries;

/// <summary>
/// An answer whose evidence held: the question carries this participant's signature, and every owner that answered gave a
/// receipt for it under its log key. Only the verification in <see cref="QueryClient"/> makes one.
/// </summary>
public sealed class VerifiedAnswer
{
    internal VerifiedAnswer(string sql, RunQueryResponse response, int witnesses)
    {
        Sql = sql;
        Witnesses = witnesses;
        Response = response;
    }

    /// <summary>The question as it was asked.</summary>
    public string Sql { get; }

    /// <summary>At least so many witnesses of the register cosigned the log of each owner that answered; 0 when none were demanded.</summary>
    public int Witnesses { get; }

    /// <summary>Columns, rows, coverage and receipts as the node returned them.</summary>
    public RunQueryResponse Response { get; }
}
